// Any bytes read as requests of ebm.v1 are refused, or converted to plain ones that keep the limits.

#include <cstddef>
#include <cstdint>

#include "ebm/v1/inference.pb.h"
#include "server/rpc/ebm_v1/requests.h"
#include "server/rpc/ebm_v1/tensors.h"
#include "tests/fuzz/fuzzed_model.h"

namespace {

void ReadRows(const ebm::v1::Tensor& inputs, const ebm::inference::ModelInfo& model) {
  const auto view = ebm::rpc::ebm_v1::ViewOf(inputs, "inputs");
  if (view.ok()) ebm::CheckDecoding(*view, model);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const ebm::inference::ModelInfo model = ebm::FuzzedModel();
  const int bytes = static_cast<int>(size);
  ebm::v1::ClassifyRequest classify;
  if (classify.ParseFromArray(data, bytes)) ReadRows(classify.inputs(), model);
  ebm::v1::ScoreRequest score;
  if (score.ParseFromArray(data, bytes)) ReadRows(score.inputs(), model);
  ebm::v1::SampleRequest sample;
  if (!sample.ParseFromArray(data, bytes)) return 0;
  const auto plain = ebm::rpc::ebm_v1::ToPlain(sample, model);
  if (plain.ok() && plain->start_states.has_value()) ebm::CheckDecoding(*plain->start_states, model);
  return 0;
}
