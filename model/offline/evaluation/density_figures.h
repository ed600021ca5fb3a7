// Bits per dimension of a density over rows of C values; fewer are better.
//
//   bits/dim = -(ln p(x + u) + sum of ln s) / (C ln 2),   u uniform on half a step to either side (dequantisation.h)
//
// p is a density over data units and s the step of each value's column, so that p(x + u) times the product of s
// estimates the probability of x. The mean over u is at least -log2 P(x) / C, P(x) being the integral of p over the
// cell of x (Theis et al. 2016, arXiv:1511.01844, eq. 7). Continuous values have no u, and s is one data unit: their
// bits depend on the unit, and can be negative.
//
// Threads: the work is divided among `threads` threads; the results do not depend on that number.

#ifndef EBM_MODEL_OFFLINE_EVALUATION_DENSITY_FIGURES_H_
#define EBM_MODEL_OFFLINE_EVALUATION_DENSITY_FIGURES_H_

#include <cstdint>
#include <optional>

#include "absl/status/statusor.h"
#include "model/checkpoint/checkpoint.h"
#include "model/core/energy_model.h"
#include "model/core/matrix_view.h"
#include "model/offline/statistics/bootstrap.h"

namespace ebm {

// Figures of ln p(x) = ln p~(x) - ln Z. The checkpoint's ln Z is itself an estimate: the interval of `bits` covers the
// choice of rows only.
struct ModelBits {
  Figure bits;                // with log_z, which is low in expectation: too few bits
  double standard_error = 0;  // from that of log_z, bits/dim
  double reverse_bits = 0;    // with reverse_log_z, high in expectation: too many bits
};

struct DensityFigures {
  std::optional<Figure> base_bits;  // of the base density b
  std::optional<ModelBits> model;   // unset if the checkpoint has no ln Z, or a row is outside of its box
  int64_t rows_outside = 0;         // dequantised rows outside of that box, where ln p = -infinity
};

// rows: [n, D], scaled units. Errors: InvalidArgument naming the first row (from 1) with
// a log density that is not finite. REQUIRES: n > 0, a model made of this checkpoint.
absl::StatusOr<DensityFigures> MakeDensityFigures(const Checkpoint& checkpoint, const EnergyModel& model,
                                                  ConstMatrix rows, uint64_t seed, int threads);

}  // namespace ebm

#endif  // EBM_MODEL_OFFLINE_EVALUATION_DENSITY_FIGURES_H_
