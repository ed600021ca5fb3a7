#include "server/observe/metrics_server.h"

#include <sys/socket.h>

#include <algorithm>
#include <exception>
#include <iterator>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "prometheus/text_serializer.h"

namespace ebm::observe {
namespace {

constexpr char kPath[] = "/metrics";
constexpr char kText[] = "text/plain; charset=utf-8";
constexpr char kPrometheusText[] = "text/plain; version=0.0.4; charset=utf-8";
constexpr size_t kConnectionBytes = 8 << 10;  // a scrape's headers are shorter

struct Answer {
  unsigned status = MHD_HTTP_OK;
  const char* type = kText;
  std::string body;
};

Answer AnswerTo(absl::string_view method, absl::string_view path, const MetricsServer& server) {
  if (path != kPath) return {.status = MHD_HTTP_NOT_FOUND, .body = absl::StrCat("metrics are at ", kPath, "\n")};
  if (method != MHD_HTTP_METHOD_GET && method != MHD_HTTP_METHOD_HEAD) {
    return {.status = MHD_HTTP_METHOD_NOT_ALLOWED, .body = "metrics are read by GET\n"};
  }
  try {
    return {.type = kPrometheusText, .body = server.Page()};
  } catch (const std::exception&) {  // out of memory
    return {.status = MHD_HTTP_INTERNAL_SERVER_ERROR, .body = "the metrics could not be collected\n"};
  }
}

// The library leaves out the body for HEAD.
MHD_Result Send(MHD_Connection* connection, Answer answer) {
  MHD_Response* const response =
      MHD_create_response_from_buffer(answer.body.size(), answer.body.data(), MHD_RESPMEM_MUST_COPY);
  if (response == nullptr) return MHD_NO;
  MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, answer.type);
  if (answer.status == MHD_HTTP_METHOD_NOT_ALLOWED) {
    MHD_add_response_header(response, MHD_HTTP_HEADER_ALLOW, "GET, HEAD");
  }
  const MHD_Result result = MHD_queue_response(connection, answer.status, response);
  MHD_destroy_response(response);
  return result;
}

// The library calls it first with the headers and then once for each part of the request's body, which is ignored, and
// for the end. Only then may it be answered.
MHD_Result Handle(void* server, MHD_Connection* connection, const char* path, const char* method,
                  const char* /*version*/, const char* /*body*/, size_t* body_bytes, void** request) {
  static char seen;
  if (*request == nullptr) {
    *request = &seen;
    return MHD_YES;
  }
  if (*body_bytes > 0) {
    *body_bytes = 0;
    return MHD_YES;
  }
  return Send(connection, AnswerTo(method, path, *static_cast<const MetricsServer*>(server)));
}

// So few that the port cannot take all descriptors of the process.
unsigned MostConnections() {
  constexpr int kMost = 512;
  constexpr int kFewest = 16;
  constexpr int kShare = 8;
  return static_cast<unsigned>(std::clamp(net::DescriptorLimit() / kShare, kFewest, kMost));
}

absl::Status WithPurpose(const absl::Status& error) {
  return absl::Status(error.code(), absl::StrCat(error.message(), " (for metrics)"));
}

}  // namespace

absl::StatusOr<std::unique_ptr<MetricsServer>> MetricsServer::Start(
    const std::string& listen, std::vector<std::shared_ptr<prometheus::Collectable>> sources, const MetricsTls& tls) {
  std::unique_ptr<MetricsServer> server(new MetricsServer(std::move(sources)));
  if (const absl::Status status = server->UseTls(tls); !status.ok()) return status;
  absl::StatusOr<std::unique_ptr<net::Acceptor>> acceptor = net::Acceptor::Start(
      listen, net::ScrapesReserve(), [server = server.get()](int descriptor) { server->AddConnection(descriptor); });
  if (!acceptor.ok()) return WithPurpose(acceptor.status());
  server->acceptor_ = *std::move(acceptor);
  return server;
}

absl::Status MetricsServer::UseTls(const MetricsTls& tls) {
  const bool is_plain = tls.certificate.empty();
  const unsigned flags = MHD_USE_EPOLL_INTERNAL_THREAD | MHD_USE_NO_LISTEN_SOCKET | MHD_USE_ITC |
                         (is_plain ? 0U : static_cast<unsigned>(MHD_USE_TLS));
  MHD_OptionItem files[] = {{MHD_OPTION_HTTPS_MEM_CERT, 0, const_cast<char*>(tls.certificate.c_str())},
                            {MHD_OPTION_HTTPS_MEM_KEY, 0, const_cast<char*>(tls.key.c_str())},
                            {MHD_OPTION_END, 0, nullptr}};
  MHD_OptionItem none[] = {{MHD_OPTION_END, 0, nullptr}};
  Daemon daemon(MHD_start_daemon(flags, 0, nullptr, nullptr, Handle, this, MHD_OPTION_CONNECTION_TIMEOUT, kIdleSeconds,
                                 MHD_OPTION_CONNECTION_LIMIT, MostConnections(), MHD_OPTION_CONNECTION_MEMORY_LIMIT,
                                 kConnectionBytes, MHD_OPTION_ARRAY, is_plain ? none : files, MHD_OPTION_END),
                MHD_stop_daemon);
  if (daemon == nullptr) {
    return absl::UnavailableError(absl::StrCat("cannot serve metrics: no thread or descriptor left",
                                               is_plain ? "" : ", or the certificate is unusable"));
  }
  const absl::MutexLock lock(&mu_);
  daemon_.swap(daemon);
  return absl::OkStatus();
}

MetricsServer::MetricsServer(std::vector<std::shared_ptr<prometheus::Collectable>> sources)
    : sources_(std::move(sources)) {}

MetricsServer::~MetricsServer() { acceptor_.reset(); }

// The daemon closes the connection if it does not take it.
void MetricsServer::AddConnection(int descriptor) {
  sockaddr_storage peer = {};
  socklen_t size = sizeof(peer);
  getpeername(descriptor, reinterpret_cast<sockaddr*>(&peer), &size);
  const absl::MutexLock lock(&mu_);
  MHD_add_connection(daemon_.get(), descriptor, reinterpret_cast<sockaddr*>(&peer), size);
}

std::string MetricsServer::Page() const {
  std::vector<prometheus::MetricFamily> families;
  for (const auto& source : sources_) {
    std::vector<prometheus::MetricFamily> collected = source->Collect();
    families.insert(families.end(), std::make_move_iterator(collected.begin()),
                    std::make_move_iterator(collected.end()));
  }
  return prometheus::TextSerializer().Serialize(families);
}

}  // namespace ebm::observe
