#include "model/networks/network_functions.h"
#include "model/spec/image_shape.h"

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

}  // namespace ebm
