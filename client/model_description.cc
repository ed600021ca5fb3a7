#include "client/model_description.h"

#include <functional>
#include <numeric>

namespace ebm::client {

int64_t ModelDescription::num_values() const {
  return std::accumulate(input_shape.begin(), input_shape.end(), int64_t{1}, std::multiplies<>());
}

}  // namespace ebm::client
