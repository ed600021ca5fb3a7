// Where this process stands among those that train together, as the program that started it says by environment
// variables:
//
//   torchrun, PyTorchJob    RANK, WORLD_SIZE, MASTER_ADDR, MASTER_PORT
//   Kubeflow's TrainJob     PET_NODE_RANK, PET_NNODES, PET_MASTER_ADDR, PET_MASTER_PORT; PET_NPROC_PER_NODE must be 1
//   mpirun                  OMPI_COMM_WORLD_RANK, OMPI_COMM_WORLD_SIZE; MASTER_ADDR must be given
//   an Indexed Job          JOB_COMPLETION_INDEX; WORLD_SIZE and MASTER_ADDR must be given
//
// A process without any of the sizes trains alone.

#ifndef EBM_MODEL_OFFLINE_PARALLEL_LAUNCH_H_
#define EBM_MODEL_OFFLINE_PARALLEL_LAUNCH_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "absl/status/statusor.h"

namespace ebm {

// Who serves the store through which the ranks find each other.
enum class StoreServer { kRankZero, kLauncher };

struct Launch {
  int rank = 0;
  int size = 1;
  std::string host;  // of the store
  uint16_t port = 0;
  StoreServer server = StoreServer::kRankZero;

  friend bool operator==(const Launch&, const Launch&) = default;
};

// Unset: the variable is not set.
using Variables = std::function<std::optional<std::string>(const char* name)>;

// The variables of this process.
std::optional<std::string> EnvironmentVariable(const char* name);

// Errors: InvalidArgument, with the name of the variable that is missing or wrong.
absl::StatusOr<Launch> ReadLaunch(const Variables& variables);

}  // namespace ebm

#endif  // EBM_MODEL_OFFLINE_PARALLEL_LAUNCH_H_
