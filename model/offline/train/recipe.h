// All settings of a training run, and the named recipes that we recommend.
//
// The loss over a batch of rows x, labels y and chain states x' (held constant) is
//
//   L = CE(f(x), y) + w [ mean(LSE f(x')) - mean(LSE f(x)) ] + c [ mean(LSE f(x)^2) + mean(LSE f(x')^2) ]
//       + q/2 |W|^2
//
// with w the density weight (L_gen is the bracket behind it), c the energy penalty, which keeps the energies of data
// and chains from drifting together, and q the penalty of weights other than biases. f is the
// network alone: a base density enters only through the chains.
//
// Where the chains are draws from the base b, the loss is least at
//
//   LSE f(x) = w / (2 c) tanh(1/2 ln(p(x) / b(x)))
//
// with p the data's density: for w = 4 c about the log of the ratio p / b where that is small, and within 2 nats
// everywhere. So ln Z stays near 0, the model's density stays close to the base's near the data, and importance
// sampling from the base is easy.

#ifndef EBM_MODEL_OFFLINE_TRAIN_RECIPE_H_
#define EBM_MODEL_OFFLINE_TRAIN_RECIPE_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "model/offline/train/augmentation.h"
#include "model/offline/train/objective.h"
#include "model/sampler/sampler_settings.h"
#include "model/spec/model_spec.h"

namespace ebm {

// The chains that a model is trained against.
struct ChainRecipe {
  SamplerSettings sampler;  // steps: per batch; start: of fresh chains, uniform or from the base density
  int64_t buffer_size = 0;  // replayed chains kept (persistent contrastive divergence); 0: fresh chains each batch
  double refresh_probability = 0.0;  // of restarting a replayed chain
};

struct Recipe {
  std::string name;
  std::string family = MlpSpec::kFamily;  // model/spec/network_spec.h, as the next three
  std::vector<int64_t> hidden_widths = {512, 512, 512};
  int64_t blocks_per_group = 0;
  int64_t stem_stride = 1;
  std::vector<Edge> edges = {};    // of a Boltzmann machine; empty: all pairs of coordinates
  std::string activation = "elu";  // model/spec/activation.h
  std::string base;                // model/spec/model_spec.h, as the next
  float base_evidence = 0.0F;

  double learning_rate = 1e-3;
  int64_t warmup_batches = 0;  // over this many first batches the learning rate rises linearly from 0
  bool cosine_decay = false;   // ... and falls to 0 over max_epochs as half a cosine
  int64_t batch_size = 64;
  int64_t max_epochs = 1000;
  int64_t patience = 20;       // epochs without a better validation loss before stopping
  double average_decay = 0.0;  // of the weights' exponential moving average, which is kept; 0: none
  Objective objective = Objective::kPersistentChains;
  double density_weight = 1.0;  // w
  // v: early stopping keeps the weights with the least validation CE + v L_gen. Replayed chains lag behind early in
  // training, which makes L_gen look too good then; recipes with replayed chains select by cross entropy alone (v = 0).
  double selection_density_weight = 1.0;
  // The last weights are kept whatever the validation loss is: for schedules whose learning rate ends at 0, where the
  // loss on few validation rows ranks the last epochs by chance.
  bool keeps_last = false;
  double energy_penalty = 0.0;  // c
  double weight_penalty = 0.0;  // q
  PictureJitter jitter;         // for training rows that are pictures (input shapes of two or three axes)
  // The rows x of L_gen are the training rows themselves, dequantised (model/offline/data/dequantisation.h), instead of
  // the augmented ones that the cross entropy sees: jitter and noise help to learn the class, but are not part of the
  // density.
  bool density_of_plain_rows = false;
  // ... and half of them, in the next epoch the other half, under a small random map of their own, dequantised
  // afterwards: a network soon memorises few rows, and its estimate of the ratio elsewhere is then worse.
  PictureJitter density_jitter;
  // Share of each batch's x' that consists of mirrored density rows (left to right, upside down, or both) instead of
  // chains: pictures that a density of pixels alone can hardly distinguish from data (outlier exposure; Hendrycks et
  // al. 2019, arXiv:1812.04606). It lowers ln p~ for mirrored rows that do not resemble data.
  double mirrored_share = 0.0;
  // ... and share of density rows under the maps of `warp`, which destroy the classes' shapes but keep the pictures'
  // texture: smooth, sharp-edged pictures that are not data. Without them, a network that learns to distinguish data
  // from a noisy base takes every clean picture for data.
  double warped_share = 0.0;
  PictureJitter warp;
  bool ignores_labels = false;  // all rows are of one class
  float data_noise = 0.03F;     // standard deviation of the noise on training rows, scaled units
  ChainRecipe chains;

  // A run whose data and chains drift further apart than this in mean ln p~ (nats) has diverged: it goes back to the
  // last good epoch and continues with half the learning rate, at most max_rollbacks times.
  double divergence_gap = 50.0;
  int max_rollbacks = 5;

  // Every second validation row is excluded from all choices, and used to calibrate the p-values of Score
  // (HoldOutCalibration).
  bool calibrates = false;
  // ... or, if this is not 0, all training and validation rows are, held out by this many folds (cross_fit.h), each of
  // which takes as long to train as the model. Then no rows are excluded. The class temperature is fitted on them, too.
  int64_t calibration_folds = 0;

  SamplerSettings sampler;  // the checkpoint's

  NetworkSpec network() const;

  // InvalidArgument with the field, the value and the limit.
  absl::Status Validate() const;

  // Every setting by name, except those that are off, in the fewest characters that tell the value from every other:
  // for the checkpoint's provenance, and to compare a run with the one that it resumes.
  std::map<std::string, std::string> Describe() const;
};

// Changes the recipe to another family of networks: a small residual network instead of a perceptron. Errors:
// InvalidArgument if the recipe has no settings for the family.
absl::Status UseFamily(const std::string& family, Recipe& recipe);

// Changes the recipe to another base density. Errors: InvalidArgument if the recipe's model has none, since its chains
// and loss weights are not chosen for one.
absl::Status UseBase(const std::string& base, Recipe& recipe);

// Changes what training lowers. Errors: InvalidArgument for another than pcd if the recipe's model has no levels.
absl::Status UseObjective(Objective objective, Recipe& recipe);

// Changes the recipe for rows of one class. Their cross entropy is 0 in every epoch, so the last weights are kept.
void UseOneClass(Recipe& recipe);

// "boltzmann", "class_rbm", "default", "density", "density_resnet", "density_resnet_small", "gaussian_rbm", "notebook",
// "rbm" or "table". Errors: InvalidArgument naming the known recipes.
absl::StatusOr<Recipe> FindRecipe(const std::string& name);

}  // namespace ebm

#endif  // EBM_MODEL_OFFLINE_TRAIN_RECIPE_H_
