#include "server/observe/metrics_server.h"

#include <exception>
#include <utility>

#include "absl/strings/str_cat.h"

namespace ebm::observe {
absl::StatusOr<std::unique_ptr<MetricsServer>> MetricsServer::Start(
    const std::string& listen, std::vector<std::shared_ptr<prometheus::Collectable>> sources) {
  try {
    auto exposer = std::make_unique<prometheus::Exposer>(listen);
    const int port = exposer->GetListeningPorts().at(0);
    std::string address = absl::StrCat(listen.substr(0, listen.rfind(':') + 1), port);
    return std::unique_ptr<MetricsServer>(
        new MetricsServer(std::move(address), std::move(exposer), std::move(sources)));
  } catch (const std::exception&) {
    // The library's message only lists its options.
    return absl::UnavailableError(
        absl::StrCat("cannot listen on ", listen, " for metrics: no such address, or the port is taken"));
  }
}

MetricsServer::MetricsServer(std::string address, std::unique_ptr<prometheus::Exposer> exposer,
                             std::vector<std::shared_ptr<prometheus::Collectable>> sources)
    : address_(std::move(address)), sources_(std::move(sources)), exposer_(std::move(exposer)) {
  for (const auto& source : sources_) exposer_->RegisterCollectable(source);
}

}  // namespace ebm::observe
