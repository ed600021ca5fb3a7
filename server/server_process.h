// The server as a process: makes all its parts, passes them to one another by argument, and runs them from the start to
// the end of the drain.
//
// Readiness: the health port answers from the start on, and says NOT_SERVING until the models are loaded and warm. The
// port for calls opens then.
//
// Threads: one, which also does what is due every second.

#ifndef EBM_SERVER_SERVER_PROCESS_H_
#define EBM_SERVER_SERVER_PROCESS_H_

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "ebm/config/v1/server_config.pb.h"
#include "server/access/access.h"
#include "server/batching/clock.h"
#include "server/batching/memory_budget.h"
#include "server/batching/queue_room.h"
#include "server/batching/shared_parts.h"
#include "server/batching/worker_pool.h"
#include "server/catalog/catalog.h"
#include "server/catalog/fixed_models.h"
#include "server/catalog/running_model.h"
#include "server/catalog/served_model.h"
#include "server/config_source.h"
#include "server/inference/call.h"
#include "server/inference/open_calls.h"
#include "server/inference/stream_delivery.h"
#include "server/load_reports.h"
#include "server/observe/access_log.h"
#include "server/observe/log.h"
#include "server/observe/metrics.h"
#include "server/repository/folder_repository.h"
#include "server/rpc/call_gate.h"
#include "server/rpc/ebm_v1/services.h"
#include "server/rpc/health_board.h"
#include "server/rpc/health_service.h"
#include "server/rpc/oip/services.h"
#include "server/rpc/port.h"
#include "server/rpc/server.h"
#include "server/rpc/tls.h"
#include "server/token_file.h"

namespace ebm {

class ServerProcess {
 public:
  // config: that of the source.
  ServerProcess(ConfigSource source, const config::v1::ServerConfig& config);

  // Loads the models and serves. Errors: InvalidArgument, a file or flag that is wrong; Unavailable, no port.
  absl::Status Start();

  // Serves until a signal to end, then drains. REQUIRES: Start returned OK.
  void Run();

 private:
  absl::Status OpenHealthPort();
  std::shared_ptr<catalog::RunningModel> MakeRunning(std::shared_ptr<const catalog::ServedModel> model);
  absl::Status LoadModels();
  std::string DescribeModels() const;
  absl::Status LoadTls();
  observe::MetricsTls MetricsTls() const;
  rpc::PortOptions MainPort() const;
  absl::Status Serve();
  std::vector<rpc::NamedService> MakeServices();
  void SayReady();
  // The number of a signal to end the process.
  int WaitForEnd();
  void DoWhatIsDue();
  void RefreshTls();
  void Reload();
  void Drain(int signal);

  const ConfigSource source_;
  config::v1::ServerConfig config_;
  const batching::SteadyClock clock_;
  observe::Log log_;
  observe::AccessLog access_log_;
  observe::Metrics metrics_;
  batching::MemoryBudget memory_;
  batching::QueueRoom room_;
  inference::OpenCalls open_calls_;
  inference::DeliveryThreads delivery_;
  batching::WorkerPool pool_;
  access::Access access_;
  std::optional<TokenFile> tokens_;
  std::unique_ptr<rpc::TlsIdentity> tls_;  // null: plain text
  catalog::Catalog models_;
  catalog::FixedModels fixed_models_;
  LoadReports load_reports_;
  std::unique_ptr<repository::FolderRepository> repository_;  // null: one checkpoint
  const rpc::CallGate gate_;
  std::optional<rpc::ebm_v1::Services> ebm_v1_;
  std::optional<rpc::oip::Services> oip_;
  rpc::HealthBoard health_;
  rpc::HealthService health_service_;
  bool is_live_ = true;
  std::unique_ptr<rpc::Port> health_port_;
  std::unique_ptr<rpc::Server> server_;
  std::unique_ptr<observe::MetricsServer> metrics_server_;
};

}  // namespace ebm

#endif  // EBM_SERVER_SERVER_PROCESS_H_
