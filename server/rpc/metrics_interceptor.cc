#include "server/rpc/metrics_interceptor.h"

#include <array>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "ebm/v1/inference.pb.h"
#include "ebm/v1/model.pb.h"
#include "google/protobuf/descriptor.h"

namespace ebm::rpc {
namespace {

using grpc::experimental::InterceptionHookPoints;
using grpc::experimental::InterceptorBatchMethods;
using grpc::experimental::ServerRpcInfo;
using Paths = std::set<std::string, std::less<>>;

void AddPaths(const google::protobuf::FileDescriptor& file, Paths* paths) {
  for (int s = 0; s < file.service_count(); ++s) {
    const google::protobuf::ServiceDescriptor& service = *file.service(s);
    for (int m = 0; m < service.method_count(); ++m) {
      paths->insert(absl::StrCat("/", service.full_name(), "/", service.method(m)->name()));
    }
  }
}

Paths KnownPaths() {
  Paths paths = {"/grpc.health.v1.Health/Check", "/grpc.health.v1.Health/Watch",
                 "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo"};
  AddPaths(*v1::SampleRequest::descriptor()->file(), &paths);
  AddPaths(*v1::Model::descriptor()->file(), &paths);
  return paths;
}

std::string TypeName(ServerRpcInfo::Type type) {
  switch (type) {
    case ServerRpcInfo::Type::UNARY:
      return "unary";
    case ServerRpcInfo::Type::CLIENT_STREAMING:
      return "client_stream";
    case ServerRpcInfo::Type::SERVER_STREAMING:
      return "server_stream";
    case ServerRpcInfo::Type::BIDI_STREAMING:
      return "bidi_stream";
  }
  return "unknown";
}

// The names that dashboards made for other gRPC servers expect.
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
  MetricsInterceptor(RpcMethod method, RpcObserver* observer, const batching::Clock* clock)
      : method_(std::move(method)), observer_(*observer), clock_(*clock), started_(clock_.Now()) {
    observer_.Started(method_);
  }

  void Intercept(InterceptorBatchMethods* batch) override {
    if (batch->QueryInterceptionHookPoint(InterceptionHookPoints::POST_RECV_MESSAGE) &&
        batch->GetRecvMessage() != nullptr) {
      observer_.MessageReceived(method_);
    }
    if (batch->QueryInterceptionHookPoint(InterceptionHookPoints::POST_SEND_MESSAGE) && batch->GetSendMessageStatus()) {
      observer_.MessageSent(method_);
    }
    if (batch->QueryInterceptionHookPoint(InterceptionHookPoints::PRE_SEND_STATUS)) {
      observer_.Handled(method_, CodeName(batch->GetSendStatus().error_code()), clock_.Now() - started_);
    }
    batch->Proceed();
  }

 private:
  const RpcMethod method_;
  RpcObserver& observer_;
  const batching::Clock& clock_;
  const absl::Time started_;
};

}  // namespace

MetricsInterceptorFactory::MetricsInterceptorFactory(RpcObserver* observer, const batching::Clock* clock)
    : observer_(*observer), clock_(*clock), known_paths_(KnownPaths()) {}

grpc::experimental::Interceptor* MetricsInterceptorFactory::CreateServerInterceptor(ServerRpcInfo* info) {
  RpcMethod method = {.type = TypeName(info->type()), .service = "unknown", .method = "unknown"};
  if (const absl::string_view path = info->method(); known_paths_.contains(path)) {
    const std::vector<std::string> parts = absl::StrSplit(path.substr(1), '/');
    method.service = parts[0];
    method.method = parts[1];
  }
  return new MetricsInterceptor(std::move(method), &observer_, &clock_);
}

}  // namespace ebm::rpc
