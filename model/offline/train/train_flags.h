// The command line of ebm-train.

#ifndef EBM_MODEL_OFFLINE_TRAIN_TRAIN_FLAGS_H_
#define EBM_MODEL_OFFLINE_TRAIN_TRAIN_FLAGS_H_

#include <CLI/CLI.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "model/offline/train/auto_recipe.h"
#include "model/offline/train/publication.h"
#include "model/offline/train/training_data.h"

namespace ebm {

inline constexpr char kAddLogZ[] = "auto";  // of --log_z

struct TrainFlags {
  DataOptions data;
  std::string output;
  Publication publication;
  std::string recipe = kAutoRecipe;
  uint64_t seed = 0;
  std::optional<int64_t> epochs;
  std::optional<double> minutes;
  std::string init_from;
  std::string log_z = "none";
  std::optional<double> learning_rate;
  std::optional<std::string> objective;
  std::optional<double> density_weight;
  std::optional<double> weight_penalty;
  std::optional<std::string> family;
  std::vector<int64_t> hidden_widths;
  std::optional<int64_t> blocks_per_group;
  std::optional<std::string> activation;
  std::optional<std::string> base;
  std::optional<uint32_t> chain_steps;
  std::optional<float> chain_step_size;
  std::optional<float> chain_noise_scale;
  bool chain_metropolis = false;
  std::optional<int64_t> batch_size;
  int replay_shards = 1;
  bool resume = false;
  bool resume_or_overwrite = false;
  bool overwrite = false;
  int threads = 0;
};

// `flags` must outlive the parse.
void AddTrainFlags(CLI::App& app, TrainFlags& flags);

}  // namespace ebm

#endif  // EBM_MODEL_OFFLINE_TRAIN_TRAIN_FLAGS_H_
