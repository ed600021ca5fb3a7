#include "server/rpc/oip/tensors.h"

#include <algorithm>
#include <bit>
#include <cstdint>
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

std::string FieldOf(int input, absl::string_view field) { return absl::StrCat("inputs[", input, "].", field); }

// Shared memory, and Triton's classification of outputs.
absl::Status CheckNoParameters(const Parameters& parameters, absl::string_view field) {
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
      return Bad(FieldOf(i, "contents"), "set, must be unset beside raw_input_contents");
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<inference::ElementType> TypeOf(const InputTensor& input, int index) {
  if (input.datatype() == "FP32") return inference::ElementType::kFloat32;
  if (input.datatype() == "UINT8") return inference::ElementType::kUint8;
  return Bad(FieldOf(index, "datatype"), absl::StrCat(Quoted(input.datatype()), ", must be FP32 or UINT8"));
}

int NumberOfElements(const wire::InferTensorContents& contents) {
  return contents.bool_contents_size() + contents.int_contents_size() + contents.int64_contents_size() +
         contents.uint_contents_size() + contents.uint64_contents_size() + contents.fp32_contents_size() +
         contents.fp64_contents_size() + contents.bytes_contents_size();
}

// The elements of typed contents as they travel in raw ones.
absl::StatusOr<std::string> CopyContents(const InputTensor& input, inference::ElementType type, int index) {
  const wire::InferTensorContents& contents = input.contents();
  const bool is_float = type == inference::ElementType::kFloat32;
  const int own = is_float ? contents.fp32_contents_size() : contents.uint_contents_size();
  if (NumberOfElements(contents) > own) {
    return Bad(FieldOf(index, "contents"), absl::StrCat("has elements of another type; those of ", input.datatype(),
                                                        " belong in ", is_float ? "fp32_contents" : "uint_contents"));
  }
  if (is_float) return std::string(reinterpret_cast<const char*>(contents.fp32_contents().data()), own * sizeof(float));
  std::string bytes;
  bytes.reserve(own);
  for (const uint32_t value : contents.uint_contents()) {
    if (value > 255) return Bad(FieldOf(index, "contents"), absl::StrCat("has ", value, ", must be at most 255"));
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
  inputs.tensors_.reserve(std::min(names.size(), static_cast<size_t>(request.inputs_size())));
  for (int i = 0; i < request.inputs_size(); ++i) {
    const InputTensor& input = request.inputs(i);
    if (std::ranges::find(names, absl::string_view(input.name())) == names.end()) {
      return Bad(FieldOf(i, "name"),
                 absl::StrCat(Quoted(input.name()), ", must be one of: ", absl::StrJoin(names, ", ")));
    }
    if (inputs.Find(input.name()) != nullptr) {
      return Bad(FieldOf(i, "name"), absl::StrCat(Quoted(input.name()), ", which an earlier input has"));
    }
    EBM_RETURN_IF_ERROR(CheckNoParameters(input.parameters(), "inputs"));
    EBM_ASSIGN_OR_RETURN(const inference::ElementType type, TypeOf(input, i));
    absl::string_view bytes;
    if (request.raw_input_contents_size() > 0) {
      bytes = request.raw_input_contents(i);
    } else {
      EBM_ASSIGN_OR_RETURN(std::string copy, CopyContents(input, type, i));
      bytes = inputs.copies_.emplace_back(std::move(copy));
    }
    const std::span<const int64_t> shape(input.shape().data(), static_cast<size_t>(input.shape_size()));
    inputs.tensors_.push_back({.name = input.name(), .view = {.type = type, .shape = shape, .bytes = bytes}});
  }
  return inputs;
}

const inference::TensorView* Inputs::Find(absl::string_view name) const {
  const auto found = std::ranges::find(tensors_, name, &Named::name);
  return found == tensors_.end() ? nullptr : &found->view;
}

absl::Status CheckNoParameters(const wire::ModelInferRequest::InferRequestedOutputTensor& output) {
  return CheckNoParameters(output.parameters(), "outputs");
}

absl::Status RequestedTwice(absl::string_view output) {
  return Bad("outputs", absl::StrCat(output, " is requested twice, must be requested once"));
}

void AddOutput(const OutputHeader& header, std::string bytes, wire::ModelInferResponse& response) {
  auto& output = *response.add_outputs();
  output.set_name(std::string(header.name));
  output.set_datatype(std::string(header.datatype));
  output.mutable_shape()->Add(header.shape.begin(), header.shape.end());
  *response.add_raw_output_contents() = std::move(bytes);
}

}  // namespace ebm::rpc::oip
