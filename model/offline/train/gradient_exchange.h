// What the ranks of a process group tell each other after every batch: one sum of one flat array.

#ifndef EBM_MODEL_OFFLINE_TRAIN_GRADIENT_EXCHANGE_H_
#define EBM_MODEL_OFFLINE_TRAIN_GRADIENT_EXCHANGE_H_

#include <vector>

#include "absl/status/status.h"
#include "model/offline/parallel/process_group.h"
#include "model/offline/train/trainable_model.h"

namespace ebm {

// What one rank has computed for its share of a batch; after the exchange, what all have for the whole batch.
struct BatchReport {
  BatchLoss loss;         // contributions to the batch's means
  double acceptance = 0;  // the same
  bool stops = false;     // this rank, or any, was asked to stop
  bool failed = false;    // this rank, or any, has no gradient
};

class GradientExchange {
 public:
  // The group is borrowed.
  explicit GradientExchange(ProcessGroup* group) : group_(*group) {}

  // Replaces the model's gradient and the report by the sums over the ranks; numbers travel as float32. Errors: those
  // of ProcessGroup::Sum.
  absl::Status Sum(TrainableModel& model, BatchReport& report);

 private:
  ProcessGroup& group_;
  std::vector<float> flat_;  // kept, so that a batch allocates nothing
};

}  // namespace ebm

#endif  // EBM_MODEL_OFFLINE_TRAIN_GRADIENT_EXCHANGE_H_
