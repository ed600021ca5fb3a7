#include "server/rpc/oip/description.h"

#include <algorithm>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "server/rpc/oip/infer_call.h"
#include "server/rpc/oip/outputs.h"
#include "server/rpc/oip/parameters.h"
#include "server/rpc/oip/samples.h"

namespace ebm::rpc::oip {
namespace {

constexpr char kPlatform[] = "ebm";

struct TensorDescription {
  absl::string_view name;
  absl::string_view datatype;
  std::vector<int64_t> shape;  // -1 for an axis of any length
  absl::string_view meaning;
};

struct Description {
  std::vector<TensorDescription> inputs;
  std::vector<TensorDescription> outputs;
};

Description DescribeRows(const inference::ModelInfo& model) {
  Description description;
  description.inputs = {{kRowsInput, "FP32", {-1, model.spec.num_values()}, "rows, in data units"}};
  for (const RowOutput* output : OutputsOf(model)) {
    description.outputs.push_back({output->name, output->datatype, ShapeOf(*output, model, -1), output->meaning});
  }
  return description;
}

// The states' last axis is the number of values C, or the dimension D of scaled units where that is another.
Description DescribeSamples(const inference::ModelInfo& model) {
  const int64_t values = model.spec.num_values();
  const int64_t width = values == model.spec.dimension() ? values : -1;
  return {.inputs = {{kStartStates, "FP32", {-1, width}, "where chains begin: a row for each, or one for all"},
                     {kHeldCoordinates, "UINT8", {values}, "1 for values that stay at their start, 0 for others"}},
          .outputs = {{kStates, "FP32", {-1, width}, "in data units, or in scaled ones with state_units"},
                      {kChains, "UINT32", {-1}, "the index of each state's chain under the seed"},
                      {kLogDensity, "FP32", {-1}, "unnormalised ln p~(x) = ln p(x) + ln Z, in nats"},
                      {kLogWeight, "FP64", {-1}, "ln of the importance weights of annealed chains"}}};
}

Description Describe(const Target& target) {
  const inference::ModelInfo& model = target.model->info();
  return target.task == Task::kSamples ? DescribeSamples(model) : DescribeRows(model);
}

void Fill(const TensorDescription& tensor, wire::ModelMetadataResponse::TensorMetadata& message) {
  message.set_name(std::string(tensor.name));
  message.set_datatype(std::string(tensor.datatype));
  message.mutable_shape()->Add(tensor.shape.begin(), tensor.shape.end());
}

wire::DataType DataTypeOf(const TensorDescription& tensor) {
  constexpr std::pair<absl::string_view, wire::DataType> kTypes[] = {{"UINT8", wire::TYPE_UINT8},
                                                                     {"UINT32", wire::TYPE_UINT32},
                                                                     {"INT32", wire::TYPE_INT32},
                                                                     {"FP32", wire::TYPE_FP32},
                                                                     {"FP64", wire::TYPE_FP64}};
  const auto* const found = std::ranges::find(kTypes, tensor.datatype, [](const auto& pair) { return pair.first; });
  return found == std::ranges::end(kTypes) ? wire::TYPE_INVALID : found->second;
}

// A batch axis is not part of the dims.
template <typename Message>
void Fill(const TensorDescription& tensor, Task task, Message& message) {
  message.set_name(std::string(tensor.name));
  message.set_data_type(DataTypeOf(tensor));
  const auto first = tensor.shape.begin() + (task == Task::kRows ? 1 : 0);
  message.mutable_dims()->Add(first, tensor.shape.end());
}

void SetFact(const std::string& name, absl::string_view value, wire::ModelConfig& config) {
  (*config.mutable_parameters())[name].set_string_value(std::string(value));
}

}  // namespace

wire::ModelMetadataResponse DescribeTensors(const Target& target) {
  const Description description = Describe(target);
  wire::ModelMetadataResponse response;
  response.set_name(ServedName(target.model->info().name, target.task));
  response.set_platform(kPlatform);
  for (const TensorDescription& input : description.inputs) Fill(input, *response.add_inputs());
  for (const TensorDescription& output : description.outputs) Fill(output, *response.add_outputs());
  return response;
}

wire::ModelConfig Configuration(const Target& target, int64_t max_rows) {
  const Description description = Describe(target);
  const inference::ModelInfo& model = target.model->info();
  wire::ModelConfig config;
  config.set_name(ServedName(model.name, target.task));
  config.set_platform(kPlatform);
  if (target.task == Task::kRows) {
    config.set_max_batch_size(static_cast<int32_t>(std::min<int64_t>(max_rows, std::numeric_limits<int32_t>::max())));
  }
  for (const TensorDescription& input : description.inputs) {
    wire::ModelInput& message = *config.add_input();
    Fill(input, target.task, message);
    message.set_optional(target.task == Task::kSamples);
    SetFact(absl::StrCat("input.", input.name), input.meaning, config);
  }
  for (const TensorDescription& output : description.outputs) {
    Fill(output, target.task, *config.add_output());
    SetFact(absl::StrCat("output.", output.name), output.meaning, config);
  }
  for (size_t y = 0; y < model.spec.class_labels.size(); ++y) {
    SetFact(absl::StrCat("class.", y), model.spec.class_labels[y], config);
  }
  config.mutable_dynamic_batching()->set_priority_levels(kPriorities);
  config.mutable_dynamic_batching()->set_default_priority_level(kDefaultPriority);
  config.mutable_model_transaction_policy()->set_decoupled(target.task == Task::kSamples);
  return config;
}

}  // namespace ebm::rpc::oip
