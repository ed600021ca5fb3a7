// What a model is, apart from its weights: family, shape, classes, and the units of its data.
//
// Units. Users work in the data's own units (digits: 0 to 16); a network sees x_scaled = scale * x + offset. Requests,
// samples and files are in data units; log densities, gradients, step sizes and noise scales are in scaled units.

#ifndef EBM_MODEL_SPEC_MODEL_SPEC_H_
#define EBM_MODEL_SPEC_MODEL_SPEC_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "model/spec/network_spec.h"

namespace ebm {

// x_scaled = scale * x + offset, the same for every coordinate. scale is never 0.
struct DataScaling {
  float scale = 1.0F;
  float offset = 0.0F;

  float ToScaled(float value) const { return scale * value + offset; }
  float ToData(float scaled) const { return (scaled - offset) / scale; }

  friend bool operator==(const DataScaling&, const DataScaling&) = default;
};

// The values that the data can take, in data units.
struct DataRange {
  float minimum = 0.0F;
  float maximum = 1.0F;

  friend bool operator==(const DataRange&, const DataRange&) = default;
};

// Base densities, to whose logarithm the network's logits are added (model/base/gaussian_base.h): one Gaussian, or
// one per class.
inline constexpr char kGaussianBase[] = "gaussian";
inline constexpr char kClassGaussiansBase[] = "class_gaussians";

struct ModelSpec {
  std::vector<int64_t> input_shape;       // [64], [height, width] or [channels, height, width]; D is the product
  NetworkSpec network;                    // the part of the model's family
  std::string activation;                 // "elu"
  std::vector<std::string> class_labels;  // K names, in the order of the logits
  DataRange data_range;
  DataScaling scaling;
  // The data's values are multiples of this step, in data units (1: whole numbers); 0: they are continuous. If there is
  // a step, the model's density is that of x + u, u uniform on half a step to either side (dequantisation).
  float data_step = 0.0F;
  std::string base;  // "": none
  // class_gaussians only, tau from 0 to 1: the weight of the Gaussians' class log probabilities in the model's logits.
  float base_evidence = 0.0F;

  const char* family() const { return FamilyOf(network); }
  int64_t dimension() const;    // D
  int64_t num_classes() const;  // K

  // InvalidArgument with the field, the value and the limit, if a field is missing or out of range. A spec that passes
  // describes a network of at most kMaxParameters numbers.
  absl::Status Validate() const;

  static constexpr int64_t kMaxParameters = int64_t{1} << 28;

  friend bool operator==(const ModelSpec&, const ModelSpec&) = default;
};

}  // namespace ebm

#endif  // EBM_MODEL_SPEC_MODEL_SPEC_H_
