// The family jem_resnet: a joint energy model on a residual convolutional network, for images.
//
// Threads: plain data and free functions.

#ifndef EBM_MODEL_SPEC_RESNET_SPEC_H_
#define EBM_MODEL_SPEC_RESNET_SPEC_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "model/spec/data_column.h"
#include "model/spec/parameter_shape.h"

namespace ebm {

struct ModelSpec;

struct ResnetSpec {
  static constexpr char kFamily[] = "jem_resnet";
  static constexpr Domain kDomain = Domain::kReal;
  static constexpr bool kHasActivation = true;
  static constexpr bool kHasBlockConditionals = false;

  std::vector<int64_t> hidden_widths;  // channels of each group of blocks
  int64_t blocks_per_group = 0;        // residual blocks in each group
  // s: the first convolution has a kernel of 2 s + 1 pixels and reduces height h to ceil(h / s).
  int64_t stem_stride = 1;

  friend bool operator==(const ResnetSpec&, const ResnetSpec&) = default;
};

// InvalidArgument with the field, the value and the limit, if a field of the family's is out of range.
absl::Status CheckNetwork(const ResnetSpec& network, const ModelSpec& spec);

// Weight and bias of each layer in turn. REQUIRES: sizes that CheckNetwork accepts.
std::vector<ParameterShape> LayoutOf(const ResnetSpec& network, const ModelSpec& spec);

// Fresh weights and biases are uniform between plus and minus this bound.
float InitialBound(const ResnetSpec& network, float fan_in);

// One residual block, h <- shortcut(h) + conv2(act(conv1(act(h)))).
struct ResidualBlock {
  std::string name;       // "groups.0.blocks.0"
  int64_t in = 0;         // channels
  int64_t out = 0;        // channels
  int64_t stride = 1;     // of conv1 and of the shortcut
  bool projects = false;  // the shortcut is a 1x1 convolution; otherwise it is h itself
};
std::vector<ResidualBlock> ResidualBlocks(const ResnetSpec& network);

}  // namespace ebm

#endif  // EBM_MODEL_SPEC_RESNET_SPEC_H_
