#include "server/rpc/oip/tensors.h"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <functional>
#include <set>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "model/core/status_macros.h"

namespace ebm::rpc::oip {
namespace {

static_assert(std::endian::native == std::endian::little, "elements travel little-endian and are copied as they are");

using InputTensor = wire::ModelInferRequest::InferInputTensor;

absl::Status Bad(absl::string_view field, absl::string_view why) {
  return absl::InvalidArgumentError(absl::StrCat(field, ": ", why));
}

// Shared memory, and Triton's classification of outputs.
absl::Status CheckNoParameters(absl::string_view field, const Parameters& parameters) {
  if (parameters.empty()) return absl::OkStatus();
  return Bad(absl::StrCat(field, ".parameters"),
             absl::StrCat("has ", Quoted(parameters.begin()->first),
                          "; this server supports no parameters of tensors, and no shared memory"));
}

absl::Status CheckContents(const wire::ModelInferRequest& request) {
  const int raw = request.raw_input_contents_size();
  if (raw == 0) return absl::OkStatus();
  if (raw != request.inputs_size()) {
    return Bad("raw_input_contents", absl::StrCat(raw, " entries, must be as many as inputs, ", request.inputs_size()));
  }
  for (int i = 0; i < raw; ++i) {
    if (request.inputs(i).has_contents()) {
      return Bad(absl::StrCat("inputs[", i, "].contents"), "set, must be unset beside raw_input_contents");
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<inference::ElementType> TypeOf(const InputTensor& input, absl::string_view field) {
  if (input.datatype() == "FP32") return inference::ElementType::kFloat32;
  if (input.datatype() == "UINT8") return inference::ElementType::kUint8;
  return Bad(absl::StrCat(field, ".datatype"), absl::StrCat(Quoted(input.datatype()), ", must be FP32 or UINT8"));
}

int NumberOfElements(const wire::InferTensorContents& contents) {
  return contents.bool_contents_size() + contents.int_contents_size() + contents.int64_contents_size() +
         contents.uint_contents_size() + contents.uint64_contents_size() + contents.fp32_contents_size() +
         contents.fp64_contents_size() + contents.bytes_contents_size();
}

// The elements of typed contents as they travel in raw ones.
absl::StatusOr<std::string> CopyContents(const InputTensor& input, inference::ElementType type,
                                         absl::string_view field) {
  const wire::InferTensorContents& contents = input.contents();
  const bool is_float = type == inference::ElementType::kFloat32;
  const int own = is_float ? contents.fp32_contents_size() : contents.uint_contents_size();
  if (NumberOfElements(contents) > own) {
    return Bad(absl::StrCat(field, ".contents"),
               absl::StrCat("has elements of another type; those of ", input.datatype(), " belong in ",
                            is_float ? "fp32_contents" : "uint_contents"));
  }
  if (is_float) return std::string(reinterpret_cast<const char*>(contents.fp32_contents().data()), own * sizeof(float));
  std::string bytes;
  bytes.reserve(own);
  for (const uint32_t value : contents.uint_contents()) {
    if (value > 255) return Bad(absl::StrCat(field, ".contents"), absl::StrCat("has ", value, ", must be at most 255"));
    bytes.push_back(static_cast<char>(value));
  }
  return bytes;
}

}  // namespace

std::string Quoted(absl::string_view text) {
  constexpr size_t kLongest = 64;
  return absl::StrCat("'", absl::CHexEscape(text.substr(0, kLongest)), text.size() > kLongest ? "..." : "", "'");
}

absl::StatusOr<Inputs> Inputs::Read(const wire::ModelInferRequest& request, std::span<const absl::string_view> names) {
  EBM_RETURN_IF_ERROR(CheckContents(request));
  Inputs inputs;
  for (int i = 0; i < request.inputs_size(); ++i) {
    const InputTensor& input = request.inputs(i);
    const std::string field = absl::StrCat("inputs[", i, "]");
    if (std::ranges::find(names, absl::string_view(input.name())) == names.end()) {
      return Bad(absl::StrCat(field, ".name"),
                 absl::StrCat(Quoted(input.name()), ", must be one of: ", absl::StrJoin(names, ", ")));
    }
    EBM_RETURN_IF_ERROR(CheckNoParameters(field, input.parameters()));
    EBM_ASSIGN_OR_RETURN(const inference::ElementType type, TypeOf(input, field));
    absl::string_view bytes;
    if (request.raw_input_contents_size() > 0) {
      bytes = request.raw_input_contents(i);
    } else {
      EBM_ASSIGN_OR_RETURN(std::string copy, CopyContents(input, type, field));
      bytes = inputs.copies_.emplace_back(std::move(copy));
    }
    const std::span<const int64_t> shape(input.shape().data(), static_cast<size_t>(input.shape_size()));
    const inference::TensorView view = {.type = type, .shape = shape, .bytes = bytes};
    if (!inputs.views_.emplace(input.name(), view).second) {
      return Bad(absl::StrCat(field, ".name"), absl::StrCat(Quoted(input.name()), ", which an earlier input has"));
    }
  }
  return inputs;
}

const inference::TensorView* Inputs::Find(absl::string_view name) const {
  const auto found = views_.find(name);
  return found == views_.end() ? nullptr : &found->second;
}

absl::Status CheckRequestedOutputs(const wire::ModelInferRequest& request) {
  std::set<absl::string_view> names;
  for (int i = 0; i < request.outputs_size(); ++i) {
    const auto& output = request.outputs(i);
    const std::string field = absl::StrCat("outputs[", i, "]");
    EBM_RETURN_IF_ERROR(CheckNoParameters(field, output.parameters()));
    if (names.insert(output.name()).second) continue;
    return Bad(absl::StrCat(field, ".name"), absl::StrCat(Quoted(output.name()), ", which was requested before"));
  }
  return absl::OkStatus();
}

void AddOutput(const OutputHeader& header, std::string bytes, wire::ModelInferResponse& response) {
  auto& output = *response.add_outputs();
  output.set_name(std::string(header.name));
  output.set_datatype(std::string(header.datatype));
  output.mutable_shape()->Add(header.shape.begin(), header.shape.end());
  *response.add_raw_output_contents() = std::move(bytes);
}

}  // namespace ebm::rpc::oip
