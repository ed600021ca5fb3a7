// Linear layers written out as the list of their products, for tests only. Every number comes with the rounding error
// that a correct float32 computation may have (rounding.h).

#ifndef EBM_TESTS_REFERENCE_LINEAR_MAP_H_
#define EBM_TESTS_REFERENCE_LINEAR_MAP_H_

#include <cstdint>
#include <vector>

#include "model/core/named_tensor.h"
#include "tests/reference/rounding.h"

namespace ebm::reference {

// y = bias + A x, with A given by its non-zero elements.
struct LinearMap {
  struct Element {
    int64_t row;
    int64_t column;
    double weight;
  };
  int64_t inputs = 0;
  std::vector<double> bias;  // [outputs]
  std::vector<Element> elements;

  std::vector<Rounded> Apply(const std::vector<Rounded>& x) const {
    std::vector<RoundedSum> sums(bias.begin(), bias.end());
    for (const Element& e : elements) sums[e.row].Add(e.weight, x[e.column]);
    return Results(sums);
  }

  std::vector<Rounded> PullBack(const std::vector<Rounded>& v) const {
    std::vector<RoundedSum> sums(inputs);
    for (const Element& e : elements) sums[e.column].Add(e.weight, v[e.row]);
    return Results(sums);
  }

 private:
  static std::vector<Rounded> Results(const std::vector<RoundedSum>& sums) {
    std::vector<Rounded> results;
    results.reserve(sums.size());
    for (const RoundedSum& sum : sums) results.push_back(sum.Result());
    return results;
  }
};

struct Image {
  int64_t channels, height, width;

  int64_t size() const { return channels * height * width; }
  int64_t at(int64_t c, int64_t y, int64_t x) const { return (c * height + y) * width + x; }
};

// weight: [out, in, k, k], padded with k / 2 zeros. `image` becomes the result's shape.
inline LinearMap Convolution(const NamedTensor& weight, const NamedTensor& bias, int64_t stride, Image& image) {
  const Image in = image;
  const int64_t k = weight.shape[2];
  const int64_t products = in.channels * k * k;
  image = {weight.shape[0], (in.height - 1) / stride + 1, (in.width - 1) / stride + 1};
  LinearMap map = {in.size(), std::vector<double>(image.size()), {}};
  for (int64_t row = 0; row < image.size(); ++row) {
    const int64_t o = row / (image.height * image.width);
    const int64_t y = row / image.width % image.height;
    const int64_t x = row % image.width;
    map.bias[row] = bias.values[o];
    for (int64_t i = 0; i < products; ++i) {
      const int64_t from_y = y * stride + i / k % k - k / 2;
      const int64_t from_x = x * stride + i % k - k / 2;
      if (from_y < 0 || from_y >= in.height || from_x < 0 || from_x >= in.width) continue;
      map.elements.push_back({row, in.at(i / (k * k), from_y, from_x), weight.values[o * products + i]});
    }
  }
  return map;
}

// The mean of each channel, and a layer on them. weight: [out, channels].
inline LinearMap LayerOfMeans(const NamedTensor& weight, const NamedTensor& bias, const Image& image) {
  const int64_t pixels = image.height * image.width;
  LinearMap map = {image.size(), {bias.values.begin(), bias.values.end()}, {}};
  for (int64_t k = 0; k < weight.shape[0]; ++k) {
    for (int64_t i = 0; i < image.size(); ++i) {
      const double value = weight.values[k * image.channels + i / pixels];
      map.elements.push_back({k, i, value / static_cast<double>(pixels)});
    }
  }
  return map;
}

}  // namespace ebm::reference

#endif  // EBM_TESTS_REFERENCE_LINEAR_MAP_H_
