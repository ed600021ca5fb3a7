#include "model/spec/resnet_spec.h"

#include <cmath>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "model/core/status_macros.h"
#include "model/spec/image_shape.h"
#include "model/spec/model_spec.h"
#include "model/spec/spec_limits.h"

namespace ebm {
namespace {

constexpr int64_t kKernelSize = 3;
constexpr int64_t kMaxBlocks = 64;
constexpr int64_t kMaxStemStride = 4;
constexpr double kMaxActivations = 1 << 22;  // 128 MiB of float32 in a tile of eight rows

// With a multiple of 8, the activations of a tile fill whole vectors of every SIMD instruction set. Elementwise
// functions round the tail of a partial vector differently, so otherwise a row's bits would depend on its place in the
// batch (model/energy/jem_network.h).
constexpr int64_t kChannelMultiple = 8;

absl::Status CheckBlocks(const ResnetSpec& network) {
  if (network.stem_stride < 1 || network.stem_stride > kMaxStemStride) {
    return absl::InvalidArgumentError(
        absl::StrCat("stem_stride is ", network.stem_stride, "; 1 to ", kMaxStemStride, " are allowed"));
  }
  if (network.blocks_per_group >= 1 && network.blocks_per_group <= kMaxBlocks) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("blocks_per_group is ", network.blocks_per_group, "; 1 to ", kMaxBlocks, " are allowed"));
}

// The numbers per row x that a pass keeps for the backward pass: two convolutions, two activations and a sum per block.
double CountActivations(const ResnetSpec& network, const ModelSpec& spec) {
  constexpr double kPerBlock = 5;
  const ImageShape image = ImageShapeOf(spec);
  const auto stem_stride = static_cast<double>(network.stem_stride);
  double height = std::ceil(static_cast<double>(image.height) / stem_stride);
  double width = std::ceil(static_cast<double>(image.width) / stem_stride);
  double total = height * width * static_cast<double>(network.hidden_widths.front());
  for (const ResidualBlock& block : ResidualBlocks(network)) {
    height = std::ceil(height / static_cast<double>(block.stride));
    width = std::ceil(width / static_cast<double>(block.stride));
    total += kPerBlock * height * width * static_cast<double>(block.out);
  }
  return total;
}

absl::Status CheckImages(const ResnetSpec& network, const ModelSpec& spec) {
  if (!HasImageShape(spec)) {
    return absl::InvalidArgumentError(
        absl::StrCat("input_shape has ", spec.input_shape.size(), " entries; family ", ResnetSpec::kFamily,
                     " takes [height, width] or [channels, height, width], without categories"));
  }
  for (const int64_t channels : network.hidden_widths) {
    if (channels % kChannelMultiple == 0) continue;
    return absl::InvalidArgumentError(absl::StrCat("hidden_widths holds ", channels, "; family ", ResnetSpec::kFamily,
                                                   " takes multiples of ", kChannelMultiple));
  }
  const double activations = CountActivations(network, spec);
  if (activations <= kMaxActivations) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrFormat("input_shape, hidden_widths, blocks_per_group and stem_stride make %.0f activations of one x; at "
                      "most %.0f are allowed",
                      activations, kMaxActivations));
}

}  // namespace

absl::Status CheckNetwork(const ResnetSpec& network, const ModelSpec& spec) {
  EBM_RETURN_IF_ERROR(CheckHiddenWidths(network.hidden_widths));
  EBM_RETURN_IF_ERROR(CheckBlocks(network));
  return CheckImages(network, spec);
}

std::vector<ParameterShape> LayoutOf(const ResnetSpec& network, const ModelSpec& spec) {
  std::vector<ParameterShape> layout;
  const int64_t stem_size = 2 * network.stem_stride + 1;
  AddLayer("stem", {network.hidden_widths.front(), ImageShapeOf(spec).channels, stem_size, stem_size}, layout);
  for (const ResidualBlock& block : ResidualBlocks(network)) {
    AddLayer(block.name + ".conv1", {block.out, block.in, kKernelSize, kKernelSize}, layout);
    AddLayer(block.name + ".conv2", {block.out, block.out, kKernelSize, kKernelSize}, layout);
    if (block.projects) AddLayer(block.name + ".shortcut", {block.out, block.in, 1, 1}, layout);
  }
  AddLayer("head", {spec.num_classes(), network.hidden_widths.back()}, layout);
  return layout;
}

float InitialBound(const ResnetSpec& /*network*/, float fan_in) { return std::sqrt(3.0F / fan_in); }

std::vector<ResidualBlock> ResidualBlocks(const ResnetSpec& network) {
  std::vector<ResidualBlock> blocks;
  int64_t in = network.hidden_widths.front();
  for (size_t group = 0; group < network.hidden_widths.size(); ++group) {
    for (int64_t b = 0; b < network.blocks_per_group; ++b) {
      const int64_t out = network.hidden_widths[group];
      const int64_t stride = group > 0 && b == 0 ? 2 : 1;
      blocks.push_back({.name = absl::StrCat("groups.", group, ".blocks.", b),
                        .in = in,
                        .out = out,
                        .stride = stride,
                        .projects = stride != 1 || in != out});
      in = out;
    }
  }
  return blocks;
}

}  // namespace ebm
