#include "server/server_process.h"

#include <algorithm>
#include <csignal>
#include <iostream>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "model/core/precision.h"
#include "model/core/status_macros.h"
#include "model/energy/energy_factory.h"
#include "server/config/server_config.h"
#include "server/inference/call.h"
#include "server/inference/model.h"
#include "server/inference/request_limits.h"
#include "server/observe/model_metrics.h"
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

// The names in a configuration have been checked.
observe::LogOptions LogOptionsOf(const ServerConfig& config) {
  return {.format = *observe::LogFormatOf(config.log_format()), .level = *observe::LogLevelOf(config.log_level())};
}

std::vector<observe::ModelStatus> StatusOf(const catalog::Catalog& models, int workers) {
  std::vector<observe::ModelStatus> statuses;
  for (const auto& model : models.ListAll()) {
    statuses.push_back(observe::StatusOf(model->info(), workers, model->scheduler().Stats()));
  }
  return statuses;
}

repository::RepositoryOptions RepositoryOptionsOf(const ServerConfig& config) {
  repository::RepositoryOptions options = {.poll_interval = absl::Seconds(config.repository_poll_seconds()),
                                           .load_threads = config.load_threads(),
                                           .load_at_start = {config.load_model().begin(), config.load_model().end()}};
  if (config.repository_mode() == "poll") options.mode = repository::Mode::kPoll;
  if (config.repository_mode() == "explicit") options.mode = repository::Mode::kExplicit;
  return options;
}

// The server as a whole, and each service.
std::vector<std::string> HealthNames() {
  std::vector<std::string> names = {""};
  for (const std::string& name : rpc::ebm_v1::Services::Names()) names.push_back(name);
  for (const std::string& name : rpc::oip::Services::Names()) names.push_back(name);
  return names;
}

}  // namespace

ServerProcess::ServerProcess(ConfigSource source, const ServerConfig& config)
    : source_(std::move(source)),
      config_(config),
      log_(LogOptionsOf(config)),
      access_log_(*observe::LogRequestsOf(config.log_requests()), &log_, &clock_),
      memory_(uint64_t{1} * config.max_request_memory_mb() << 20),
      room_(QueueLimitsOf(config)),
      open_calls_(config.max_calls()),
      delivery_(std::max(1, config.workers() / kWorkersPerDeliveryThread)),
      pool_(config.workers(), &clock_),
      fixed_models_(&models_),
      load_reports_(&log_, metrics_.loads()),
      gate_(&access_, &clock_, absl::Seconds(config.max_call_seconds())),
      health_(HealthNames()),
      health_service_(&health_) {
  metrics_.AddMemory(&memory_);
  metrics_.AddWorkers(&pool_);
  metrics_.AddModels([this] { return StatusOf(models_, pool_.threads()); });
}

absl::Status ServerProcess::Start() {
  EBM_RETURN_IF_ERROR(LoadTls());
  if (config_.has_tokens()) EBM_RETURN_IF_ERROR(tokens_.emplace(config_.tokens(), &access_).Refresh());
  EBM_RETURN_IF_ERROR(OpenHealthPort());
  {
    const EndAtSignals ending;
    EBM_RETURN_IF_ERROR(LoadModels());
  }
  EBM_RETURN_IF_ERROR(Serve());
  SayReady();
  return absl::OkStatus();
}

absl::Status ServerProcess::LoadTls() {
  if (!config_.has_tls_key()) return absl::OkStatus();
  EBM_ASSIGN_OR_RETURN(tls_, rpc::TlsIdentity::Load(TlsFilesOf(config_)));
  metrics_.AddCertificate([this] { return absl::ToDoubleSeconds(tls_->not_after() - absl::UnixEpoch()); });
  return absl::OkStatus();
}

observe::MetricsTls ServerProcess::MetricsTls() const {
  if (config_.metrics_tls() != "on") return {};
  rpc::TlsFiles texts = tls_->texts();
  return {.certificate = std::move(texts.certificate), .key = std::move(texts.key)};
}

// In plain text, because probes of the kubelet speak no TLS.
absl::Status ServerProcess::OpenHealthPort() {
  if (!config_.has_health_listen()) return absl::OkStatus();
  const rpc::PortOptions options = {
      .listen = config_.health_listen(), .max_message_mb = 1, .max_calls_per_connection = 100};
  EBM_ASSIGN_OR_RETURN(health_port_, rpc::Port::Open(options, {&health_service_}));
  return absl::OkStatus();
}

std::shared_ptr<catalog::RunningModel> ServerProcess::MakeRunning(std::shared_ptr<const catalog::ServedModel> model) {
  auto observer = metrics_.ObserverOf(model->info());
  const batching::SharedParts shared = {&clock_, pool_.wake_up(), observer.get(), &memory_, &room_};
  return std::make_shared<catalog::RunningModel>(std::move(model), &pool_, shared, std::move(observer));
}

absl::Status ServerProcess::LoadModels() {
  const catalog::ServingOptions serving = {.precision = PrecisionOf(config_), .limits = LimitsOf(config_)};
  if (serving.precision == Precision::kBf16 && !HasFastBf16()) {
    log_.Warning("bf16_is_not_faster",
                 {{"reason", "no path for bf16 is faster than multiply-adds in float32 on this processor"}});
  }
  if (config_.has_repository()) {
    const auto make_running = [this](std::shared_ptr<const catalog::ServedModel> model) {
      return MakeRunning(std::move(model));
    };
    EBM_ASSIGN_OR_RETURN(repository_,
                         repository::FolderRepository::Open(
                             RepositoryOptionsOf(config_),
                             {.folder = config_.repository(), .defaults = serving, .queue = QueueLimitsOf(config_)},
                             {make_running, &models_, &load_reports_, &clock_}));
    return absl::OkStatus();
  }
  EBM_ASSIGN_OR_RETURN(auto model, catalog::ServedModel::Load(config_.checkpoint(), serving));
  EBM_RETURN_IF_ERROR(models_.Add(MakeRunning(std::move(model))));
  log_.Info("model_loaded", {{"checkpoint", config_.checkpoint()}});
  return absl::OkStatus();
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
  if (tls_ != nullptr) options.credentials = tls_->Credentials();
  return options;
}

absl::Status ServerProcess::Serve() {
  EBM_ASSIGN_OR_RETURN(server_, rpc::Server::Start(MainPort(), {.services = MakeServices(),
                                                                .catalog = &models_,
                                                                .open_calls = &open_calls_,
                                                                .health = &health_,
                                                                .observer = metrics_.rpc_observer(),
                                                                .log = &access_log_,
                                                                .clock = &clock_}));
  metrics_.AddServer([this] { return server_->Counts(); });
  if (config_.has_metrics_listen()) {
    EBM_ASSIGN_OR_RETURN(metrics_server_, metrics_.Serve(config_.metrics_listen(), MetricsTls()));
  }
  return absl::OkStatus();
}

std::vector<rpc::NamedService> ServerProcess::MakeServices() {
  const inference::CallParts parts = {.clock = &clock_, .open_calls = &open_calls_, .delivery = &delivery_};
  catalog::ModelControl* control = &fixed_models_;
  if (repository_ != nullptr) control = &repository_->control();
  std::vector<rpc::NamedService> services = ebm_v1_.emplace(&models_, control, &gate_, parts).named();
  for (rpc::NamedService& service :
       oip_.emplace(rpc::oip::ServiceParts{.catalog = &models_, .control = control, .gate = &gate_, .health = &health_},
                    parts)
           .named()) {
    services.push_back(std::move(service));
  }
  return services;
}

std::string ServerProcess::DescribeModels() const {
  if (repository_ != nullptr) return absl::StrCat("models=", models_.List().size());
  const auto model = models_.List().front();
  return absl::StrCat("model=", model->info().name, " version=", model->info().version);
}

void ServerProcess::SayReady() {
  const std::string metrics = metrics_server_ != nullptr ? metrics_server_->address() : "none";
  const std::string health = health_port_ != nullptr ? health_port_->address() : "none";
  std::cout << "ebm-server ready: " << DescribeModels() << " listen=" << server_->address() << " metrics=" << metrics
            << " workers=" << config_.workers() << " health=" << health << std::endl;
  std::cout.clear();  // a server without a reader of this line serves all the same; the log has it too
  log_.Info("ready", {{"models", static_cast<int64_t>(models_.List().size())},
                      {"listen", server_->address()},
                      {"metrics", metrics},
                      {"health", health},
                      {"workers", config_.workers()}});
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
  const bool is_live = pool_.LongestRound() < absl::Seconds(config_.stall_seconds());
  if (is_live != std::exchange(is_live_, is_live)) {
    log_.Error(is_live ? "compute_resumed" : "compute_stalled", {{"limit_seconds", config_.stall_seconds()}});
    health_.SetLiveness(is_live ? rpc::Health::kServing : rpc::Health::kNotServing);
  }
  RefreshTls();
  if (!tokens_.has_value()) return;
  if (const absl::Status status = tokens_->Refresh(); !status.ok()) {
    log_.Error("tokens_refused", {{"error", status.message()}});
  }
}

// Files that are no pair, or cannot be read, change nothing.
void ServerProcess::RefreshTls() {
  if (tls_ == nullptr) return;
  const absl::StatusOr<rpc::Refreshed> refreshed = tls_->Refresh();
  if (refreshed.ok() && *refreshed == rpc::Refreshed::kUnchanged) return;
  absl::Status status = refreshed.status();
  const bool metrics_have_it = metrics_server_ != nullptr && config_.metrics_tls() == "on";
  if (status.ok() && metrics_have_it) status = metrics_server_->UseTls(MetricsTls());
  if (!status.ok()) return log_.Error("tls_refused", {{"error", status.message()}});
  log_.Info("tls_replaced", {{"not_after", absl::FormatTime(tls_->not_after(), absl::UTCTimeZone())}});
}

void ServerProcess::Reload() {
  const absl::StatusOr<ServerConfig> config = ReadConfig(source_);
  if (!config.ok()) return log_.Error("configuration_refused", {{"error", config.status().message()}});
  const config::ChangedFields changed = config::CompareConfigs(config_, *config);
  config_.set_lame_duck_seconds(config->lame_duck_seconds());
  config_.set_drain_seconds(config->drain_seconds());
  config_.set_log_level(config->log_level());
  config_.set_log_requests(config->log_requests());
  log_.set_level(*observe::LogLevelOf(config->log_level()));
  access_log_.set_which(*observe::LogRequestsOf(config->log_requests()));
  log_.Info("configuration_read", {{"changed", absl::StrJoin(changed.reloaded, ",")},
                                   {"need_restart", absl::StrJoin(changed.need_restart, ",")}});
}

// Nobody watches a server that is ended from the keyboard, so that it does not wait for load balancers.
void ServerProcess::Drain(int signal) {
  EndAtNextSignal();
  const absl::Duration lame_duck =
      signal == SIGTERM ? absl::Seconds(config_.lame_duck_seconds()) : absl::ZeroDuration();
  log_.Info("draining", {{"signal", signal},
                         {"lame_duck_seconds", absl::ToDoubleSeconds(lame_duck)},
                         {"limit_seconds", config_.drain_seconds()}});
  health_.SetReady(rpc::Health::kNotServing);
  for (const batching::SteadyTime end = clock_.Now() + lame_duck; clock_.Now() < end; DoWhatIsDue()) {
    absl::SleepFor(std::min(kTick, end - clock_.Now()));
  }
  if (repository_ != nullptr) repository_->control().Stop();
  server_->Drain(absl::Seconds(config_.drain_seconds()));
  log_.Info("stopped");
}

}  // namespace ebm
