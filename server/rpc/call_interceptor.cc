#include "server/rpc/call_interceptor.h"

#include <memory>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "google/protobuf/descriptor.h"
#include "grpcpp/server_context.h"
#include "server/rpc/call_context.h"
#include "server/rpc/trace_context.h"

namespace ebm::rpc {
namespace {

using grpc::experimental::InterceptionHookPoints;
using grpc::experimental::InterceptorBatchMethods;
using grpc::experimental::ServerRpcInfo;
using Methods = std::map<std::string, MethodObserver*, std::less<>>;

constexpr char kUnary[] = "unary";
constexpr char kClientStream[] = "client_stream";
constexpr char kServerStream[] = "server_stream";
constexpr char kBidiStream[] = "bidi_stream";

const char* TypeName(ServerRpcInfo::Type type) {
  switch (type) {
    case ServerRpcInfo::Type::UNARY:
      return kUnary;
    case ServerRpcInfo::Type::CLIENT_STREAMING:
      return kClientStream;
    case ServerRpcInfo::Type::SERVER_STREAMING:
      return kServerStream;
    case ServerRpcInfo::Type::BIDI_STREAMING:
      return kBidiStream;
  }
  return kUnary;
}

void AddMethod(const RpcMethod& method, RpcObserver* observer, Methods* methods) {
  methods->emplace(absl::StrCat("/", method.service, "/", method.method), observer->OfMethod(method));
}

const char* TypeName(const google::protobuf::MethodDescriptor& method) {
  if (method.client_streaming()) return method.server_streaming() ? kBidiStream : kClientStream;
  return method.server_streaming() ? kServerStream : kUnary;
}

// REQUIRES: the service's generated code is linked.
void AddMethods(const std::string& name, RpcObserver* observer, Methods* methods) {
  const auto* service = google::protobuf::DescriptorPool::generated_pool()->FindServiceByName(name);
  for (int i = 0; i < service->method_count(); ++i) {
    const google::protobuf::MethodDescriptor& method = *service->method(i);
    AddMethod({.type = TypeName(method), .service = name, .method = method.name()}, observer, methods);
  }
}

Methods KnownMethods(const std::vector<std::string>& services, RpcObserver* observer) {
  Methods methods;
  AddMethod({.type = kUnary, .service = "grpc.health.v1.Health", .method = "Check"}, observer, &methods);
  AddMethod({.type = kServerStream, .service = "grpc.health.v1.Health", .method = "Watch"}, observer, &methods);
  AddMethod(
      {.type = kBidiStream, .service = "grpc.reflection.v1alpha.ServerReflection", .method = "ServerReflectionInfo"},
      observer, &methods);
  for (const std::string& service : services) AddMethods(service, observer, &methods);
  return methods;
}

Methods UnknownMethods(RpcObserver* observer) {
  Methods methods;
  for (const char* type : {kUnary, kClientStream, kServerStream, kBidiStream}) {
    methods.emplace(type, observer->OfMethod({.type = type, .service = "unknown", .method = "unknown"}));
  }
  return methods;
}

absl::string_view View(grpc::string_ref text) { return {text.data(), text.size()}; }

// The context's own method is protected in the class that calls of all kinds share.
std::string PeerOf(grpc::ServerContextBase* context) {
  if (const auto* callback = dynamic_cast<grpc::CallbackServerContext*>(context)) return callback->peer();
  const auto* synchronous = dynamic_cast<grpc::ServerContext*>(context);
  return synchronous != nullptr ? synchronous->peer() : "";
}

class CallInterceptor final : public grpc::experimental::Interceptor {
 public:
  CallInterceptor(const CallReceivers& receivers, MethodObserver* method, RequestIds* ids, ServerRpcInfo* info)
      : log_(*receivers.log),
        method_(*method),
        ids_(*ids),
        clock_(*receivers.clock),
        context_(info->server_context()),
        started_(clock_.Now()),
        record_(std::make_shared<CallRecord>()) {
    record_->method = info->method();
    if (auto* context = dynamic_cast<CallContext*>(context_)) context->set_record(record_);
    method_.Started();
  }
  // gRPC has called the method's OnDone, if it has one.
  ~CallInterceptor() override {
    const absl::Duration total = clock_.Now() - started_;
    if (!handled_) End(absl::StatusCode::kCancelled, "");
    if (!logged_) return;
    record_->total = total;
    log_.Ended(*record_);
  }
  CallInterceptor(const CallInterceptor&) = delete;
  CallInterceptor& operator=(const CallInterceptor&) = delete;

  void Intercept(InterceptorBatchMethods* batch) override {
    if (batch->QueryInterceptionHookPoint(InterceptionHookPoints::POST_RECV_INITIAL_METADATA)) {
      ReadMetadata(*batch->GetRecvInitialMetadata());
    }
    if (batch->QueryInterceptionHookPoint(InterceptionHookPoints::POST_RECV_MESSAGE) &&
        batch->GetRecvMessage() != nullptr) {
      method_.MessageReceived();
    }
    if (batch->QueryInterceptionHookPoint(InterceptionHookPoints::POST_SEND_MESSAGE) && batch->GetSendMessageStatus()) {
      method_.MessageSent();
    }
    if (batch->QueryInterceptionHookPoint(InterceptionHookPoints::PRE_SEND_STATUS) && !handled_) {
      batch->GetSendTrailingMetadata()->emplace(kRequestIdHeader, record_->request_id);
      const grpc::Status status = batch->GetSendStatus();
      End(static_cast<absl::StatusCode>(status.error_code()), status.error_message());
      if (logged_) record_->peer = PeerOf(context_);
    }
    batch->Proceed();
  }

 private:
  void ReadMetadata(const std::multimap<grpc::string_ref, grpc::string_ref>& metadata) {
    const auto id = metadata.find(kRequestIdHeader);
    const bool given = id != metadata.end() && IsRequestId(View(id->second));
    record_->request_id = given ? std::string(View(id->second)) : ids_.Next();
    const auto parent = metadata.find(kTraceParentHeader);
    if (parent != metadata.end()) record_->trace = ParseTraceParent(View(parent->second));
  }

  void End(absl::StatusCode code, const std::string& error) {
    handled_ = true;
    method_.Handled(code, clock_.Now() - started_);
    logged_ = log_.Wants(code);
    if (!logged_) return;
    record_->code = code;
    record_->error = error;
  }

  CallLog& log_;
  MethodObserver& method_;
  RequestIds& ids_;
  const batching::Clock& clock_;
  grpc::ServerContextBase* const context_;
  const batching::SteadyTime started_;
  const std::shared_ptr<CallRecord> record_;  // shared with the call's context, which gRPC may destroy first
  bool handled_ = false;
  bool logged_ = false;
};

}  // namespace

CallInterceptorFactory::CallInterceptorFactory(const std::vector<std::string>& services, const CallReceivers& receivers)
    : receivers_{.observer = receivers.observer,
                 .log = receivers.log != nullptr ? receivers.log : &no_log_,
                 .clock = receivers.clock},
      known_(KnownMethods(services, receivers.observer)),
      unknown_(UnknownMethods(receivers.observer)) {}

grpc::experimental::Interceptor* CallInterceptorFactory::CreateServerInterceptor(ServerRpcInfo* info) {
  const auto known = known_.find(absl::string_view(info->method()));
  MethodObserver* const method = known != known_.end() ? known->second : unknown_.at(TypeName(info->type()));
  return new CallInterceptor(receivers_, method, &ids_, info);
}

}  // namespace ebm::rpc
