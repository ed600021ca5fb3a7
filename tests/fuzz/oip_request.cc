// Any bytes read as a ModelInferRequest are refused, or converted to questions and tensors that keep the limits.

#include <cstddef>
#include <cstdint>

#include "server/rpc/oip/infer_call.h"
#include "server/rpc/oip/outputs.h"
#include "server/rpc/oip/samples.h"
#include "server/rpc/oip/tensors.h"
#include "tests/fuzz/check.h"
#include "tests/fuzz/fuzzed_model.h"

namespace {

constexpr absl::string_view kRowInputs[] = {ebm::rpc::oip::kRowsInput};

void ReadRows(const ebm::rpc::oip::wire::ModelInferRequest& request, const ebm::inference::ModelInfo& model) {
  const auto inputs = ebm::rpc::oip::Inputs::Read(request, kRowInputs);
  if (inputs.ok() && inputs->Find(ebm::rpc::oip::kRowsInput) != nullptr) {
    ebm::CheckDecoding(*inputs->Find(ebm::rpc::oip::kRowsInput), model);
  }
  const auto outputs = ebm::rpc::oip::RequestedOutputs(request, model);
  if (!outputs.ok()) return;
  ebm::Check(!outputs->empty(), "a request has outputs");
  const ebm::inference::RowQuestions questions = ebm::rpc::oip::QuestionsFor(*outputs);
  ebm::Check(!questions.classify.empty() || questions.score.has_value(), "outputs are asked for");
}

void ReadSamples(const ebm::rpc::oip::wire::ModelInferRequest& request, const ebm::inference::ModelInfo& model) {
  const auto inputs = ebm::rpc::oip::Inputs::Read(request, ebm::rpc::oip::kSampleInputs);
  if (!inputs.ok()) return;
  const auto plain = ebm::rpc::oip::ToSampleRequest(request, *inputs, model);
  if (plain.ok() && plain->start_states.has_value()) ebm::CheckDecoding(*plain->start_states, model);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  ebm::rpc::oip::wire::ModelInferRequest request;
  if (!request.ParseFromArray(data, static_cast<int>(size))) return 0;
  const ebm::inference::ModelInfo model = ebm::FuzzedModel();
  ReadRows(request, model);
  ReadSamples(request, model);
  return 0;
}
