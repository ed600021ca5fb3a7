// What an epoch of training came to, and who watches it.

#ifndef EBM_MODEL_OFFLINE_TRAIN_EPOCH_OBSERVER_H_
#define EBM_MODEL_OFFLINE_TRAIN_EPOCH_OBSERVER_H_

#include <cstdint>
#include <functional>
#include <string>
#include <utility>

namespace ebm {

// Means over an epoch's batches, and over the validation rows after it. Errors are fractions, the rest nats.
struct EpochMetrics {
  int64_t epoch = 0;
  double seconds = 0;
  double learning_rate = 0;
  double train_error = 0;
  double train_cross_entropy = 0;
  double train_generative = 0;  // BatchLoss::generative
  double data_log_density = 0;
  double chain_log_density = 0;
  double chain_acceptance = 0;  // of the steps of a batch's chains; 1 without Metropolis steps
  double validation_error = 0;
  double validation_cross_entropy = 0;
  double validation_calibration_error = 0;
  double validation_generative = 0;
  double validation_loss = 0;  // for early stopping (Recipe::selection_density_weight)
  bool best = false;
};

// Observes the loop, and can stop it.
class EpochObserver {
 public:
  virtual ~EpochObserver() = default;
  virtual bool StopRequested() { return false; }
  virtual void BatchDone(int64_t /*epoch*/, int64_t /*batch*/, int64_t /*batches*/) {}
  virtual void RolledBack(int64_t /*epoch*/, double /*new_learning_rate*/, const std::string& /*why*/) {}
};

// Asks between batches whether to stop, and says nothing.
class QuietObserver final : public EpochObserver {
 public:
  explicit QuietObserver(std::function<bool()> stop_requested) : stop_requested_(std::move(stop_requested)) {}
  bool StopRequested() override { return stop_requested_(); }

 private:
  const std::function<bool()> stop_requested_;
};

}  // namespace ebm

#endif  // EBM_MODEL_OFFLINE_TRAIN_EPOCH_OBSERVER_H_
