#include "model/offline/partition/weights_file.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "model/checkpoint/safetensors.h"
#include "model/core/status_macros.h"
#include "model/io/digest.h"
#include "model/io/file_bytes.h"
#include "model/io/json_fields.h"

namespace ebm {
namespace {

constexpr char kKindOfWeights[] = "ebm.annealing_weights";
constexpr char kWeightsVersion[] = "1";

// The fields of the metadata "part".
struct PartFields {
  std::string model_sha256;
  std::string base;
  std::optional<float> box_lower;
  std::optional<float> box_upper;
  uint64_t seed = 0;
  int64_t first_chain = 0;
  double acceptance = 0;
  double length = 0;
};

template <typename Visitor, typename Fields>
void VisitPart(Visitor& visitor, Fields& fields) {
  visitor.Field("model_sha256", fields.model_sha256);
  visitor.Field("base", fields.base);
  visitor.Field("box_lower", fields.box_lower);
  visitor.Field("box_upper", fields.box_upper);
  visitor.Field("seed", fields.seed);
  visitor.Field("first_chain", fields.first_chain);
  visitor.Field("acceptance", fields.acceptance);
  visitor.Field("length", fields.length);
}

PartFields FieldsOf(const EstimatePart& part) {
  PartFields fields{.model_sha256 = part.source.model_sha256,
                    .base = part.source.base.name,
                    .seed = part.source.seed,
                    .first_chain = part.weights.first_chain,
                    .acceptance = part.weights.acceptance,
                    .length = part.weights.length};
  if (!part.source.base.box) return fields;
  fields.box_lower = part.source.base.box->lower;
  fields.box_upper = part.source.base.box->upper;
  return fields;
}

absl::StatusOr<EstimatePart> PartOf(const std::string& json) {
  EBM_ASSIGN_OR_RETURN(JsonFieldReader reader, JsonFieldReader::Parse(json, "part"));
  PartFields fields;
  VisitPart(reader, fields);
  EBM_RETURN_IF_ERROR(reader.Finish());
  if (fields.box_lower.has_value() != fields.box_upper.has_value()) {
    return absl::InvalidArgumentError("part: box_lower and box_upper must both be set or both be null");
  }
  if (fields.first_chain < 0) {
    return absl::InvalidArgumentError(absl::StrCat("part: first_chain is ", fields.first_chain, ", below 0"));
  }
  EstimatePart part{
      .source = {.model_sha256 = fields.model_sha256, .base = {.name = fields.base}, .seed = fields.seed},
      .weights = {.first_chain = fields.first_chain, .acceptance = fields.acceptance, .length = fields.length}};
  if (fields.box_lower) part.source.base.box = Box{*fields.box_lower, *fields.box_upper};
  return part;
}

template <typename T>
absl::StatusOr<std::vector<T>> VectorOf(const SafetensorsFile& file, absl::string_view name, size_t least_size) {
  const RawTensor* const tensor = file.Find(name);
  if (tensor == nullptr) return absl::InvalidArgumentError(absl::StrCat("tensor ", name, " is missing"));
  EBM_ASSIGN_OR_RETURN(std::vector<T> values, ValuesOf<T>(*tensor));
  if (tensor->shape.size() != 1 || values.size() < least_size) {
    return absl::InvalidArgumentError(
        absl::StrCat("tensor ", name, " is not a vector of ", least_size, " values or more"));
  }
  if (std::ranges::all_of(values, [](T value) { return std::isfinite(value); })) return values;
  return absl::InvalidArgumentError(absl::StrCat("tensor ", name, " has values that are not finite"));
}

absl::StatusOr<std::string> MetadataOf(const SafetensorsFile& file, const std::string& key) {
  const auto found = file.metadata.find(key);
  if (found != file.metadata.end()) return found->second;
  return absl::InvalidArgumentError(absl::StrCat("metadata '", key, "' is missing; a file of weights has it"));
}

absl::StatusOr<EstimatePart> FromFile(const SafetensorsFile& file) {
  EBM_ASSIGN_OR_RETURN(const std::string kind, MetadataOf(file, "kind"));
  EBM_ASSIGN_OR_RETURN(const std::string version, MetadataOf(file, "version"));
  if (kind != kKindOfWeights || version != kWeightsVersion) {
    return absl::InvalidArgumentError(absl::StrCat("holds '", kind, "' of version '", version, "', not '",
                                                   kKindOfWeights, "' of version '", kWeightsVersion, "'"));
  }
  EBM_ASSIGN_OR_RETURN(const std::string json, MetadataOf(file, "part"));
  EBM_ASSIGN_OR_RETURN(EstimatePart part, PartOf(json));
  ChainWeights& weights = part.weights;
  EBM_ASSIGN_OR_RETURN(weights.forward, VectorOf<double>(file, "forward", 2));
  EBM_ASSIGN_OR_RETURN(weights.reverse, VectorOf<double>(file, "reverse", 2));
  EBM_ASSIGN_OR_RETURN(weights.path.betas, VectorOf<double>(file, "betas", 2));
  EBM_ASSIGN_OR_RETURN(weights.path.step_sizes, VectorOf<float>(file, "step_sizes", 2));
  if (weights.forward.size() != weights.reverse.size() || weights.path.betas.size() != weights.path.step_sizes.size()) {
    return absl::InvalidArgumentError("forward and reverse, and betas and step_sizes, must have equal sizes");
  }
  return part;
}

template <typename T>
RawTensor TensorOf(const char* name, const std::vector<T>& values) {
  return MakeRawTensor<T>(name, {static_cast<int64_t>(values.size())}, std::span<const T>(values));
}

}  // namespace

std::string ModelDigest(const Checkpoint& checkpoint) {
  return Sha256Hex(SerializeCheckpoint({.spec = checkpoint.spec, .tensors = checkpoint.tensors}));
}

absl::Status WriteWeights(const EstimatePart& part, const std::string& path) {
  JsonFieldWriter writer;
  const PartFields fields = FieldsOf(part);
  VisitPart(writer, fields);
  const ChainWeights& weights = part.weights;
  return WriteSafetensors(
      {.metadata = {{"kind", kKindOfWeights}, {"version", kWeightsVersion}, {"part", writer.Dump()}},
       .tensors = {TensorOf("forward", weights.forward), TensorOf("reverse", weights.reverse),
                   TensorOf("betas", weights.path.betas), TensorOf("step_sizes", weights.path.step_sizes)}},
      path);
}

absl::StatusOr<EstimatePart> ReadWeights(const std::string& path) {
  EBM_ASSIGN_OR_RETURN(const SafetensorsFile file, ReadSafetensors(path));
  absl::StatusOr<EstimatePart> part = FromFile(file);
  if (!part.ok()) return WithSource(path, part.status());
  return part;
}

}  // namespace ebm
