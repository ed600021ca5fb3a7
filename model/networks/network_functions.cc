#include "model/networks/network_functions.h"

#include <span>

#include "model/networks/edge_ends.h"
#include "model/spec/image_shape.h"
#include "model/spec/indicators.h"

namespace ebm {
namespace {

using Parameters = std::vector<at::Tensor>;

at::Tensor Activate(Activation activation, const at::Tensor& a) {
  switch (activation) {
    case Activation::kElu:
      return at::elu(a);
    case Activation::kSilu:
      return at::silu(a);
    case Activation::kRelu:
      return at::relu(a);
    case Activation::kSoftplus:
      return at::softplus(a);
    case Activation::kLeakyRelu:
      return at::leaky_relu(a, kLeakyReluSlope);
  }
  return a;
}

// Returns the layers' parameters one after the other.
class LayerReader {
 public:
  explicit LayerReader(const Parameters& parameters) : next_(parameters.begin()) {}

  at::Tensor Linear(const at::Tensor& h) {
    const at::Tensor& weight = *next_++;
    return at::addmm(*next_++, h, weight.t());
  }

  at::Tensor Convolution(const at::Tensor& h, int64_t stride) {
    const at::Tensor& weight = *next_++;
    const int64_t padding = weight.size(2) / 2;  // height h becomes ceil(h / stride)
    return at::conv2d(h, weight, *next_++, stride, padding);
  }

 private:
  Parameters::const_iterator next_;
};

// Where the indicators of a row of levels are: that of level l of coordinate i is first[i] + stride[i] l, and it counts
// 1, except that the indicator of two levels counts l.
struct IndicatorPlaces {
  at::Tensor first;      // [D], int64
  at::Tensor stride;     // [D], int64: 0 for two levels, 1 otherwise
  at::Tensor is_binary;  // [D], bool
  int64_t count = 0;
};

IndicatorPlaces PlacesOf(const Indicators& indicators) {
  std::vector<int64_t> first;
  std::vector<int64_t> stride;
  for (int64_t i = 0; i < indicators.coordinates(); ++i) {
    first.push_back(indicators.first(i));
    stride.push_back(indicators.is_binary(i) ? 0 : 1);
  }
  const at::Tensor strides = at::tensor(stride, at::kLong);
  return {.first = at::tensor(first, at::kLong),
          .stride = strides,
          .is_binary = strides.eq(0),
          .count = indicators.count()};
}

// v: [n, S], of x: [n, D].
at::Tensor IndicatorsOf(const IndicatorPlaces& places, const at::Tensor& x) {
  const at::Tensor index = places.first + places.stride * x.to(at::kLong);
  const at::Tensor counts = at::where(places.is_binary, x, at::ones_like(x));
  return at::zeros({x.size(0), places.count}, at::kFloat).scatter(1, index, counts);
}

// f, [n, K], with the hidden units summed out: v: [n], fields: [n, H], of_class: U and d, or none without classes.
at::Tensor SumOverHidden(const at::Tensor& v, const at::Tensor& fields, std::span<const at::Tensor> of_class) {
  if (of_class.empty()) return v.unsqueeze(1) + at::softplus(fields).sum(1, /*keepdim=*/true);
  const at::Tensor of_classes = fields.unsqueeze(1) + of_class[0].unsqueeze(0);  // [n, K, H]
  return v.unsqueeze(1) + of_class[1].unsqueeze(0) + at::softplus(of_classes).sum(2);
}

// The sum over edges of w_e x_i x_j, [n]. A complete graph is a matrix; of others, the ends of each edge are gathered.
at::Tensor Coupled(const BoltzmannSpec& network, const EdgeEnds& ends, const at::Tensor& weight, const at::Tensor& x) {
  if (!network.edges.empty()) return (x.index_select(1, ends.low) * x.index_select(1, ends.high)).mv(weight);
  return (x.mm(UpperMatrix(ends, weight, x.size(1))) * x).sum(1);
}

at::Tensor PassBlock(const ResidualBlock& block, Activation activation, LayerReader& layers, const at::Tensor& h) {
  const at::Tensor inner = layers.Convolution(Activate(activation, h), block.stride);
  const at::Tensor change = layers.Convolution(Activate(activation, inner), 1);
  return change + (block.projects ? layers.Convolution(h, block.stride) : h);
}

}  // namespace

NetworkFunction MakeFunction(const MlpSpec& /*network*/, const ModelSpec& /*spec*/, Activation activation) {
  return [activation](const Parameters& parameters, const at::Tensor& x) {
    LayerReader layers(parameters);
    at::Tensor h = layers.Linear(x);
    for (size_t layer = 1; layer < parameters.size() / 2; ++layer) h = layers.Linear(Activate(activation, h));
    return h;
  };
}

NetworkFunction MakeFunction(const ResnetSpec& network, const ModelSpec& spec, Activation activation) {
  return [activation, image = ImageShapeOf(spec), stem_stride = network.stem_stride, blocks = ResidualBlocks(network)](
             const Parameters& parameters, const at::Tensor& x) {
    LayerReader layers(parameters);
    const at::Tensor images = x.view({x.size(0), image.channels, image.height, image.width});
    at::Tensor h = layers.Convolution(images, stem_stride).contiguous(at::MemoryFormat::ChannelsLast);
    for (const ResidualBlock& block : blocks) h = PassBlock(block, activation, layers, h);
    return layers.Linear(Activate(activation, h).mean({2, 3}));
  };
}

NetworkFunction MakeFunction(const RbmSpec& /*network*/, const ModelSpec& spec, Activation /*activation*/) {
  return [places = PlacesOf(Indicators(spec))](const Parameters& parameters, const at::Tensor& x) {
    const at::Tensor v = IndicatorsOf(places, x);
    const at::Tensor fields = at::addmm(parameters[2], v, parameters[0]);
    return SumOverHidden(v.mv(parameters[1]), fields, std::span(parameters).subspan(3));
  };
}

NetworkFunction MakeFunction(const GaussianRbmSpec& /*network*/, const ModelSpec& /*spec*/, Activation /*activation*/) {
  return [](const Parameters& parameters, const at::Tensor& x) {
    const at::Tensor inverse_variance = (-parameters[2]).exp();
    const at::Tensor visible = (x - parameters[1]).square().mv(inverse_variance) / -2;
    const at::Tensor fields = at::addmm(parameters[3], x * inverse_variance, parameters[0]);
    return SumOverHidden(visible, fields, std::span(parameters).subspan(4));
  };
}

NetworkFunction MakeFunction(const BoltzmannSpec& network, const ModelSpec& spec, Activation /*activation*/) {
  return
      [network, ends = EndsOf(EdgesOf(network, spec.dimension()))](const Parameters& parameters, const at::Tensor& x) {
        return (Coupled(network, ends, parameters[0], x) + x.mv(parameters[1])).unsqueeze(1);
      };
}

}  // namespace ebm
