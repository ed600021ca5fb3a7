// The flags of `sample`, and the request that they define for a model.
//
// Errors are usage errors (command_status.h). Errors that do not depend on the model are reported before any call to
// the server. The server itself checks its limits on chains and steps.

#ifndef EBM_CLIENT_CLI_SAMPLE_FLAGS_H_
#define EBM_CLIENT_CLI_SAMPLE_FLAGS_H_

#include <cstdint>
#include <optional>
#include <string>

#include "CLI/CLI.hpp"
#include "absl/status/statusor.h"
#include "client/cli/connection_flags.h"
#include "client/cli/input_rows.h"
#include "client/model_description.h"
#include "client/sample_messages.h"
#include "model/sampler/sampler_settings.h"

namespace ebm::client {

struct SampleFlags {
  ConnectionFlags connection;
  std::optional<uint32_t> chains;  // default: the number of start states, otherwise kDefaultChains
  uint32_t first_chain = 0;
  uint32_t parts = 1;
  std::optional<uint64_t> seed;
  std::optional<int32_t> target_class;
  std::optional<uint32_t> steps;
  std::optional<float> step_size;
  std::optional<float> noise;
  std::optional<ChainStart> start;
  InputFlags start_states;
  std::optional<double> temperature;
  std::string held;       // FILE
  std::string held_rows;  // FIRST:COUNT
  std::string clamp;      // LOWER:UPPER
  bool no_clamp = false;
  std::optional<bool> final_noise_free_step;
  std::optional<KernelSettings> kernel;  // one of this kind, with the model's settings
  std::optional<uint32_t> burn_in;
  bool diagnostics = false;
  std::optional<uint32_t> frame_interval;
  Priority priority = Priority::kNormal;
  std::string output;
  bool live = false;

  static constexpr uint32_t kDefaultChains = 16;
};

// `flags` must outlive the parse.
void AddSampleFlags(CLI::App& command, SampleFlags& flags);

// The inputs that the flags name, read and parsed as far as possible without the model.
struct SampleInputs {
  std::optional<DataRange> clamp;
  std::optional<RawInput> start_states;
  std::optional<StoredArray> held;
};

absl::StatusOr<SampleInputs> ReadSampleInputs(const SampleFlags& flags);

// The model's sampler settings, changed by the flags. Leaves the frame interval at 0. FailedPrecondition if this client
// does not know the model's settings.
absl::StatusOr<SampleRequest> MakeSampleRequest(const SampleFlags& flags, SampleInputs inputs,
                                                const ModelDescription& model);

}  // namespace ebm::client

#endif  // EBM_CLIENT_CLI_SAMPLE_FLAGS_H_
