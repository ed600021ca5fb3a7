#include "server/server_process.h"

#include <algorithm>
#include <csignal>
#include <iostream>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "model/core/precision.h"
#include "model/core/status_macros.h"
#include "server/catalog/running_model.h"
#include "server/catalog/served_model.h"
#include "server/config/server_config.h"
#include "server/inference/call.h"
#include "server/inference/model.h"
#include "server/inference/request_limits.h"
#include "server/observe/log.h"
#include "server/rpc/tls.h"
#include "server/signals.h"

namespace ebm {
namespace {

using config::v1::ServerConfig;

// Delivery threads start the messages of streams that were idle; busy streams are written by gRPC's threads.
constexpr int kWorkersPerDeliveryThread = 8;

// What is due is done this often.
constexpr absl::Duration kTick = absl::Seconds(1);

// The time beyond the longest call that a connection of the highest age has.
constexpr absl::Duration kConnectionMargin = absl::Seconds(30);

Precision PrecisionOf(const ServerConfig& config) {
  return config.precision() == "bf16" ? Precision::kBf16 : Precision::kF32;
}

inference::RequestLimits LimitsOf(const ServerConfig& config) {
  inference::RequestLimits limits;
  limits.max_rows = config.max_rows();
  limits.max_chains = static_cast<uint32_t>(config.max_chains());
  limits.max_steps = static_cast<uint32_t>(config.max_steps());
  limits.max_chain_steps = static_cast<uint64_t>(config.max_chain_steps());
  return limits;
}

batching::QueueLimits QueueLimitsOf(const ServerConfig& config) {
  return {.max_queued_chains = static_cast<uint32_t>(config.max_queued_chains()),
          .max_queued_rows = static_cast<uint32_t>(config.max_queued_rows())};
}

rpc::TlsFiles TlsFilesOf(const ServerConfig& config) {
  return {.certificate = config.tls_certificate(), .key = config.tls_key(), .client_ca = config.tls_client_ca()};
}

observe::ModelLabels LabelsOf(const inference::ModelInfo& model) {
  return {.name = model.name, .version = model.version};
}

std::vector<observe::ModelStatus> StatusOf(const catalog::Catalog& models) {
  std::vector<observe::ModelStatus> statuses;
  for (const auto& model : models.ListAll()) {
    const inference::ModelInfo& info = model->info();
    statuses.push_back({.labels = LabelsOf(info),
                        .family = info.spec.family(),
                        .data = info.provenance.data_name,
                        .recipe = info.provenance.recipe,
                        .stats = model->scheduler().Stats()});
  }
  return statuses;
}

// The server as a whole, and each service.
std::vector<std::string> HealthNames(rpc::ebm_v1::Services& services) {
  std::vector<std::string> names = {""};
  for (const rpc::NamedService& service : services.named()) names.push_back(service.name);
  return names;
}

}  // namespace

ServerProcess::ServerProcess(ConfigSource source, const ServerConfig& config)
    : source_(std::move(source)),
      config_(config),
      memory_(uint64_t{1} * config.max_request_memory_mb() << 20),
      room_(QueueLimitsOf(config)),
      open_calls_(config.max_calls()),
      delivery_(std::max(1, config.workers() / kWorkersPerDeliveryThread)),
      pool_(config.workers(), &clock_),
      gate_(&access_, &clock_, absl::Seconds(config.max_call_seconds())),
      services_(&models_, &gate_,
                {.limits = LimitsOf(config), .clock = &clock_, .open_calls = &open_calls_, .delivery = &delivery_}),
      health_(HealthNames(services_)),
      health_service_(&health_) {
  metrics_.AddMemory(&memory_);
  metrics_.AddModels([this] { return StatusOf(models_); });
}

absl::Status ServerProcess::Start() {
  EBM_RETURN_IF_ERROR(CheckTls());
  if (config_.has_tokens()) EBM_RETURN_IF_ERROR(tokens_.emplace(config_.tokens(), &access_).Refresh());
  EBM_RETURN_IF_ERROR(OpenHealthPort());
  EBM_RETURN_IF_ERROR(LoadModels());
  EBM_RETURN_IF_ERROR(Serve());
  SayReady();
  return absl::OkStatus();
}

absl::Status ServerProcess::CheckTls() {
  return config_.has_tls_key() ? rpc::CheckTlsFiles(TlsFilesOf(config_)) : absl::OkStatus();
}

// In plain text, because probes of the kubelet speak no TLS.
absl::Status ServerProcess::OpenHealthPort() {
  if (!config_.has_health_listen()) return absl::OkStatus();
  const rpc::PortOptions options = {.listen = config_.health_listen(), .max_message_mb = 1};
  EBM_ASSIGN_OR_RETURN(health_port_, rpc::Port::Open(options, {&health_service_}, nullptr));
  return absl::OkStatus();
}

absl::Status ServerProcess::LoadModels() {
  EBM_ASSIGN_OR_RETURN(const std::shared_ptr<const catalog::ServedModel> model,
                       catalog::ServedModel::Load(config_.checkpoint(), PrecisionOf(config_)));
  observe::LogEvent(absl::StrCat("model loaded: ", config_.checkpoint()));
  auto observer = metrics_.ObserverOf(LabelsOf(model->info()));
  const batching::SharedParts shared = {&clock_, pool_.wake_up(), observer.get(), &memory_, &room_};
  return models_.Add(std::make_shared<catalog::RunningModel>(model, &pool_, shared, std::move(observer)));
}

rpc::PortOptions ServerProcess::MainPort() const {
  rpc::PortOptions options = {.listen = config_.listen(),
                              .max_message_mb = config_.max_message_mb(),
                              .max_buffer_mb = config_.max_request_memory_mb(),
                              .max_calls_per_connection = config_.max_calls_per_connection(),
                              .max_connection_grace = absl::Seconds(config_.max_call_seconds()) + kConnectionMargin};
  if (config_.max_connection_age_seconds() > 0) {
    options.max_connection_age = absl::Seconds(config_.max_connection_age_seconds());
  }
  if (config_.has_tls_key()) options.credentials = rpc::MakeTlsCredentials(TlsFilesOf(config_));
  return options;
}

absl::Status ServerProcess::Serve() {
  EBM_ASSIGN_OR_RETURN(server_, rpc::Server::Start(MainPort(), {.services = services_.named(),
                                                                .catalog = &models_,
                                                                .open_calls = &open_calls_,
                                                                .health = &health_,
                                                                .observer = metrics_.rpc_observer(),
                                                                .clock = &clock_}));
  metrics_.AddServer([this] { return server_->Counts(); });
  if (config_.has_metrics_listen()) {
    EBM_ASSIGN_OR_RETURN(metrics_server_, metrics_.Serve(config_.metrics_listen()));
  }
  return absl::OkStatus();
}

void ServerProcess::SayReady() const {
  const inference::ModelInfo model = models_.List().front()->info();
  std::string ready = absl::StrCat(
      "ebm-server ready: model=", model.name, " version=", model.version, " listen=", server_->address(),
      " metrics=", metrics_server_ != nullptr ? metrics_server_->address() : "none", " workers=", config_.workers());
  if (health_port_ != nullptr) absl::StrAppend(&ready, " health=", health_port_->address());
  std::cout << ready << std::endl;
  std::cout.clear();  // a server without a reader of this line serves all the same; the log has it too
  observe::LogEvent(ready);
}

void ServerProcess::Run() { Drain(WaitForEnd()); }

int ServerProcess::WaitForEnd() {
  for (;;) {
    const std::optional<int> signal = WaitForSignal(kTick);
    if (signal.has_value() && (*signal != SIGHUP || source_.file.empty())) return *signal;
    if (signal.has_value()) Reload();
    DoWhatIsDue();
  }
}

void ServerProcess::DoWhatIsDue() {
  models_.DestroyRetired();
  const bool is_live = pool_.LongestRound() < absl::Seconds(config_.stall_seconds());
  if (is_live != std::exchange(is_live_, is_live)) {
    observe::LogEvent(is_live ? "the compute threads make progress again" : "a compute thread makes no progress");
    health_.SetLiveness(is_live ? rpc::Health::kServing : rpc::Health::kNotServing);
  }
  if (!tokens_.has_value()) return;
  if (const absl::Status status = tokens_->Refresh(); !status.ok()) {
    observe::LogEvent(absl::StrCat("the tokens stay as they were: ", status.message()));
  }
}

void ServerProcess::Reload() {
  const absl::StatusOr<ServerConfig> config = ReadConfig(source_);
  if (!config.ok()) {
    observe::LogEvent(absl::StrCat("the configuration stays as it was: ", config.status().message()));
    return;
  }
  const config::ChangedFields changed = config::CompareConfigs(config_, *config);
  config_.set_lame_duck_seconds(config->lame_duck_seconds());
  config_.set_drain_seconds(config->drain_seconds());
  observe::LogEvent(absl::StrCat("configuration read again; changed: ", absl::StrJoin(changed.reloaded, ", "),
                                 "; need a restart: ", absl::StrJoin(changed.need_restart, ", ")));
}

// Nobody watches a server that is ended from the keyboard, so that it does not wait for load balancers.
void ServerProcess::Drain(int signal) {
  EndAtNextSignal();
  const absl::Duration lame_duck =
      signal == SIGTERM ? absl::Seconds(config_.lame_duck_seconds()) : absl::ZeroDuration();
  observe::LogEvent(absl::StrCat("draining after signal ", signal, ": new calls are taken for ",
                                 absl::ToDoubleSeconds(lame_duck), " s, and running ones may continue for ",
                                 config_.drain_seconds(), " s"));
  health_.SetReady(rpc::Health::kNotServing);
  absl::SleepFor(lame_duck);
  server_->Drain(absl::Seconds(config_.drain_seconds()));
  observe::LogEvent("stopped");
}

}  // namespace ebm
