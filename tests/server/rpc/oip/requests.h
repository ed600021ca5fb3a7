// Builds requests and reads responses of the Open Inference Protocol.

#ifndef EBM_TESTS_SERVER_RPC_OIP_REQUESTS_H_
#define EBM_TESTS_SERVER_RPC_OIP_REQUESTS_H_

#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

#include "server/rpc/oip/wire.h"

namespace ebm::rpc::oip {

inline std::string Bytes(const std::vector<float>& values) {
  return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(float)};
}

inline wire::ModelInferRequest::InferInputTensor& AddInput(wire::ModelInferRequest& request, const std::string& name,
                                                           const std::string& datatype,
                                                           const std::vector<int64_t>& shape) {
  auto& input = *request.add_inputs();
  input.set_name(name);
  input.set_datatype(datatype);
  input.mutable_shape()->Add(shape.begin(), shape.end());
  return input;
}

inline void AddRawInput(wire::ModelInferRequest& request, const std::string& name, const std::vector<int64_t>& shape,
                        const std::vector<float>& values) {
  AddInput(request, name, "FP32", shape);
  request.add_raw_input_contents(Bytes(values));
}

// Rows of 4 values.
inline wire::ModelInferRequest RowsRequest(const std::vector<float>& values,
                                           const std::vector<std::string>& outputs = {}) {
  wire::ModelInferRequest request;
  AddRawInput(request, "x", {static_cast<int64_t>(values.size() / 4), 4}, values);
  for (const std::string& output : outputs) request.add_outputs()->set_name(output);
  return request;
}

inline wire::ModelInferRequest SampleRequest(int64_t chains, int64_t steps, int64_t frame_interval,
                                             const std::string& id = "") {
  wire::ModelInferRequest request;
  request.set_id(id);
  auto& parameters = *request.mutable_parameters();
  parameters["chains"].set_int64_param(chains);
  parameters["steps"].set_int64_param(steps);
  parameters["frame_interval"].set_int64_param(frame_interval);
  parameters["seed"].set_int64_param(1);
  return request;
}

// The elements of the output; empty if there is no such output.
template <typename Element>
std::vector<Element> Output(const wire::ModelInferResponse& response, const std::string& name) {
  for (int i = 0; i < response.outputs_size(); ++i) {
    if (response.outputs(i).name() != name) continue;
    const std::string& bytes = response.raw_output_contents(i);
    std::vector<Element> values(bytes.size() / sizeof(Element));
    std::memcpy(values.data(), bytes.data(), bytes.size());
    return values;
  }
  return {};
}

inline bool IsFinal(const wire::ModelStreamInferResponse& response) {
  const auto& parameters = response.infer_response().parameters();
  const auto found = parameters.find("triton_final_response");
  return found != parameters.end() && found->second.bool_param();
}

}  // namespace ebm::rpc::oip

#endif  // EBM_TESTS_SERVER_RPC_OIP_REQUESTS_H_
