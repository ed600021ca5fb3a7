// The multilayer perceptron and its gradients by plain loops in double precision, for tests only. Every number comes
// with the rounding error that a correct float32 computation may have (rounding.h).

#ifndef EBM_TESTS_REFERENCE_MLP_ORACLE_H_
#define EBM_TESTS_REFERENCE_MLP_ORACLE_H_

#include <cmath>
#include <cstdint>
#include <vector>

#include "model/core/named_tensor.h"
#include "tests/reference/rounded_activation.h"
#include "tests/reference/rounding.h"

namespace ebm::reference {

class MlpOracle {
 public:
  // tensors: weight 0, bias 0, weight 1, ... of fitting shapes.
  explicit MlpOracle(const std::vector<NamedTensor>& tensors, Activation activation = Activation::kElu)
      : activation_(activation) {
    for (size_t i = 0; i + 1 < tensors.size(); i += 2) {
      layers_.push_back({tensors[i].shape[1], tensors[i].values, tensors[i + 1].values});
    }
  }

  // f(x): [K].
  std::vector<Rounded> Logits(const std::vector<double>& x) const { return Forward(x).back(); }

  // f(x)[y], or LSE f(x) if y is kNoClass.
  Rounded LogDensity(const std::vector<double>& x, int32_t y) const { return LogDensityOf(Logits(x), y); }

  // The gradient of LogDensity in x: [D].
  std::vector<Rounded> Gradient(const std::vector<double>& x, int32_t y) const {
    return PullBack(x, ClassWeights(Logits(x), y));
  }

  // v^T df/dx: [D].
  std::vector<Rounded> PullBack(const std::vector<double>& x, std::vector<Rounded> v) const {
    const std::vector<std::vector<Rounded>> a = Forward(x);
    for (size_t layer = layers_.size() - 1; layer > 0; --layer) {
      v = TimesWeights(v, layers_[layer]);
      for (size_t j = 0; j < v.size(); ++j) v[j] = Product(v[j], SlopeOf(activation_, a[layer][j]));
    }
    return TimesWeights(v, layers_.front());
  }

  // The slope of LogDensity along coordinate i by a central difference, and a bound on its error. Halving the width at
  // least halves the error (quarters it away from an ELU's kink), so twice the change bounds the remaining error.
  struct Difference {
    double value = 0;
    double error = 0;
  };
  Difference CentralDifference(const std::vector<double>& x, int32_t y, size_t i) const {
    constexpr double kWidth = 1e-4;
    const double wide = Slope(x, y, i, kWidth);
    const double narrow = Slope(x, y, i, kWidth / 2);
    const double rounding = 1e-12 * (1 + std::abs(LogDensity(x, y).value)) / kWidth;
    return {.value = narrow, .error = 2 * std::abs(wide - narrow) + rounding};
  }

 private:
  struct Layer {
    int64_t in = 0;
    std::vector<float> weight;  // [out, in]
    std::vector<float> bias;    // [out]
  };

  // x, a_1 .. a_{L-1}, f.
  std::vector<std::vector<Rounded>> Forward(const std::vector<double>& x) const {
    std::vector<Rounded> h;
    h.reserve(x.size());
    for (const double value : x) h.push_back({.value = value});
    std::vector<std::vector<Rounded>> a = {h};
    for (const Layer& layer : layers_) {
      a.push_back(Affine(layer, h));
      h = a.back();
      for (Rounded& unit : h) unit = Activated(activation_, unit);
    }
    return a;
  }

  static std::vector<Rounded> Affine(const Layer& layer, const std::vector<Rounded>& h) {
    std::vector<Rounded> a;
    for (size_t k = 0; k < layer.bias.size(); ++k) {
      RoundedSum sum(layer.bias[k]);
      for (size_t j = 0; j < h.size(); ++j) sum.Add(layer.weight[k * layer.in + j], h[j]);
      a.push_back(sum.Result());
    }
    return a;
  }

  static std::vector<Rounded> TimesWeights(const std::vector<Rounded>& v, const Layer& layer) {
    std::vector<Rounded> product;
    for (int64_t j = 0; j < layer.in; ++j) {
      RoundedSum sum;
      for (size_t k = 0; k < v.size(); ++k) sum.Add(layer.weight[k * layer.in + j], v[k]);
      product.push_back(sum.Result());
    }
    return product;
  }

  double Slope(std::vector<double> x, int32_t y, size_t i, double width) const {
    const double middle = x[i];
    x[i] = middle + width;
    const double above = LogDensity(x, y).value;
    x[i] = middle - width;
    return (above - LogDensity(x, y).value) / (2 * width);
  }

  Activation activation_;
  std::vector<Layer> layers_;
};

}  // namespace ebm::reference

#endif  // EBM_TESTS_REFERENCE_MLP_ORACLE_H_
