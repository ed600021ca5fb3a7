// The state of n chains that step together: what a transition kernel reads and writes. All values are in scaled units.
//
// Each row has its own settings, so chains of different callers, at different steps, can share a batch. A row's next
// state depends on that row alone. The batch has room for `capacity` rows, of which the first rows() are in use;
// growing and shrinking does not allocate.

#ifndef EBM_MODEL_SAMPLER_CHAIN_BATCH_H_
#define EBM_MODEL_SAMPLER_CHAIN_BATCH_H_

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "model/core/block_conditionals.h"
#include "model/core/energy_model.h"
#include "model/core/matrix_view.h"
#include "model/sampler/sampler_settings.h"

namespace ebm {

// One chain: its random numbers, what it samples, and how it moves.
struct ChainSettings {
  uint64_t seed = 0;
  uint32_t chain = 0;  // index of the chain under its seed
  int32_t target_class = kNoClass;
  SamplerSettings sampler;  // its kernel is of the kind that steps the batch
};

// The proposals of a Metropolis kernel, n rows: scratch memory of the kernel.
struct ChainProposals {
  Matrix states;                 // [n, D]
  Matrix gradient;               // [n, D]
  std::span<float> log_density;  // [n]
};

class ChainBatch {
 public:
  // All rows are in use; their values are unspecified until Set.
  ChainBatch(int64_t capacity, int64_t dimension);

  int64_t capacity() const { return states_.rows(); }
  int64_t rows() const { return rows_; }
  // rows: 0 to capacity(). The values of a row that comes back into use are unspecified until Set.
  void set_rows(int64_t rows) { rows_ = rows; }
  int64_t dimension() const { return states_.cols(); }

  // Puts a chain that has done `step` steps into a row. state: [D]. free_coordinates: [D], 1 where the coordinate moves
  // and 0 where it is held (in-painting); empty means that all move.
  void Set(int64_t row, const ChainSettings& settings, uint32_t step, std::span<const float> state,
           std::span<const uint8_t> free_coordinates);

  // Copies row `from` to row `to`.
  void Copy(int64_t from, int64_t to);

  bool IsFinite(int64_t row) const;

  // n = rows().
  Matrix states() { return states_.view().rows_from(0, rows_); }  // [n, D]
  ConstMatrix states() const { return states_.view().rows_from(0, rows_); }
  // The values at the state before the last step; for Metropolis kernels, at the current state if evaluated(row).
  Matrix gradient() { return gradient_.view().rows_from(0, rows_); }               // [n, D]
  std::span<float> log_density() { return std::span(log_density_).first(rows_); }  // [n]
  std::span<const int32_t> classes() const { return std::span(classes_).first(rows_); }
  const ChainSettings& settings(int64_t row) const { return settings_[row]; }
  // The motion of the row's next step: that of its settings, until it is set.
  const Motion& motion(int64_t row) const { return motions_[row]; }
  void set_motion(int64_t row, const Motion& motion) { motions_[row] = motion; }
  uint32_t step(int64_t row) const { return steps_[row]; }
  void set_step(int64_t row, uint32_t step) { steps_[row] = step; }
  // [D] of 0 and 1, or empty where every coordinate moves.
  std::span<const uint8_t> free_coordinates(int64_t row) const;
  std::span<float> noise() { return noise_; }                                    // [D], scratch memory of the kernel
  std::span<SweepSettings> sweeps() { return std::span(sweeps_).first(rows_); }  // [n], scratch memory of the kernel

  // For Metropolis kernels: whether gradient and log density of the row are those of its current state. Set clears it;
  // the kernel sets it.
  bool evaluated(int64_t row) const { return evaluated_[row] != 0; }
  void set_evaluated(int64_t row) { evaluated_[row] = 1; }
  ChainProposals proposals();
  void TakeProposal(int64_t row);  // takes its gradient and log density as well
  // The number of proposals accepted since Set or the last call.
  uint32_t TakeAccepted(int64_t row) { return std::exchange(accepted_[row], 0); }

 private:
  int64_t rows_;
  MatrixBuffer states_;
  MatrixBuffer gradient_;
  std::vector<float> log_density_;
  std::vector<float> noise_;
  std::vector<SweepSettings> sweeps_;
  std::vector<ChainSettings> settings_;
  std::vector<Motion> motions_;
  std::vector<uint32_t> steps_;
  std::vector<int32_t> classes_;
  std::vector<uint8_t> evaluated_;
  std::vector<uint32_t> accepted_;
  MatrixBuffer proposed_states_;
  MatrixBuffer proposed_gradient_;
  std::vector<float> proposed_log_density_;
  std::vector<uint8_t> masked_;            // [n], whether the row has a mask
  std::vector<uint8_t> free_coordinates_;  // [n, D]
};

}  // namespace ebm

#endif  // EBM_MODEL_SAMPLER_CHAIN_BATCH_H_
