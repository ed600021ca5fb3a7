// A network with trainable weights: the only part of training that uses LibTorch, hidden behind float spans.
//
// What is trained are the weights themselves or, for restricted Boltzmann machines, centred parameters that the weights
// follow from (model/networks/centring.h). Checkpoints and the energy have weights.
//
// Rows are [n, D] in scaled units; labels [n] in [0, K).
//
// Threads: one thread at a time; ComputeGradient divides its work among the workers that it is given. LibTorch itself
// should be limited to one thread (PrepareProcess).

#ifndef EBM_MODEL_OFFLINE_TRAIN_TRAINABLE_MODEL_H_
#define EBM_MODEL_OFFLINE_TRAIN_TRAINABLE_MODEL_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "absl/status/statusor.h"
#include "model/core/energy_model.h"
#include "model/core/named_tensor.h"
#include "model/core/row_slices.h"
#include "model/offline/train/objective.h"
#include "model/spec/model_spec.h"

namespace ebm {

struct LossWeights {
  Objective objective = Objective::kPersistentChains;
  double density = 1.0;         // w
  double energy_penalty = 0.0;  // c
  double weight_penalty = 0.0;  // q
};

// The rows that one batch's loss is computed from.
struct LossRows {
  ConstMatrix rows;                 // [n, D], of the cross entropy
  std::span<const int32_t> labels;  // [n]
  ConstMatrix chain_states;         // [n, D], x'; empty for an objective without chains
  ConstMatrix density_rows = {};    // [n, D], the x of L_gen; empty: the rows
  int64_t batch = 0;                // the rows of the whole batch, of which these are a share; 0: these are all
};

// The terms of the loss over one batch (recipe.h), in nats; of a share of it, the share's contributions to them.
struct BatchLoss {
  double cross_entropy = 0;
  double data_log_density = 0;   // mean LSE f(x)
  double chain_log_density = 0;  // mean LSE f(x'); that of the data for an objective without chains
  double generative = 0;         // L_gen, or the value of an objective without chains
  int64_t errors = 0;            // rows whose most probable class is not their label
};

// Whether the model has the objective. Errors: InvalidArgument, naming why not.
absl::Status CheckObjective(Objective objective, const ModelSpec& spec);

// Weights and biases drawn uniformly: a perceptron's on +-1/sqrt(fan in), as PyTorch draws a linear layer's; a residual
// network's on +-sqrt(3/fan in), since without batch normalisation nothing else keeps its signal at scale. Parameter p
// takes the Uniform draws of {seed, kParameterInit, chain = p}. The biases of a Boltzmann machine are 0, but for those
// of x, which are the site logits of the base density, if it is among the tensors of `base`. One on real coordinates
// has the means and variances of the base density.
std::vector<NamedTensor> InitialParameters(const ModelSpec& spec, uint64_t seed,
                                           const std::vector<NamedTensor>& base = {});

class TrainableModel {
 public:
  // parameters: the network's and the base's. objective: one that the losses may have. Errors: those of
  // MakeEnergyModel and CheckObjective.
  static absl::StatusOr<std::unique_ptr<TrainableModel>> Create(const ModelSpec& spec,
                                                                const std::vector<NamedTensor>& parameters,
                                                                Objective objective = Objective::kPersistentChains);
  ~TrainableModel();

  // The energy on the live weights.
  const EnergyModel& energy() const;

  // The live weights, tensor by tensor.
  std::vector<std::span<const float>> Weights() const;
  // Calls change(p, what is trained of tensor p) for every tensor, then updates weights and energy.
  void Change(const std::function<void(size_t parameter, std::span<float> trained)>& change);
  std::vector<NamedTensor> ToTensors() const;  // the network's
  // The same; what is trained begins anew from them, so that a run that is resumed from them has the same bits.
  std::vector<NamedTensor> Settle();
  // REQUIRES: tensors from ToTensors of a model with the same spec.
  void Load(const std::vector<NamedTensor>& parameters);

  // The loss and its gradient in what is trained, by backpropagation; gradient(p) is as long as Weights()[p] and valid
  // until the next call. Both are sums over the workers' slices, in the slices' order: the last bits depend on the
  // height of a slice, not on the number of threads.
  BatchLoss ComputeGradient(const LossRows& batch, const LossWeights& weights, RowWorkers& workers);
  std::span<const float> gradient(size_t parameter) const;
  std::span<float> mutable_gradient(size_t parameter);
  // That of no rows.
  void ZeroGradient();
  size_t parameters() const;  // how many tensors

 private:
  struct Impl;
  explicit TrainableModel(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace ebm

#endif  // EBM_MODEL_OFFLINE_TRAIN_TRAINABLE_MODEL_H_
