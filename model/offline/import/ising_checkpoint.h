// The checkpoint of an imported Ising model (model/energy/boltzmann_machine.h).
//
// The list's numbers make up a log density or an energy,
//
//   ln p~ = beta s (sum_i h_i v_i + sum over pairs of J_ij v_i v_j)        s = 1, or -1 for an energy
//
// of variables v that are spins, -1 or 1, or bits, 0 or 1. The checkpoint has that ln p~ as a function of bits x; for
// spins, v = 2 x - 1, less a constant C, so that the ln Z of the spins is the checkpoint's plus C. Rows in data units
// have the values of the variables.
//
// Threads: free functions, reentrant.

#ifndef EBM_MODEL_OFFLINE_IMPORT_ISING_CHECKPOINT_H_
#define EBM_MODEL_OFFLINE_IMPORT_ISING_CHECKPOINT_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "model/checkpoint/checkpoint.h"
#include "model/offline/import/ising_file.h"

namespace ebm {

enum class IsingSign { kLogDensity, kEnergy };

struct IsingImport {
  IsingSign sign = IsingSign::kLogDensity;
  IsingVariables variables = IsingVariables::kSpins;
  double beta = 1;
  std::vector<int64_t> input_shape;  // empty: [sites]
  std::string data_name;             // for the provenance
};

struct ImportedIsing {
  Checkpoint checkpoint;
  double constant = 0;  // C, nats; 0 for bits
};

// Errors: InvalidArgument for a beta that is not above 0, a shape of another number of values, numbers beyond float32,
// and a model that ModelSpec::Validate refuses.
absl::StatusOr<ImportedIsing> ImportIsing(const IsingModel& model, const IsingImport& import);

}  // namespace ebm

#endif  // EBM_MODEL_OFFLINE_IMPORT_ISING_CHECKPOINT_H_
