// A term of the sum over the states of a Boltzmann machine without hidden units (model/energy/boltzmann_machine.h), in
// double precision.

#ifndef EBM_MODEL_OFFLINE_PARTITION_SITE_STATE_H_
#define EBM_MODEL_OFFLINE_PARTITION_SITE_STATE_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "model/core/named_tensor.h"
#include "model/spec/model_spec.h"

namespace ebm {

struct SiteParameters {
  // tensors: in the order of ParameterLayout.
  SiteParameters(const ModelSpec& spec, const std::vector<const NamedTensor*>& tensors);

  struct Neighbour {
    int64_t site = 0;
    double weight = 0;
  };
  std::vector<std::vector<Neighbour>> neighbours;  // [D]
  std::vector<double> bias;                        // [D]
};

class SiteState {
 public:
  SiteState(const SiteParameters& parameters, int64_t bits);

  void Flip(size_t site);
  double LogTerm() const { return log_density_; }

 private:
  const SiteParameters& parameters_;
  int64_t bits_ = 0;
  double log_density_ = 0;
};

}  // namespace ebm

#endif  // EBM_MODEL_OFFLINE_PARTITION_SITE_STATE_H_
