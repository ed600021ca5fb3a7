#include "client/channel.h"

#include <fstream>
#include <iterator>
#include <limits>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "model/core/status_macros.h"

namespace ebm::client {
namespace {

// gRPC repeats a request only if it could keep it, and keeps 256 KiB by default. Requests are at most as large as a
// server takes.
constexpr int kRetryBufferBytes = 64 << 20;
// A server that was restarted is found again soon. gRPC's own limit is two minutes.
constexpr int kFirstReconnectMs = 200;
constexpr int kLongestReconnectMs = 5000;

absl::StatusOr<std::string> ReadPem(absl::string_view field, const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string bytes((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  if (!file.bad() && !bytes.empty()) return bytes;
  return absl::InvalidArgumentError(absl::StrCat(field, ": ", path, " cannot be read or is empty"));
}

absl::StatusOr<std::shared_ptr<grpc::ChannelCredentials>> TlsCredentials(const TlsOptions& tls) {
  grpc::SslCredentialsOptions options;
  if (!tls.ca_file.empty()) {
    EBM_ASSIGN_OR_RETURN(options.pem_root_certs, ReadPem("tls.ca_file", tls.ca_file));
  }
  if (!tls.certificate_file.empty()) {
    EBM_ASSIGN_OR_RETURN(options.pem_cert_chain, ReadPem("tls.certificate_file", tls.certificate_file));
    EBM_ASSIGN_OR_RETURN(options.pem_private_key, ReadPem("tls.key_file", tls.key_file));
  }
  return grpc::SslCredentials(options);
}

int Milliseconds(absl::Duration time) {
  return static_cast<int>(std::min<int64_t>(absl::ToInt64Milliseconds(time), std::numeric_limits<int>::max()));
}

std::string Seconds(absl::Duration time) { return absl::StrFormat("\"%.9fs\"", absl::ToDoubleSeconds(time)); }

std::string MethodName(absl::string_view service, absl::string_view method) {
  return absl::StrCat(R"({"service":"ebm.v1.)", service, R"(","method":")", method, R"("})");
}

grpc::ChannelArguments Arguments(const ConnectionOptions& options, Sockets sockets) {
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(options.max_message_bytes);
  // http_proxy in the environment is meant for web access. A server given by its address is reached directly.
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  arguments.SetServiceConfigJSON(ServiceConfig(options.retry));
  arguments.SetInt(GRPC_ARG_PER_RPC_RETRY_BUFFER_SIZE, kRetryBufferBytes);
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, kFirstReconnectMs);
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, kLongestReconnectMs);  // the time that one attempt may take
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, kLongestReconnectMs);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, Milliseconds(options.keepalive_time));
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, Milliseconds(options.keepalive_timeout));
  if (sockets == Sockets::kOwn) arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  if (options.tls.has_value() && !options.tls->server_name.empty()) {
    arguments.SetSslTargetNameOverride(options.tls->server_name);
  }
  return arguments;
}

}  // namespace

// CANCELLED is what gRPC's server answers a call that arrives while it closes the connection. A call that the caller
// cancels is not repeated.
std::string ServiceConfig(const RetryOptions& retry) {
  constexpr absl::string_view kRoundRobin = R"("loadBalancingConfig":[{"round_robin":{}}])";
  if (retry.attempts == 1) return absl::StrCat("{", kRoundRobin, "}");
  const std::string methods =
      absl::StrCat(MethodName("InferenceService", "Classify"), ",", MethodName("InferenceService", "Score"), ",",
                   MethodName("ModelService", "ListModels"), ",", MethodName("ModelService", "GetModel"));
  const std::string policy = absl::StrCat(
      R"({"maxAttempts":)", retry.attempts, R"(,"initialBackoff":)", Seconds(retry.first_wait), R"(,"maxBackoff":)",
      Seconds(retry.longest_wait), R"(,"backoffMultiplier":2,"retryableStatusCodes":["UNAVAILABLE","CANCELLED"]})");
  const std::string throttling =
      absl::StrFormat(R"({"maxTokens":%d,"tokenRatio":%.3f})", 2 * retry.burst, retry.budget);
  return absl::StrCat("{", kRoundRobin, R"(,"retryThrottling":)", throttling, R"(,"methodConfig":[{"name":[)", methods,
                      R"(],"retryPolicy":)", policy, "}]}");
}

absl::StatusOr<std::shared_ptr<grpc::Channel>> MakeChannel(const ConnectionOptions& options, Sockets sockets) {
  EBM_RETURN_IF_ERROR(options.Validate());
  std::shared_ptr<grpc::ChannelCredentials> credentials = grpc::InsecureChannelCredentials();
  if (options.tls.has_value()) {
    EBM_ASSIGN_OR_RETURN(credentials, TlsCredentials(*options.tls));
  }
  return grpc::CreateCustomChannel(options.target, credentials, Arguments(options, sockets));
}

}  // namespace ebm::client
