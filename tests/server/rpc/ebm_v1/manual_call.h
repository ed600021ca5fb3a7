// A call, unary or streamed, whose messages are read one by one, or not at all.

#ifndef EBM_TESTS_SERVER_RPC_EBM_V1_MANUAL_CALL_H_
#define EBM_TESTS_SERVER_RPC_EBM_V1_MANUAL_CALL_H_

#include <chrono>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "ebm/v1/inference.pb.h"
#include "grpcpp/channel.h"
#include "grpcpp/client_context.h"
#include "grpcpp/completion_queue.h"
#include "grpcpp/generic/generic_stub.h"
#include "grpcpp/support/byte_buffer.h"

namespace ebm::rpc::ebm_v1 {

// Destroying it before Finish cancels the call.
class ManualCall {
 public:
  struct Options {
    std::string method;  // of the InferenceService
    std::string token;
    std::chrono::system_clock::time_point deadline;
  };

  ManualCall(const std::shared_ptr<grpc::Channel>& channel, const Options& options,
             const google::protobuf::Message& request) {
    context_.AddMetadata("authorization", absl::StrCat("Bearer ", options.token));
    context_.set_deadline(options.deadline);
    const std::string method = absl::StrCat("/ebm.v1.InferenceService/", options.method);
    call_ = grpc::GenericStub(channel).PrepareCall(&context_, method, &queue_);
    call_->StartCall(nullptr);
    Wait();
    const grpc::Slice bytes(request.SerializeAsString());
    call_->WriteLast(grpc::ByteBuffer(&bytes, 1), grpc::WriteOptions(), nullptr);
    Wait();
  }

  // False at the end of the messages.
  bool Read() {
    grpc::ByteBuffer message;
    call_->Read(&message, nullptr);
    return Wait();
  }

  void Cancel() { context_.TryCancel(); }

  // Reads the messages that are left.
  grpc::StatusCode Finish() {
    while (Read()) {
    }
    grpc::Status status;
    call_->Finish(&status, nullptr);
    Wait();
    return status.error_code();
  }

 private:
  bool Wait() {
    void* tag = nullptr;
    bool ok = false;
    return queue_.Next(&tag, &ok) && ok;
  }

  grpc::CompletionQueue queue_;
  grpc::ClientContext context_;
  std::unique_ptr<grpc::GenericClientAsyncReaderWriter> call_;
};

}  // namespace ebm::rpc::ebm_v1

#endif  // EBM_TESTS_SERVER_RPC_EBM_V1_MANUAL_CALL_H_
