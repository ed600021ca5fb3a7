// Calls a method with messages as raw bytes. Tests use it for health and reflection, because the gRPC packages do not
// contain their generated code.

#ifndef EBM_TESTS_SERVER_RPC_EBM_V1_GENERIC_CALL_H_
#define EBM_TESTS_SERVER_RPC_EBM_V1_GENERIC_CALL_H_

#include <memory>
#include <string>
#include <vector>

#include "grpcpp/channel.h"
#include "grpcpp/client_context.h"
#include "grpcpp/completion_queue.h"
#include "grpcpp/generic/generic_stub.h"
#include "grpcpp/support/byte_buffer.h"

namespace ebm::rpc::ebm_v1 {

inline std::string ToBytes(const grpc::ByteBuffer& buffer) {
  std::vector<grpc::Slice> slices;
  buffer.Dump(&slices);
  std::string bytes;
  for (const grpc::Slice& slice : slices) bytes.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
  return bytes;
}

// Sends one message and returns the first response, unary or streamed; empty if there is none.
inline std::string GenericCall(const std::shared_ptr<grpc::Channel>& channel, const std::string& method,
                               const std::string& request, grpc::Status* status = nullptr) {
  grpc::ClientContext context;
  grpc::CompletionQueue queue;
  void* tag = nullptr;
  bool ok = false;
  const auto call = grpc::GenericStub(channel).PrepareCall(&context, method, &queue);
  call->StartCall(nullptr);
  queue.Next(&tag, &ok);
  const grpc::Slice slice(request);
  call->WriteLast(grpc::ByteBuffer(&slice, 1), grpc::WriteOptions(), nullptr);
  queue.Next(&tag, &ok);
  grpc::ByteBuffer answer;
  call->Read(&answer, nullptr);
  queue.Next(&tag, &ok);
  const std::string bytes = ok ? ToBytes(answer) : "";
  if (ok) context.TryCancel();
  grpc::Status ignored;
  call->Finish(status != nullptr ? status : &ignored, nullptr);
  queue.Next(&tag, &ok);
  return bytes;
}

}  // namespace ebm::rpc::ebm_v1

#endif  // EBM_TESTS_SERVER_RPC_EBM_V1_GENERIC_CALL_H_
