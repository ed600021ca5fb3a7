#include "server/rpc/metrics_interceptor.h"

#include <array>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "google/protobuf/descriptor.h"

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

// The code names of go-grpc-prometheus, which existing dashboards for gRPC servers expect.
absl::string_view CodeName(grpc::StatusCode code) {
  constexpr std::array<absl::string_view, 17> kNames = {
      "OK",       "Canceled",       "Unknown",          "InvalidArgument",   "DeadlineExceeded",
      "NotFound", "AlreadyExists",  "PermissionDenied", "ResourceExhausted", "FailedPrecondition",
      "Aborted",  "OutOfRange",     "Unimplemented",    "Internal",          "Unavailable",
      "DataLoss", "Unauthenticated"};
  const auto index = static_cast<size_t>(code);
  return index < kNames.size() ? kNames[index] : "Unknown";
}

class MetricsInterceptor final : public grpc::experimental::Interceptor {
 public:
  MetricsInterceptor(MethodObserver* observer, const batching::Clock* clock)
      : observer_(*observer), clock_(*clock), started_(clock_.Now()) {
    observer_.Started();
  }

  void Intercept(InterceptorBatchMethods* batch) override {
    if (batch->QueryInterceptionHookPoint(InterceptionHookPoints::POST_RECV_MESSAGE) &&
        batch->GetRecvMessage() != nullptr) {
      observer_.MessageReceived();
    }
    if (batch->QueryInterceptionHookPoint(InterceptionHookPoints::POST_SEND_MESSAGE) && batch->GetSendMessageStatus()) {
      observer_.MessageSent();
    }
    if (batch->QueryInterceptionHookPoint(InterceptionHookPoints::PRE_SEND_STATUS)) {
      observer_.Handled(CodeName(batch->GetSendStatus().error_code()), clock_.Now() - started_);
    }
    batch->Proceed();
  }

 private:
  MethodObserver& observer_;
  const batching::Clock& clock_;
  const batching::SteadyTime started_;
};

}  // namespace

MetricsInterceptorFactory::MetricsInterceptorFactory(const std::vector<std::string>& services, RpcObserver* observer,
                                                     const batching::Clock* clock)
    : clock_(*clock), known_(KnownMethods(services, observer)), unknown_(UnknownMethods(observer)) {}

grpc::experimental::Interceptor* MetricsInterceptorFactory::CreateServerInterceptor(ServerRpcInfo* info) {
  const auto known = known_.find(absl::string_view(info->method()));
  MethodObserver* const observer = known != known_.end() ? known->second : unknown_.at(TypeName(info->type()));
  return new MetricsInterceptor(observer, &clock_);
}

}  // namespace ebm::rpc
