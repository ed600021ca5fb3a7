// Where the chains of a model start, if a request does not give their states, according to the sampler's start:
//
//   kUniform  uniform in the sampler's start box; of models of levels, uniform over the levels
//   kBuffer   drawn from the stored states of the target class, or of all classes
//   kBase     drawn from the base density, or from its density of the target class if it has class densities; for
//             weighted chains, from DefensiveBase (model/base/defensive_base.h)
//
// A chain's start depends on its own settings only (seed, index, class, sampler).
//
// Units: the model's scaled units.
//
// Errors: FailedPrecondition if the model has no such states; InvalidArgument for kGiven.
//
// Threads: immutable; safe from any thread.

#ifndef EBM_SERVER_CATALOG_START_STATES_H_
#define EBM_SERVER_CATALOG_START_STATES_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "model/core/energy_model.h"
#include "model/core/matrix_view.h"
#include "model/sampler/chain_batch.h"

namespace ebm::catalog {

class StartStates {
 public:
  // stored: [classes.size(), D], and the class that each was drawn for. base: borrowed; null if the model has none.
  // levels: the number of levels of each coordinate, [D]; empty for real coordinates. name: the model's, for errors.
  StartStates(std::string name, std::vector<float> stored, std::vector<int32_t> classes, const BaseDensity* base,
              std::vector<int32_t> levels = {});

  bool has_stored() const { return !classes_.empty(); }
  bool has_base() const { return base_ != nullptr; }

  // The error of Draw.
  absl::Status Check(const ChainSettings& settings) const;

  // The starts of the chain with these settings and of those that follow it under its seed. states: [n, D].
  absl::Status Draw(const ChainSettings& first, Matrix states) const;

 private:
  absl::Status CheckStored(int32_t target_class) const;
  absl::Status CheckBase() const;
  void DrawFromBase(const ChainSettings& first, Matrix states) const;

  std::string name_;
  std::vector<float> stored_;
  std::vector<int32_t> classes_;
  const BaseDensity* base_;
  std::vector<int32_t> levels_;
};

}  // namespace ebm::catalog

#endif  // EBM_SERVER_CATALOG_START_STATES_H_
