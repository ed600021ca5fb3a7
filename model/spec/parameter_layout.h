// The parameters of a network: the names, shapes and order that its family gives them (model/checkpoint/FORMAT.md).
//
// Every list of parameters in this product, of tensors, gradients or moments, has this order.
//
// Threads: free functions, reentrant.

#ifndef EBM_MODEL_SPEC_PARAMETER_LAYOUT_H_
#define EBM_MODEL_SPEC_PARAMETER_LAYOUT_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "model/core/named_tensor.h"
#include "model/spec/model_spec.h"

namespace ebm {

struct ParameterShape {
  std::string name;
  std::vector<int64_t> shape;
  int64_t fan_in = 0;  // inputs of the unit that the parameter belongs to

  int64_t count() const;  // the number of values
};

// The tensors of a base density, in this order: ln w_c, [C]; mu_c, [C, D]; W_c, [C, D, D]
// (model/base/gaussian_base.h).
inline constexpr char kBaseLogWeights[] = "base.log_weights";
inline constexpr char kBaseMeans[] = "base.means";
inline constexpr char kBaseWhitening[] = "base.whitening";

// InvalidArgument naming the family of the spec and the known ones.
absl::Status UnknownFamily(const ModelSpec& spec);

// Weight and bias of each layer in turn; empty for an unknown family. REQUIRES: sizes that ModelSpec::Validate accepts.
std::vector<ParameterShape> ParameterLayout(const ModelSpec& spec);

// The tensors of the base density; empty for a spec without one.
std::vector<ParameterShape> BaseLayout(const ModelSpec& spec);

// FindParameters returns the network's tensors in the order of ParameterLayout, FindBase those of the base density in
// the order of BaseLayout. `tensors` holds both and must outlive the result. Errors: InvalidArgument naming a tensor
// that is missing, not part of the model, given twice, of the wrong shape, or with a number of values that does not
// match its shape.
absl::StatusOr<std::vector<const NamedTensor*>> FindParameters(const ModelSpec& spec,
                                                               const std::vector<NamedTensor>& tensors);
absl::StatusOr<std::vector<const NamedTensor*>> FindBase(const ModelSpec& spec,
                                                         const std::vector<NamedTensor>& tensors);

// jem_mlp: D, the hidden widths, K.
std::vector<int64_t> MlpWidths(const ModelSpec& spec);

// Whether x is an image, that is, input_shape has two or three axes.
bool HasImageShape(const ModelSpec& spec);

// The channels, height and width of x. REQUIRES: HasImageShape.
struct ImageShape {
  int64_t channels = 1;
  int64_t height = 0;
  int64_t width = 0;
};
ImageShape ImageShapeOf(const ModelSpec& spec);

// jem_resnet: one residual block, h <- shortcut(h) + conv2(act(conv1(act(h)))).
struct ResidualBlock {
  std::string name;       // "groups.0.blocks.0"
  int64_t in = 0;         // channels
  int64_t out = 0;        // channels
  int64_t stride = 1;     // of conv1 and of the shortcut
  bool projects = false;  // the shortcut is a 1x1 convolution; otherwise it is h itself
};
std::vector<ResidualBlock> ResidualBlocks(const ModelSpec& spec);

}  // namespace ebm

#endif  // EBM_MODEL_SPEC_PARAMETER_LAYOUT_H_
