#include "model/offline/train/shared_state.h"

#include <array>
#include <cstdint>
#include <cstring>
#include <span>
#include <vector>

#include "model/core/status_macros.h"

namespace ebm {
namespace {

struct Counters {
  uint64_t seed;
  int64_t epochs_done;
  int64_t batches_done;
  double learning_rate_factor;
  int64_t rollbacks;
  double seconds;
  int64_t best_epoch;
  double best_loss;
};

absl::Status ShareCounters(ProcessGroup& group, TrainingState& state) {
  Counters counters = {state.seed,      state.epochs_done, state.batches_done, state.learning_rate_factor,
                       state.rollbacks, state.seconds,     state.best_epoch,   state.best_loss};
  std::array<uint8_t, sizeof(Counters)> bytes;
  std::memcpy(bytes.data(), &counters, sizeof(counters));
  EBM_RETURN_IF_ERROR(group.Broadcast(bytes));
  std::memcpy(&counters, bytes.data(), sizeof(counters));
  state.seed = counters.seed;
  state.epochs_done = counters.epochs_done;
  state.batches_done = counters.batches_done;
  state.learning_rate_factor = counters.learning_rate_factor;
  state.rollbacks = counters.rollbacks;
  state.seconds = counters.seconds;
  state.best_epoch = counters.best_epoch;
  state.best_loss = counters.best_loss;
  return absl::OkStatus();
}

absl::Status ShareValues(ProcessGroup& group, std::span<float> values) {
  return group.Broadcast({reinterpret_cast<uint8_t*>(values.data()), values.size_bytes()});
}

absl::Status ShareTensors(ProcessGroup& group, std::vector<NamedTensor>& tensors) {
  for (NamedTensor& tensor : tensors) EBM_RETURN_IF_ERROR(ShareValues(group, tensor.values));
  return absl::OkStatus();
}

}  // namespace

absl::Status ShareState(ProcessGroup& group, TrainingState& state) {
  EBM_RETURN_IF_ERROR(ShareCounters(group, state));
  if (state.best_epoch >= 0 && state.best.empty()) state.best = state.parameters;  // for their shapes
  for (std::vector<NamedTensor>* tensors : {&state.parameters, &state.average, &state.best}) {
    EBM_RETURN_IF_ERROR(ShareTensors(group, *tensors));
  }
  for (AdamaxState& moments : state.optimiser) {
    EBM_RETURN_IF_ERROR(ShareValues(group, moments.first_moment));
    EBM_RETURN_IF_ERROR(ShareValues(group, moments.infinity_norm));
  }
  if (state.buffer.states.rows() == 0) return absl::OkStatus();
  const Matrix states = state.buffer.states.view();
  return ShareValues(group, {states.row(0).data(), static_cast<size_t>(states.rows() * states.cols())});
}

}  // namespace ebm
