// Registers metric families.

#ifndef EBM_SERVER_OBSERVE_FAMILIES_H_
#define EBM_SERVER_OBSERVE_FAMILIES_H_

#include <string>

#include "prometheus/counter.h"
#include "prometheus/family.h"
#include "prometheus/histogram.h"
#include "prometheus/registry.h"

namespace ebm::observe {

inline prometheus::Family<prometheus::Counter>& AddCounters(prometheus::Registry* registry, const std::string& name,
                                                            const std::string& help) {
  return prometheus::BuildCounter().Name(name).Help(help).Register(*registry);
}

inline prometheus::Family<prometheus::Histogram>& AddHistograms(prometheus::Registry* registry, const std::string& name,
                                                                const std::string& help) {
  return prometheus::BuildHistogram().Name(name).Help(help).Register(*registry);
}

}  // namespace ebm::observe

#endif  // EBM_SERVER_OBSERVE_FAMILIES_H_
