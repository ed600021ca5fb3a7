// What a model is, apart from its weights: family, shape, classes, and the columns of its data.
//
// Units. Users work in the data's own units (digits: 0 to 16); a network sees scaled units (data_column.h). Requests,
// samples and files are in data units; log densities, gradients, step sizes and noise scales are in scaled units.

#ifndef EBM_MODEL_SPEC_MODEL_SPEC_H_
#define EBM_MODEL_SPEC_MODEL_SPEC_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "model/spec/data_column.h"
#include "model/spec/network_spec.h"

namespace ebm {

// Base densities of real coordinates, to whose logarithm the network's logits are added (model/base/gaussian_base.h):
// one Gaussian, or one per class.
inline constexpr char kGaussianBase[] = "gaussian";
inline constexpr char kClassGaussiansBase[] = "class_gaussians";
// The base density of levels (model/base/independent_base.h): where chains and annealed importance sampling start.
inline constexpr char kIndependentBase[] = "independent";

struct ModelSpec {
  std::vector<int64_t> input_shape;       // [64], [height, width] or [channels, height, width]; C is the product
  NetworkSpec network;                    // the part of the model's family
  std::string activation;                 // "elu"; empty for families without one
  std::vector<std::string> class_labels;  // K names, in the order of the logits
  // The file's columns in their order. Those that are inputs describe a row's values: one column describes all of them,
  // as for gray pictures, or one per channel of a picture, or one per value (row_codec.h).
  std::vector<DataColumn> columns = {DataColumn()};
  std::string base;  // "": none
  // class_gaussians only, tau from 0 to 1: the weight of the Gaussians' class log probabilities in the model's logits.
  float base_evidence = 0.0F;

  const char* family() const { return FamilyOf(network); }
  int64_t num_values() const;         // C, the values of a row
  int64_t dimension() const;          // D, the coordinates that the network sees
  int64_t num_classes() const;        // K
  int64_t num_input_columns() const;  // of `columns`

  // Sets the columns' domain to that of the family.
  void UseDomainOfFamily();

  // REQUIRES of both: at least one input column.
  const DataColumn& first_input() const;
  DataRange data_range() const;  // the least range that has those of all input columns, in data units

  // InvalidArgument with the field, the value and the limit, if a field is missing or out of range. A spec that passes
  // describes a network of at most kMaxParameters numbers.
  absl::Status Validate() const;

  static constexpr int64_t kMaxParameters = int64_t{1} << 28;

  friend bool operator==(const ModelSpec&, const ModelSpec&) = default;
};

}  // namespace ebm

#endif  // EBM_MODEL_SPEC_MODEL_SPEC_H_
