#include "client/model_description.h"

#include <functional>
#include <numeric>

namespace ebm::client {

int64_t ModelDescription::num_values() const {
  return std::accumulate(input_shape.begin(), input_shape.end(), int64_t{1}, std::multiplies<>());
}

const char* NameOf(ModelState state) {
  switch (state) {
    case ModelState::kLoading:
      return "loading";
    case ModelState::kReady:
      return "ready";
    case ModelState::kUnloading:
      return "unloading";
    case ModelState::kFailed:
      return "failed";
    case ModelState::kAvailable:
      return "available";
    case ModelState::kUnknown:
      break;
  }
  return "unknown";
}

}  // namespace ebm::client
