// The tensors of requests and responses.
//
// Errors: InvalidArgument with the field, the value and the limit. Numbers of bytes are checked against shapes where
// the tensors are decoded (server/inference/tensor_view.h).

#ifndef EBM_SERVER_RPC_OIP_TENSORS_H_
#define EBM_SERVER_RPC_OIP_TENSORS_H_

#include <list>
#include <span>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "server/inference/tensor_view.h"
#include "server/rpc/oip/wire.h"

namespace ebm::rpc::oip {

// The inputs of a request: views of its raw contents, or copies of its typed ones. The request outlives them.
//
// Threads: immutable.
class Inputs {
 public:
  // names: those that the model has.
  static absl::StatusOr<Inputs> Read(const wire::ModelInferRequest& request, std::span<const absl::string_view> names);

  // Null if the request does not have it.
  const inference::TensorView* Find(absl::string_view name) const;

 private:
  struct Named {
    absl::string_view name;
    inference::TensorView view;
  };

  std::vector<Named> tensors_;
  std::list<std::string> copies_;  // whose elements stay where they are
};

// InvalidArgument if a requested output has parameters.
absl::Status CheckNoParameters(const wire::ModelInferRequest::InferRequestedOutputTensor& output);
// That an output is requested twice.
absl::Status RequestedTwice(absl::string_view output);

// A caller's text, escaped and cut so that it fits into an error message.
std::string Quoted(absl::string_view text);

// An output without its elements.
struct OutputHeader {
  absl::string_view name;
  absl::string_view datatype;
  std::vector<int64_t> shape;
};

// Adds an output. bytes: its elements, little-endian, row-major.
void AddOutput(const OutputHeader& header, std::string bytes, wire::ModelInferResponse& response);

// The elements as they travel.
template <typename Element>
std::string BytesOf(const std::vector<Element>& values) {
  return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(Element)};
}

}  // namespace ebm::rpc::oip

#endif  // EBM_SERVER_RPC_OIP_TENSORS_H_
