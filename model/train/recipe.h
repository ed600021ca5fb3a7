// Everything that a training run may choose, and the named choices that we stand behind.
//
// The loss over a batch of rows x, labels y and chain states x' (held constant) is
//
//   L = CE(f(x), y) + w [ mean(LSE f(x')) - mean(LSE f(x)) ] + c [ mean(LSE f(x)^2) + mean(LSE f(x')^2) ]
//
// with w the density weight (L_gen is the bracket behind it) and c the energy penalty, which keeps the energies of data
// and chains from drifting off together. f is the network alone: a base density enters by the chains only.
//
// Where the chains are draws from the base b, the loss is least at
//
//   LSE f(x) = w / (2 c) tanh(1/2 ln(p(x) / b(x)))
//
// with p the data's density: for w = 4 c the logarithm of the ratio where that is small, bounded by 2 nats to either
// side where it is not. So ln Z stays near 0, the model's density stays close to the base's where data is, and
// importance sampling from the base is easy.

#ifndef EBM_MODEL_TRAIN_RECIPE_H_
#define EBM_MODEL_TRAIN_RECIPE_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "model/checkpoint/checkpoint.h"
#include "model/core/model_spec.h"
#include "model/train/augmentation.h"

namespace ebm {

struct ChainRecipe {
  uint32_t steps = 20;        // Langevin steps a batch
  float step_size = 1.0F;     // alpha, scaled units
  float noise_scale = 0.01F;  // sigma, scaled units
  bool metropolis = false;    // accept or refuse every step (model/sampler/metropolis_langevin.h)
  float start_lower = -1.0F;  // fresh chains start uniformly in this box, scaled units
  float start_upper = 1.0F;
  bool start_from_base = false;  // ... or are drawn from the base density
  std::optional<float> clamp_lower;
  std::optional<float> clamp_upper;
  int64_t buffer_size = 0;  // replayed chains kept (persistent contrastive divergence); 0: fresh ones each batch
  double refresh_probability = 0.0;  // of starting a replayed chain anew
};

struct Recipe {
  std::string name;
  std::string family = kJemMlp;  // model/core/model_spec.h, as the next three
  std::vector<int64_t> hidden_widths = {512, 512, 512};
  int64_t blocks_per_group = 0;
  int64_t stem_stride = 1;
  std::string activation = "elu";  // model/core/activation.h
  std::string base;                // model/core/model_spec.h, as the next
  float base_evidence = 0.0F;

  double learning_rate = 1e-3;
  int64_t warmup_batches = 0;  // the learning rate rises linearly from 0 over the first so many batches
  bool cosine_decay = false;   // ... and falls to 0 over max_epochs as half a cosine
  int64_t batch_size = 64;
  int64_t max_epochs = 1000;
  int64_t patience = 20;        // epochs without a better validation loss before stopping
  double average_decay = 0.0;   // of the weights' exponential moving average, which is what is kept; 0: none
  double density_weight = 1.0;  // w
  // Early stopping keeps the weights of the least validation CE + v L_gen, this being v. Replayed chains lag behind a
  // young model, which makes its L_gen look good; such recipes select by cross entropy alone (v = 0).
  double selection_density_weight = 1.0;
  // The last weights are kept whatever the validation loss: for schedules whose learning rate ends at 0, where the loss
  // of few validation rows tells epochs apart by luck.
  bool keeps_last = false;
  double energy_penalty = 0.0;  // c
  PictureJitter jitter;         // of training rows that are pictures (input shapes of two or three axes)
  // The rows x of L_gen are the training rows themselves, dequantised (base_fit.h), rather than the changed ones that
  // the cross entropy sees: jitter and noise teach the class, but are no part of the density.
  bool density_of_plain_rows = false;
  // ... and half of them, in the next epoch the other half, under a small map of their own, dequantised thereafter: few
  // rows are soon known by heart, and what a network then says of the ratio elsewhere is worth less.
  PictureJitter density_jitter;
  // Share of each batch's x' that is not chains but its density rows, mirrored (left to right, upside down, or both):
  // pictures that a density of pixels alone can hardly tell from data (outlier exposure; Hendrycks et al. 2019,
  // arXiv:1812.04606). It lowers ln p~ where mirrored data would be unlike data.
  double mirrored_share = 0.0;
  // ... and of rows under the maps of `warp`, which tear the classes' shapes apart and keep the pictures' texture: what
  // is smooth, sharp-edged and no data. Without them, a network that tells data from a noisy base takes whatever is
  // clean for data.
  double warped_share = 0.0;
  PictureJitter warp;
  float data_noise = 0.03F;  // standard deviation of the noise on training rows, scaled units
  ChainRecipe chains;

  // A run whose data and chains drift further apart than this in mean ln p~ (nats) has diverged: it goes back to the
  // last good epoch and goes on with half the learning rate, at most so many times.
  double divergence_gap = 50.0;
  int max_rollbacks = 5;

  // Every second validation row is kept from all choices, and calibrates what Score says of outliers
  // (HoldOutCalibration).
  bool calibrates = false;

  SamplerDefaults sampler;  // what the checkpoint will tell the server

  // InvalidArgument with the field, the value and the limit.
  absl::Status Validate() const;

  // Every setting by name, for the checkpoint's provenance.
  std::map<std::string, std::string> Describe() const;
};

// The recipe's training of another family of networks: of a small residual network in place of a perceptron. Errors:
// InvalidArgument where the recipe has no settings for the family.
absl::Status UseFamily(const std::string& family, Recipe& recipe);

// Another base density in place of the recipe's. Errors: InvalidArgument where the recipe's model stands on none, since
// its chains and weights are not made for one.
absl::Status UseBase(const std::string& base, Recipe& recipe);

// "default", "density", "density_resnet", "density_resnet_small" or "notebook". Errors: InvalidArgument naming the
// known recipes.
absl::StatusOr<Recipe> FindRecipe(const std::string& name);

}  // namespace ebm

#endif  // EBM_MODEL_TRAIN_RECIPE_H_
