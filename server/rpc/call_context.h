// gRPC's context of a call, with the call's record (call_record.h) beside it, so that methods and access control can
// fill the record that the interceptor logs.

#ifndef EBM_SERVER_RPC_CALL_CONTEXT_H_
#define EBM_SERVER_RPC_CALL_CONTEXT_H_

#include <memory>
#include <utility>

#include "grpcpp/generic/async_generic_service.h"
#include "grpcpp/server_context.h"
#include "server/rpc/call_record.h"

namespace ebm::rpc {

class CallContext final : public grpc::CallbackServerContext {
 public:
  // For the interceptor, before the method runs.
  void set_record(std::shared_ptr<CallRecord> record) { record_ = std::move(record); }
  CallRecord& record() const { return *record_; }

 private:
  std::shared_ptr<CallRecord> record_;  // set before any method runs
};

// REQUIRES: the context is that of a call of rpc::Server, whose contexts CallContexts makes.
inline CallRecord& RecordOf(const grpc::CallbackServerContext& context) {
  return static_cast<const CallContext&>(context).record();
}

// Makes the contexts of a server's calls. gRPC releases a context after the call's OnDone, also that of an unknown
// method, as a CallbackServerContext; so it must not make one of its own.
class CallContexts final : public grpc::ContextAllocator {
 public:
  grpc::CallbackServerContext* NewCallbackServerContext() override { return new CallContext; }
  grpc::GenericCallbackServerContext* NewGenericCallbackServerContext() override {
    return new grpc::GenericCallbackServerContext;
  }
  void Release(grpc::CallbackServerContext* context) override { delete context; }
  void Release(grpc::GenericCallbackServerContext* context) override { delete context; }
};

}  // namespace ebm::rpc

#endif  // EBM_SERVER_RPC_CALL_CONTEXT_H_
