// ebm-server: serves one checkpoint over gRPC until SIGTERM or SIGINT.
//
// All parts of the server are created here and passed to one another by argument.
//
// Exit status: 0 after a drain; 1 if it cannot start; 2 for wrong usage, including a missing or damaged checkpoint.

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "CLI/CLI.hpp"
#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "model/core/exit_status.h"
#include "model/core/precision.h"
#include "model/core/status_macros.h"
#include "model/core/version.h"
#include "model/process/command_line.h"
#include "model/process/memory_limit.h"
#include "model/process/run_program.h"
#include "model/process/usable_cores.h"
#include "server/batching/clock.h"
#include "server/batching/memory_budget.h"
#include "server/batching/queue_room.h"
#include "server/batching/scheduler.h"
#include "server/batching/shared_parts.h"
#include "server/batching/time_slice.h"
#include "server/batching/worker_pool.h"
#include "server/catalog/catalog.h"
#include "server/catalog/fixed_models.h"
#include "server/catalog/running_model.h"
#include "server/catalog/served_model.h"
#include "server/inference/call.h"
#include "server/inference/model.h"
#include "server/inference/open_calls.h"
#include "server/inference/request_limits.h"
#include "server/inference/stream_delivery.h"
#include "server/observe/log.h"
#include "server/observe/metrics.h"
#include "server/rpc/ebm_v1/services.h"
#include "server/rpc/oip/services.h"
#include "server/rpc/server.h"
#include "server/shutdown_signals.h"

namespace ebm {
namespace {

// Delivery threads start the messages of streams that were idle; busy streams are written by gRPC's threads.
constexpr int kWorkersPerDeliveryThread = 8;

constexpr int kThreadsOfGrpc = 16;

struct Flags {
  std::string checkpoint;
  std::string precision = "f32";
  std::string metrics_listen;  // empty: no metrics
  int workers = UsableCores();
  int max_request_memory_mb = DefaultRequestMemoryMb("/");
  double drain_seconds = 25;  // less than the 30 seconds that Kubernetes waits by default
  rpc::ServerOptions server;
  inference::RequestLimits limits;
  batching::QueueLimits queue;
};

// A CLI11 validator: returns an empty string for a valid value, otherwise an error message.
std::string CheckAddress(const std::string& address) {
  if (IsHostAndPort(address, 0)) return "";
  return absl::StrCat("'", address, "' must be HOST:PORT with a port of 0 to 65535, and [::1]:PORT for IPv6");
}

// CLI11's Range accepts NaN, so it cannot be used here.
std::string CheckDrainSeconds(const std::string& text) {
  double seconds = -1;
  const bool good = absl::SimpleAtod(text, &seconds) && seconds >= 0 && seconds <= 86400;
  return good ? "" : absl::StrCat("'", text, "' must be 0 to 86400 seconds");
}

std::string CheckPrecision(const std::string& text) {
  return text == "f32" || text == "bf16" ? "" : absl::StrCat("'", text, "' must be f32 or bf16");
}

Precision PrecisionOf(const std::string& name) { return name == "bf16" ? Precision::kBf16 : Precision::kF32; }

void AddFlags(CLI::App* app, Flags* flags) {
  constexpr auto kMaxCount = std::numeric_limits<int>::max();
  const CLI::Validator address(CheckAddress, "HOST:PORT");
  const CLI::Range count(1, kMaxCount);
  inference::RequestLimits& limits = flags->limits;
  app->option_defaults()->always_capture_default();

  app->add_option("--checkpoint", flags->checkpoint, "The model: a .safetensors file made by ebm-train")->required();
  app->add_option("--listen", flags->server.listen, "Address to serve gRPC on; port 0: any free port")
      ->check(address)
      ->envname("EBM_LISTEN");
  app->add_option("--metrics_listen", flags->metrics_listen,
                  "Address to serve Prometheus metrics on; port 0: any free port; if not set, metrics are not served")
      ->check(address)
      ->envname("EBM_METRICS_LISTEN");
  app->add_option("--precision", flags->precision, "f32, or bf16: nearly twice as fast, less precise")
      ->check(CLI::Validator(CheckPrecision, "f32|bf16"));
  app->add_option("--workers", flags->workers, "Number of compute threads; by default one per usable core")
      ->check(CLI::Range(1, 1024));
  app->add_option("--max_rows", limits.max_rows, "Maximum number of rows per Classify or Score request")->check(count);
  app->add_option("--max_chains", limits.max_chains, "Maximum number of chains per Sample request")->check(count);
  app->add_option("--max_steps", limits.max_steps, "Maximum number of steps per chain")->check(count);
  app->add_option("--max_chain_steps", limits.max_chain_steps, "Maximum of chains times steps per Sample request")
      ->check(count);
  app->add_option("--max_queued_chains", flags->queue.max_queued_chains,
                  "Maximum number of chains of all Sample requests that are queued or running")
      ->check(count);
  app->add_option("--max_queued_rows", flags->queue.max_queued_rows,
                  "Maximum number of rows of all Classify and Score requests that are queued or running")
      ->check(count);
  app->add_option("--max_message_mb", flags->server.max_message_mb, "Maximum size of a request, in MiB")
      ->check(CLI::Range(1, 1024));
  app->add_option("--max_request_memory_mb", flags->max_request_memory_mb,
                  "Maximum memory of all requests, in MiB; by default a quarter of the control group's limit, or 1024")
      ->check(CLI::Range(1, 1 << 24));
  app->add_option("--drain_seconds", flags->drain_seconds,
                  "How long running requests may continue after SIGTERM or SIGINT, in seconds")
      ->check(CLI::Validator(CheckDrainSeconds, "FLOAT in [0 - 86400]"));
}

// The queue must have room for the largest allowed request, which would otherwise never be served.
void CheckTogether(const Flags& flags) {
  const inference::RequestLimits& limits = flags.limits;
  if (limits.max_chains > flags.queue.max_queued_chains) {
    throw CLI::ValidationError("--max_chains", absl::StrCat(limits.max_chains, " must be at most --max_queued_chains, ",
                                                            flags.queue.max_queued_chains));
  }
  if (limits.max_rows > int64_t{flags.queue.max_queued_rows}) {
    throw CLI::ValidationError("--max_rows", absl::StrCat(limits.max_rows, " must be at most --max_queued_rows, ",
                                                          flags.queue.max_queued_rows));
  }
}

// The exit status if the program should end now: after --help or --version, or for wrong usage.
std::optional<int> ParseFlags(int argc, char** argv, Flags* flags) {
  CLI::App app("Serves an energy-based model over gRPC: Classify, Score, Sample.", "ebm-server");
  app.set_version_flag("--version", absl::StrCat("ebm-server ", kVersion));
  AddFlags(&app, flags);
  try {
    ParseCommandLine(app, argc, argv);
    CheckTogether(*flags);
  } catch (const CLI::Success& asked) {  // --help, --version
    return app.exit(asked);
  } catch (const CLI::ParseError& error) {
    std::cerr << "ebm-server: " << error.what() << "\n";
    return 2;
  }
  return std::nullopt;
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

std::string ReadyLine(const inference::ModelInfo& model, const rpc::Server& server,
                      const observe::MetricsServer* metrics, int workers) {
  return absl::StrCat("ebm-server ready: model=", model.name, " version=", model.version, " listen=", server.address(),
                      " metrics=", metrics != nullptr ? metrics->address() : "none", " workers=", workers);
}

std::vector<rpc::NamedService> Joined(std::vector<rpc::NamedService> services,
                                      const std::vector<rpc::NamedService>& more) {
  services.insert(services.end(), more.begin(), more.end());
  return services;
}

// Null if metrics are not to be served.
absl::StatusOr<std::unique_ptr<observe::MetricsServer>> ServeMetrics(const Flags& flags,
                                                                     const observe::Metrics& metrics) {
  if (flags.metrics_listen.empty()) return nullptr;
  return metrics.Serve(flags.metrics_listen);
}

void DrainAfterSignal(double drain_seconds, rpc::Server& server) {
  const int signal = WaitForShutdownSignal();
  observe::LogEvent(absl::StrCat("draining for at most ", drain_seconds, " s after signal ", signal));
  server.Drain(absl::Seconds(drain_seconds));
  observe::LogEvent("stopped");
}

// Serves until the first shutdown signal, then drains.
absl::Status Serve(const Flags& flags) {
  RequireThreads(kThreadsOfGrpc);
  const batching::SteadyClock clock;
  observe::Metrics metrics;
  batching::MemoryBudget memory(uint64_t{1} * flags.max_request_memory_mb << 20);
  metrics.AddMemory(&memory);
  batching::QueueRoom room(flags.queue);
  inference::OpenCalls open_calls;
  inference::DeliveryThreads delivery(std::max(1, flags.workers / kWorkersPerDeliveryThread));
  batching::WorkerPool pool(flags.workers, &clock);
  EBM_ASSIGN_OR_RETURN(const std::shared_ptr<const catalog::ServedModel> model,
                       catalog::ServedModel::Load(flags.checkpoint, PrecisionOf(flags.precision)));
  observe::LogEvent(absl::StrCat("model loaded: ", flags.checkpoint));
  auto observer = metrics.ObserverOf(LabelsOf(model->info()));
  const batching::SharedParts shared = {&clock, pool.wake_up(), observer.get(), &memory, &room};
  catalog::Catalog models;
  EBM_RETURN_IF_ERROR(models.Add(std::make_shared<catalog::RunningModel>(model, &pool, shared, std::move(observer))));
  metrics.AddModels([&] { return StatusOf(models); });

  rpc::ServerOptions options = flags.server;
  options.max_buffer_mb = flags.max_request_memory_mb;
  const inference::CallParts parts = {
      .limits = flags.limits, .clock = &clock, .open_calls = &open_calls, .delivery = &delivery};
  catalog::FixedModels control(&models);
  rpc::ebm_v1::Services ebm_v1(&models, parts);
  rpc::oip::Services oip(&models, &control, parts);
  EBM_ASSIGN_OR_RETURN(const std::unique_ptr<rpc::Server> server,
                       rpc::Server::Start(options, {.services = Joined(ebm_v1.named(), oip.named()),
                                                    .catalog = &models,
                                                    .open_calls = &open_calls,
                                                    .observer = metrics.rpc_observer(),
                                                    .clock = &clock}));
  metrics.AddServer([&server = *server] { return server.Counts(); });
  EBM_ASSIGN_OR_RETURN(const std::unique_ptr<observe::MetricsServer> metrics_server, ServeMetrics(flags, metrics));
  const std::string ready = ReadyLine(model->info(), *server, metrics_server.get(), flags.workers);
  std::cout << ready << std::endl;
  std::cout.clear();  // a server without a reader of this line serves all the same; the log has it too
  observe::LogEvent(ready);

  DrainAfterSignal(flags.drain_seconds, *server);
  return absl::OkStatus();
}

int Main(int argc, char** argv) {
  // Without this, gRPC logs many lines if the port is taken. Serve returns the error as a status, which is printed
  // once.
  setenv("GRPC_VERBOSITY", "NONE", /*overwrite=*/0);
  BlockShutdownSignals();
  batching::SetTimeSlice(batching::kShortTimeSlice);  // of all threads but the compute threads
  Flags flags;
  if (const std::optional<int> exit_status = ParseFlags(argc, argv, &flags)) return *exit_status;
  const absl::Status status = Serve(flags);
  if (!status.ok()) std::cerr << "ebm-server: " << status.message() << "\n";
  return ExitStatusOf(status);
}

}  // namespace
}  // namespace ebm

int main(int argc, char** argv) {
  return ebm::RunProgram("ebm-server", ebm::ReaderGone::kIsIgnored, [&] { return ebm::Main(argc, argv); });
}
