// The residual network and its gradients by plain loops in double precision, for tests only. Every number comes with
// the rounding error that a correct float32 computation may have (rounding.h).

#ifndef EBM_TESTS_REFERENCE_RESIDUAL_ORACLE_H_
#define EBM_TESTS_REFERENCE_RESIDUAL_ORACLE_H_

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "model/core/named_tensor.h"
#include "model/spec/model_spec.h"
#include "tests/reference/linear_map.h"
#include "tests/reference/rounded_activation.h"
#include "tests/reference/rounding.h"

namespace ebm::reference {

class ResidualOracle {
 public:
  // REQUIRES: the tensors of a residual network, in the order of FORMAT.md.
  ResidualOracle(const ModelSpec& spec, const std::vector<NamedTensor>& tensors, Activation activation)
      : activation_(activation) {
    const ResnetSpec& network = std::get<ResnetSpec>(spec.network);
    const std::vector<int64_t>& shape = spec.input_shape;
    Image image = {shape.size() == 3 ? shape[0] : 1, shape[shape.size() - 2], shape[shape.size() - 1]};
    const NamedTensor* next = tensors.data();  // weight; its bias follows
    stem_ = Convolution(next[0], next[1], network.stem_stride, image);
    next += 2;
    for (size_t group = 0; group < network.hidden_widths.size(); ++group) {
      for (int64_t b = 0; b < network.blocks_per_group; ++b) {
        const int64_t stride = group > 0 && b == 0 ? 2 : 1;
        Image entrance = image;
        Block block;
        block.conv1 = Convolution(next[0], next[1], stride, image);
        block.conv2 = Convolution(next[2], next[3], 1, image);
        next += 4;
        block.projects = next->name.find("shortcut") != std::string::npos;
        if (block.projects) {
          block.shortcut = Convolution(next[0], next[1], stride, entrance);
          next += 2;
        }
        blocks_.push_back(block);
      }
    }
    head_ = LayerOfMeans(next[0], next[1], image);
  }

  // f(x): [K].
  std::vector<Rounded> Logits(const std::vector<double>& x) const { return Forward(x).logits; }

  // f(x)[y], or LSE f(x) if y is kNoClass.
  Rounded LogDensity(const std::vector<double>& x, int32_t y) const { return LogDensityOf(Logits(x), y); }

  // The gradient of LogDensity in x: [D].
  std::vector<Rounded> Gradient(const std::vector<double>& x, int32_t y) const {
    const Pass pass = Forward(x);
    std::vector<Rounded> v = ClassWeights(pass.logits, y);
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
  struct Block {
    LinearMap conv1, conv2, shortcut;
    bool projects = false;
  };
  struct Pass {
    std::vector<std::vector<Rounded>> entrances;  // h before each block, and after the last
    std::vector<std::vector<Rounded>> inner;      // conv1's result in each block
    std::vector<Rounded> logits;
  };

  std::vector<Rounded> Activate(std::vector<Rounded> a) const {
    for (Rounded& unit : a) unit = Activated(activation_, unit);
    return a;
  }

  std::vector<Rounded> TimesSlope(std::vector<Rounded> v, const std::vector<Rounded>& a) const {
    for (size_t i = 0; i < v.size(); ++i) v[i] = Product(v[i], SlopeOf(activation_, a[i]));
    return v;
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
  LinearMap stem_;
  std::vector<Block> blocks_;
  LinearMap head_;
};

}  // namespace ebm::reference

#endif  // EBM_TESTS_REFERENCE_RESIDUAL_ORACLE_H_
