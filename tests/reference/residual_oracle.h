// The residual network and its gradients by plain loops in double precision, for tests only: every convolution is
// written out as the list of its products. Every number comes with how far a right float32 computation may stray from
// it (rounding.h).

#ifndef EBM_TESTS_REFERENCE_RESIDUAL_ORACLE_H_
#define EBM_TESTS_REFERENCE_RESIDUAL_ORACLE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "model/core/energy_model.h"
#include "model/core/model_spec.h"
#include "model/core/named_tensor.h"
#include "tests/reference/rounded_activation.h"
#include "tests/reference/rounding.h"

namespace ebm::reference {

// y = bias + A x, A given by its elements that are not 0.
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

class ResidualOracle {
 public:
  // REQUIRES: the tensors of a residual network, in the order of FORMAT.md.
  ResidualOracle(const ModelSpec& spec, const std::vector<NamedTensor>& tensors, Activation activation)
      : activation_(activation), tensors_(tensors) {
    const std::vector<int64_t>& shape = spec.input_shape;
    Image image = {shape.size() == 3 ? shape[0] : 1, shape[shape.size() - 2], shape[shape.size() - 1]};
    stem_ = Convolution(image, 1);
    for (size_t group = 0; group < spec.hidden_widths.size(); ++group) {
      for (int64_t b = 0; b < spec.blocks_per_group; ++b) {
        const int64_t stride = group > 0 && b == 0 ? 2 : 1;
        Image entrance = image;
        Block block = {Convolution(image, stride), Convolution(image, 1), {}, false};
        block.projects = next_ < tensors_.size() && tensors_[next_].name.find("shortcut") != std::string::npos;
        if (block.projects) block.shortcut = Convolution(entrance, stride);
        blocks_.push_back(block);
      }
    }
    head_ = Head(image);
  }

  // f(x): [K].
  std::vector<Rounded> Logits(const std::vector<double>& x) const { return Forward(x).logits; }

  // f(x)[y], or LSE f(x) where y is kNoClass.
  Rounded LogDensity(const std::vector<double>& x, int32_t y) const {
    const std::vector<Rounded> f = Logits(x);
    return y == kNoClass ? LogSumExp(f) : f[y];
  }

  // The gradient of LogDensity in x: [D].
  std::vector<Rounded> Gradient(const std::vector<double>& x, int32_t y) const {
    const Pass pass = Forward(x);
    std::vector<Rounded> v = Softmax(pass.logits);
    if (y != kNoClass) {
      v.assign(v.size(), Rounded{});
      v[y].value = 1;
    }
    v = TimesSlope(head_.PullBack(v), pass.entrances.back());
    for (size_t b = blocks_.size(); b > 0; --b) {
      const Block& block = blocks_[b - 1];
      std::vector<Rounded> inner = TimesSlope(block.conv2.PullBack(v), pass.inner[b - 1]);
      inner = TimesSlope(block.conv1.PullBack(inner), pass.entrances[b - 1]);
      v = Sum(block.projects ? block.shortcut.PullBack(v) : v, inner);
    }
    return stem_.PullBack(v);
  }

 private:
  struct Image {
    int64_t channels, height, width;
    int64_t size() const { return channels * height * width; }
    int64_t at(int64_t c, int64_t y, int64_t x) const { return (c * height + y) * width + x; }
  };
  struct Block {
    LinearMap conv1, conv2, shortcut;
    bool projects;
  };
  struct Pass {
    std::vector<std::vector<Rounded>> entrances;  // h before each block, and after the last
    std::vector<std::vector<Rounded>> inner;      // conv1's result in each block
    std::vector<Rounded> logits;
  };

  const NamedTensor& Next() { return tensors_[next_++]; }

  // Takes the next weight and bias; `image` becomes the result's shape.
  LinearMap Convolution(Image& image, int64_t stride) {
    const NamedTensor& weight = Next();
    const NamedTensor& bias = Next();
    const Image in = image;
    const int64_t k = weight.shape[2];
    image = {weight.shape[0], (in.height - 1) / stride + 1, (in.width - 1) / stride + 1};
    LinearMap map = {in.size(), {}, {}};
    for (int64_t o = 0; o < image.channels; ++o) {
      for (int64_t y = 0; y < image.height; ++y) {
        for (int64_t x = 0; x < image.width; ++x) {
          map.bias.push_back(bias.values[o]);
          for (int64_t i = 0; i < in.channels * k * k; ++i) {
            const int64_t from_y = y * stride + i / k % k - k / 2;
            const int64_t from_x = x * stride + i % k - k / 2;
            if (from_y < 0 || from_y >= in.height || from_x < 0 || from_x >= in.width) continue;
            const double value = weight.values[o * in.channels * k * k + i];
            map.elements.push_back({image.at(o, y, x), in.at(i / (k * k), from_y, from_x), value});
          }
        }
      }
    }
    return map;
  }

  // The mean of each channel, and the last layer.
  LinearMap Head(const Image& image) {
    const NamedTensor& weight = Next();
    const NamedTensor& bias = Next();
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

  std::vector<Rounded> Activate(std::vector<Rounded> a) const {
    for (Rounded& unit : a) unit = Activated(activation_, unit);
    return a;
  }

  std::vector<Rounded> TimesSlope(std::vector<Rounded> v, const std::vector<Rounded>& a) const {
    for (size_t i = 0; i < v.size(); ++i) v[i] = Product(v[i], SlopeOf(activation_, a[i]));
    return v;
  }

  static std::vector<Rounded> Sum(std::vector<Rounded> a, const std::vector<Rounded>& b) {
    for (size_t i = 0; i < a.size(); ++i) {
      RoundedSum sum;
      sum.Add(1, a[i]);
      sum.Add(1, b[i]);
      a[i] = sum.Result();
    }
    return a;
  }

  Pass Forward(const std::vector<double>& x) const {
    std::vector<Rounded> h;
    h.reserve(x.size());
    for (const double value : x) h.push_back({.value = value});
    h = stem_.Apply(h);
    Pass pass;
    for (const Block& block : blocks_) {
      pass.entrances.push_back(h);
      pass.inner.push_back(block.conv1.Apply(Activate(h)));
      const std::vector<Rounded> change = block.conv2.Apply(Activate(pass.inner.back()));
      h = Sum(block.projects ? block.shortcut.Apply(h) : h, change);
    }
    pass.entrances.push_back(h);
    pass.logits = head_.Apply(Activate(h));
    return pass;
  }

  Activation activation_;
  const std::vector<NamedTensor> tensors_;
  size_t next_ = 0;  // the tensor that the constructor reads next
  LinearMap stem_;
  std::vector<Block> blocks_;
  LinearMap head_;
};

}  // namespace ebm::reference

#endif  // EBM_TESTS_REFERENCE_RESIDUAL_ORACLE_H_
