// The interface of energy models: what samplers, estimators and servers may ask of a model.
//
// A model gives an energy E(x); its unnormalised log density is ln p~(x) = -E(x) = ln p(x) + ln Z. Everything else is
// an optional capability: a method of its name returns it, or null if the model lacks it, so that the same code serves
// a classifier, a restricted Boltzmann machine and a mixture of experts.
//
// Shapes: x is [n, D], row-major, in scaled units (model_spec.h), n any positive number. Log densities are in nats.
//
// Threads: every method is const and safe to call from many threads at once. Calls run on the caller's thread; inside
// LibTorch, on as many threads as the process allows (one in servers). Outputs belong to the caller and must not
// overlap x.
//
// Batch invariance: the numbers of a row depend on that row alone, bit for bit: not on n, nor on its neighbours and its
// place among them.
//
// Errors: shapes are the caller's duty (checked in debug builds). A non-finite x gives non-finite outputs for its own
// row, never an error. A method that runs out of memory throws (guarded.h); its outputs are then unspecified, and the
// model can be called again.

#ifndef EBM_MODEL_CORE_ENERGY_MODEL_H_
#define EBM_MODEL_CORE_ENERGY_MODEL_H_

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "model/core/matrix_view.h"

namespace ebm {

class BlockConditionals;  // block_conditionals.h
class HiddenUnits;        // hidden_units.h
class PathConditionals;   // block_conditionals.h

// No class: selects ln p~(x), the sum over classes.
inline constexpr int32_t kNoClass = -1;

// A model that is a classifier: f(x) in R^K with p(y given x) = softmax(f(x)), ln p~(x, y) = f(x)[y] and
// ln p~(x) = LSE f(x).
class ClassLogits {
 public:
  virtual ~ClassLogits() = default;

  virtual int64_t num_classes() const = 0;  // K

  // One pass gives both. logits: [n, K]; log_density: [n], ln p~(x), with the same bits as from LogDensity.
  virtual void Logits(ConstMatrix x, Matrix logits, std::span<float> log_density) const = 0;
};

// A model that computes the gradient of its log density.
class LogDensityGradient {
 public:
  virtual ~LogDensityGradient() = default;

  // log_density[i] = ln p~(x_i) and gradient row i = its gradient in x_i, where classes[i] is kNoClass;
  // log_density[i] = ln p~(x_i, y) and its gradient, where classes[i] is the class y.
  // classes: [n], log_density: [n], gradient: [n, D].
  virtual void Evaluate(ConstMatrix x, std::span<const int32_t> classes, std::span<float> log_density,
                        Matrix gradient) const = 0;
};

// A model whose parameters can be replaced, for training.
class AdjustableParameters {
 public:
  virtual ~AdjustableParameters() = default;

  // parameters: in the order and of the sizes of ParameterLayout (parameter_layout.h). No other method may run at the
  // same time.
  virtual void SetParameters(const std::vector<std::span<const float>>& parameters) = 0;
};

// A base density given some of the coordinates of one x: b(x_missing given x_known).
class ConditionalDensity {
 public:
  virtual ~ConditionalDensity() = default;

  virtual double log_marginal() const = 0;  // ln b(x_known), nats

  // Sets the missing coordinates of x to the draw of `chain` under the seed; the others are left as they are. x: [D].
  virtual void Draw(uint64_t seed, uint32_t chain, std::span<float> x) const = 0;
};

// A normalised density b(x) with exact draws, relative to which a model may be defined. Chains can start at its draws,
// and annealed importance sampling starts from it. A class-conditional base has a density b_y(x) for each class, and b
// is their mixture.
class BaseDensity {
 public:
  virtual ~BaseDensity() = default;

  virtual int64_t dimension() const = 0;  // D

  // log_density[i] = ln b(x_i), nats per unit of scaled volume, and gradient row i = its gradient in x_i; those of b_y
  // where classes[i] is a class y and there is a b_y.
  // classes: [n], or empty for kNoClass throughout; log_density: [n]; gradient: [n, D], or empty if it is not wanted.
  virtual void Evaluate(ConstMatrix x, std::span<const int32_t> classes, std::span<float> log_density,
                        Matrix gradient) const = 0;

  // Row i becomes the draw of chain first_chain + i under the seed, from b_y(x) where target_class is a class y and
  // there is a b_y, else from b(x). states: [n, D].
  virtual void Draw(uint64_t seed, uint32_t first_chain, int32_t target_class, Matrix states) const = 0;

  // The conditional density given the coordinates of x that are not NaN, of b_y where target_class is a class y and
  // there is a b_y. Null if this base does not have conditional densities. x: [D].
  virtual std::unique_ptr<ConditionalDensity> Given(std::span<const float> /*x*/, int32_t /*target_class*/) const {
    return nullptr;
  }
};

class EnergyModel {
 public:
  virtual ~EnergyModel() = default;

  virtual int64_t dimension() const = 0;  // D

  // log_density[i] = ln p~(x_i), without the gradient's cost. log_density: [n].
  virtual void LogDensity(ConstMatrix x, std::span<float> log_density) const = 0;

  virtual const ClassLogits* class_logits() const { return nullptr; }
  virtual const LogDensityGradient* log_density_gradient() const { return nullptr; }
  virtual const BlockConditionals* block_conditionals() const { return nullptr; }
  virtual const PathConditionals* path_conditionals() const { return nullptr; }  // the same, if they have a path
  virtual const HiddenUnits* hidden_units() const { return nullptr; }
  // Null for a model without a base density. Importance sampling then starts from a uniform density on a box.
  virtual const BaseDensity* base_density() const { return nullptr; }
  virtual AdjustableParameters* adjustable_parameters() { return nullptr; }
};

}  // namespace ebm

#endif  // EBM_MODEL_CORE_ENERGY_MODEL_H_
