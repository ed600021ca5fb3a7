#include "model/spec/model_spec.h"

#include <cmath>
#include <set>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/string_view.h"
#include "model/spec/parameter_layout.h"

namespace ebm {
namespace {

constexpr size_t kMaxAxes = 4;
constexpr size_t kMaxHiddenLayers = 64;
constexpr int64_t kMaxWidth = 1 << 20;
constexpr size_t kMaxClasses = 65536;
constexpr int64_t kMaxBlocks = 64;
constexpr int64_t kMaxStemStride = 4;
constexpr double kMaxActivations = 1 << 22;  // 128 MiB of float32 in a tile of eight rows

// With a multiple of 8, the activations of a tile fill whole vectors of every SIMD instruction set. Elementwise
// functions round the tail of a partial vector differently, so otherwise a row's bits would depend on its place in the
// batch (model/energy/jem_network.h).
constexpr int64_t kChannelMultiple = 8;

absl::Status CheckCount(absl::string_view field, size_t count, size_t maximum) {
  if (count >= 1 && count <= maximum) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(field, " has ", count, " entries; 1 to ", maximum, " are allowed"));
}

absl::Status CheckSizes(absl::string_view field, const std::vector<int64_t>& sizes, size_t max_entries) {
  if (absl::Status status = CheckCount(field, sizes.size(), max_entries); !status.ok()) return status;
  for (const int64_t size : sizes) {
    if (size >= 1 && size <= kMaxWidth) continue;
    return absl::InvalidArgumentError(absl::StrCat(field, " holds ", size, "; 1 to ", kMaxWidth, " are allowed"));
  }
  return absl::OkStatus();
}

absl::Status CheckLabels(const std::vector<std::string>& labels) {
  if (absl::Status status = CheckCount("class_labels", labels.size(), kMaxClasses); !status.ok()) return status;
  if (labels.size() < 2) return absl::InvalidArgumentError("class_labels has 1 entry; at least 2 are needed");
  std::set<absl::string_view> seen;
  for (const std::string& label : labels) {
    if (!seen.insert(label).second) {
      return absl::InvalidArgumentError(absl::StrCat("class_labels holds \"", label, "\" twice"));
    }
  }
  return absl::OkStatus();
}

absl::Status CheckUnits(const DataRange& range, const DataScaling& scaling) {
  const bool ordered = std::isfinite(range.minimum) && std::isfinite(range.maximum) && range.minimum < range.maximum;
  if (!ordered) {
    return absl::InvalidArgumentError(absl::StrCat("data_range is [", range.minimum, ", ", range.maximum,
                                                   "]; finite numbers in rising order are needed"));
  }
  if (!std::isfinite(scaling.scale) || scaling.scale == 0.0F || !std::isfinite(scaling.offset)) {
    return absl::InvalidArgumentError(absl::StrCat("scaling is ", scaling.scale, " * x + ", scaling.offset,
                                                   "; finite numbers and a scale other than 0 are needed"));
  }
  return absl::OkStatus();
}

absl::Status CheckBlocks(const ModelSpec& spec) {
  if (spec.family != kJemResnet) {
    if (spec.blocks_per_group != 0) {
      return absl::InvalidArgumentError(
          absl::StrCat("blocks_per_group is ", spec.blocks_per_group, "; family ", spec.family, " has no blocks"));
    }
    if (spec.stem_stride == 1) return absl::OkStatus();
    return absl::InvalidArgumentError(
        absl::StrCat("stem_stride is ", spec.stem_stride, "; family ", spec.family, " has no stem"));
  }
  if (spec.stem_stride < 1 || spec.stem_stride > kMaxStemStride) {
    return absl::InvalidArgumentError(
        absl::StrCat("stem_stride is ", spec.stem_stride, "; 1 to ", kMaxStemStride, " are allowed"));
  }
  if (spec.blocks_per_group >= 1 && spec.blocks_per_group <= kMaxBlocks) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("blocks_per_group is ", spec.blocks_per_group, "; 1 to ", kMaxBlocks, " are allowed"));
}

// The numbers per row x that a pass keeps for the backward pass: two convolutions, two activations and a sum per block.
double CountActivations(const ModelSpec& spec) {
  constexpr double kPerBlock = 5;
  const ImageShape image = ImageShapeOf(spec);
  const auto stem_stride = static_cast<double>(spec.stem_stride);
  double height = std::ceil(static_cast<double>(image.height) / stem_stride);
  double width = std::ceil(static_cast<double>(image.width) / stem_stride);
  double total = height * width * static_cast<double>(spec.hidden_widths.front());
  for (const ResidualBlock& block : ResidualBlocks(spec)) {
    height = std::ceil(height / static_cast<double>(block.stride));
    width = std::ceil(width / static_cast<double>(block.stride));
    total += kPerBlock * height * width * static_cast<double>(block.out);
  }
  return total;
}

absl::Status CheckResidualNetwork(const ModelSpec& spec) {
  if (!HasImageShape(spec)) {
    return absl::InvalidArgumentError(absl::StrCat("input_shape has ", spec.input_shape.size(), " entries; family ",
                                                   kJemResnet, " takes [height, width] or [channels, height, width]"));
  }
  for (const int64_t channels : spec.hidden_widths) {
    if (channels % kChannelMultiple == 0) continue;
    return absl::InvalidArgumentError(absl::StrCat("hidden_widths holds ", channels, "; family ", kJemResnet,
                                                   " takes multiples of ", kChannelMultiple));
  }
  const double activations = CountActivations(spec);
  if (activations <= kMaxActivations) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrFormat("input_shape, hidden_widths, blocks_per_group and stem_stride make %.0f activations of one x; at "
                      "most %.0f are allowed",
                      activations, kMaxActivations));
}

absl::Status CheckBase(const ModelSpec& spec) {
  if (!std::isfinite(spec.data_step) || spec.data_step < 0) {
    return absl::InvalidArgumentError(
        absl::StrCat("data_step is ", spec.data_step, "; a finite number of at least 0 is needed"));
  }
  if (!spec.base.empty() && spec.base != kGaussianBase && spec.base != kClassGaussiansBase) {
    return absl::InvalidArgumentError(
        absl::StrCat("base is \"", spec.base, "\"; the known ones are: ", kGaussianBase, ", ", kClassGaussiansBase));
  }
  const float highest = spec.base == kClassGaussiansBase ? 1.0F : 0.0F;
  if (spec.base_evidence >= 0 && spec.base_evidence <= highest) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat("base_evidence is ", spec.base_evidence, "; 0 to ", highest,
                                                 " is allowed for base \"", spec.base, "\""));
}

// Counts weights and biases; stops once the count is over the limit, so that nothing can overflow.
int64_t CountParameters(const ModelSpec& spec) {
  int64_t total = 0;
  for (const auto& layout : {ParameterLayout(spec), BaseLayout(spec)}) {
    for (const ParameterShape& parameter : layout) {
      total += parameter.count();
      if (total > ModelSpec::kMaxParameters) return total;
    }
  }
  return total;
}

}  // namespace

int64_t ModelSpec::dimension() const {
  int64_t product = 1;
  for (const int64_t size : input_shape) product *= size;
  return product;
}

int64_t ModelSpec::num_classes() const { return static_cast<int64_t>(class_labels.size()); }

absl::Status ModelSpec::Validate() const {
  if (family.empty()) return absl::InvalidArgumentError("family is empty");
  if (absl::Status status = CheckSizes("input_shape", input_shape, kMaxAxes); !status.ok()) return status;
  int64_t product = 1;
  for (const int64_t size : input_shape) {
    product *= size;
    if (product > kMaxWidth) {
      return absl::InvalidArgumentError(absl::StrCat("input_shape has more than ", kMaxWidth, " coordinates"));
    }
  }
  if (absl::Status status = CheckSizes("hidden_widths", hidden_widths, kMaxHiddenLayers); !status.ok()) return status;
  if (absl::Status status = CheckBlocks(*this); !status.ok()) return status;
  if (absl::Status status = CheckLabels(class_labels); !status.ok()) return status;
  if (family == kJemResnet) {
    if (absl::Status status = CheckResidualNetwork(*this); !status.ok()) return status;
  }
  if (absl::Status status = CheckUnits(data_range, scaling); !status.ok()) return status;
  if (absl::Status status = CheckBase(*this); !status.ok()) return status;
  if (CountParameters(*this) > kMaxParameters) {
    return absl::InvalidArgumentError(
        absl::StrCat("the network has more than the ", kMaxParameters, " parameters allowed"));
  }
  return absl::OkStatus();
}

}  // namespace ebm
