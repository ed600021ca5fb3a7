#include "server/rpc/call_interceptor.h"

#include <memory>
#include <optional>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
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

absl::string_view View(const grpc::string_ref& text) { return {text.data(), text.size()}; }

// The context's own method is protected in the class that calls of all kinds share.
std::string PeerOf(grpc::ServerContextBase* context) {
  if (const auto* callback = dynamic_cast<grpc::CallbackServerContext*>(context)) return callback->peer();
  const auto* synchronous = dynamic_cast<grpc::ServerContext*>(context);
  return synchronous != nullptr ? synchronous->peer() : "";
}

// gRPC itself ends cancelled calls of known methods with other codes, which nobody receives: Unimplemented if the
// message has not arrived, Unknown if they watch health. Whether such a call was cancelled is known when it is closed.
bool MayBeCancelled(const grpc::Status& status) {
  return status.error_code() == grpc::StatusCode::UNKNOWN ||
         (status.error_code() == grpc::StatusCode::UNIMPLEMENTED && status.error_message().empty());
}

class CallInterceptor final : public grpc::experimental::Interceptor {
 public:
  CallInterceptor(const CallReceivers& receivers, MethodObserver* method, RequestIds* ids, ServerRpcInfo* info)
      : log_(*receivers.log),
        method_(*method),
        ids_(*ids),
        clock_(*receivers.clock),
        context_(info->server_context()),
        known_(dynamic_cast<CallContext*>(context_)),
        started_(clock_.Now()),
        record_(std::make_shared<CallRecord>()) {
    record_->method = info->method();
    if (known_ != nullptr) known_->set_record(record_);
    method_.Started();
  }
  // gRPC has called the method's OnDone, if it has one.
  ~CallInterceptor() override {
    const absl::MutexLock lock(&mu_);
    const absl::Duration total = clock_.Now() - started_;
    if (!handled_) End(sent_.value_or(absl::StatusCode::kCancelled));
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
    if (batch->QueryInterceptionHookPoint(InterceptionHookPoints::PRE_SEND_STATUS)) NoteStatus(batch);
    if (batch->QueryInterceptionHookPoint(InterceptionHookPoints::POST_RECV_CLOSE)) NoteClosed();
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

  void NoteStatus(InterceptorBatchMethods* batch) {
    const absl::MutexLock lock(&mu_);
    batch->GetSendTrailingMetadata()->emplace(kRequestIdHeader, record_->request_id);
    const grpc::Status status = batch->GetSendStatus();
    sent_ = static_cast<absl::StatusCode>(status.error_code());
    const bool unsure = known_ != nullptr && MayBeCancelled(status);
    if (unsure && cancelled_) sent_ = absl::StatusCode::kCancelled;
    if (!unsure || closed_) End(*sent_);
    if (handled_ && !logged_) return;
    record_->error = status.error_message();
    record_->peer = PeerOf(context_);
  }

  // The status has been sent, or never will be.
  void NoteClosed() {
    const absl::MutexLock lock(&mu_);
    closed_ = true;
    cancelled_ = known_ != nullptr && known_->IsCancelled();
    if (sent_.has_value() && !handled_) End(cancelled_ ? absl::StatusCode::kCancelled : *sent_);
  }

  void End(absl::StatusCode code) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) {
    handled_ = true;
    method_.Handled(code, clock_.Now() - started_);
    logged_ = log_.Wants(code);
    record_->code = code;
  }

  CallLog& log_;
  MethodObserver& method_;
  RequestIds& ids_;
  const batching::Clock& clock_;
  grpc::ServerContextBase* const context_;
  CallContext* const known_;  // the same; null for unknown methods and those of gRPC that block
  const batching::SteadyTime started_;
  const std::shared_ptr<CallRecord> record_;  // shared with the call's context, which gRPC may destroy first
  // A call can be closed, because it was cancelled, while its status is being sent.
  absl::Mutex mu_;
  std::optional<absl::StatusCode> sent_ ABSL_GUARDED_BY(mu_);
  bool closed_ ABSL_GUARDED_BY(mu_) = false;
  bool cancelled_ ABSL_GUARDED_BY(mu_) = false;  // known once it is closed
  bool handled_ ABSL_GUARDED_BY(mu_) = false;
  bool logged_ ABSL_GUARDED_BY(mu_) = false;
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
