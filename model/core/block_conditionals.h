// A capability of Boltzmann machines: they draw all units of a block at once, given those of the other blocks.
//
// Shapes, threads, batch invariance and errors are those of energy_model.h.

#ifndef EBM_MODEL_CORE_BLOCK_CONDITIONALS_H_
#define EBM_MODEL_CORE_BLOCK_CONDITIONALS_H_

#include <cstdint>
#include <span>

#include "model/core/energy_model.h"
#include "model/core/matrix_view.h"

namespace ebm {

// How the next sweep of one chain goes.
struct SweepSettings {
  uint64_t seed = 0;
  uint32_t chain = 0;
  uint32_t step = 0;
  int32_t target_class = kNoClass;  // sweeps keep p(x given y) of this class
  float temperature = 1.0F;         // T of the joint density of x and the hidden units: all logits are divided by T
  // Below 1: on the path from the base density, at temperature 1, of models that have one (PathConditionals).
  float beta = 1.0F;
  bool takes_mode = false;                    // x is the most probable one given the hidden units, not a draw
  std::span<const uint8_t> free_coordinates;  // [D], 0: the coordinate keeps its value; empty: all are free
};

// The hidden units are drawn anew in every sweep, so that x is all that a chain carries from step to step.
class BlockConditionals {
 public:
  virtual ~BlockConditionals() = default;

  // The number of levels of each coordinate, [D]: x_i is a whole number from 0 to levels()[i] - 1. Empty where the
  // coordinates are real numbers.
  virtual std::span<const int32_t> levels() const = 0;

  // Moves every row by one sweep, which keeps the density of its settings. log_density[i] is ln p~(x_i), or ln p~(x_i,
  // y) where there is a class, at the state before the sweep, at temperature 1 and beta 1. sweeps, log_density: [n],
  // states: [n, D].
  virtual void Sweep(std::span<const SweepSettings> sweeps, Matrix states, std::span<float> log_density) const = 0;
};

// Block conditionals that also keep the densities along a path from the base density to the model.
class PathConditionals : public BlockConditionals {
 public:
  // The path from the base density to the model: in the joint distribution of x, the class and the hidden units, every
  // weight and bias w becomes beta w, and the site logits beta_A of the base count (1 - beta). log_density: [n, m], at
  // each of the m betas, ln p~_beta(x_i) normalised at beta = 0: ln b(x) there, ln p~(x) at beta = 1. Not linear in
  // beta. REQUIRES: a base density.
  virtual void LogDensityAlong(ConstMatrix x, std::span<const double> betas, std::span<double> log_density) const = 0;
};

}  // namespace ebm

#endif  // EBM_MODEL_CORE_BLOCK_CONDITIONALS_H_
