#include "model/spec/parameter_shape.h"

#include <functional>
#include <numeric>
#include <utility>

namespace ebm {
namespace {

template <typename Iterator>
int64_t Product(Iterator begin, Iterator end) {
  return std::accumulate(begin, end, int64_t{1}, std::multiplies<>());
}

}  // namespace

int64_t ParameterShape::count() const { return Product(shape.begin(), shape.end()); }

void AddLayer(const std::string& name, std::vector<int64_t> weight_shape, std::vector<ParameterShape>& layout) {
  const int64_t out = weight_shape.front();
  const int64_t fan_in = Product(weight_shape.begin() + 1, weight_shape.end());
  layout.push_back({.name = name + ".weight", .shape = std::move(weight_shape), .fan_in = fan_in});
  layout.push_back({.name = name + ".bias", .shape = {out}, .fan_in = fan_in});
}

}  // namespace ebm
