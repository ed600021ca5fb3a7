// The file of a part of an estimate of ln Z: the weights of its chains, their annealing path, and what they were run
// on.
//
// A safetensors file (model/checkpoint/safetensors.h) with the tensors
//
//   forward, reverse   F64 [n], ln w of chains first_chain to first_chain + n - 1
//   betas              F64 [T + 1], step_sizes F32 [T + 1]
//
// and the metadata "kind", "version" and "part", the latter a JSON object with the remaining fields.
//
// Errors: InvalidArgument with the path and what is wrong in the file; the operating system's.
//
// Threads: free functions, reentrant.

#ifndef EBM_MODEL_OFFLINE_PARTITION_WEIGHTS_FILE_H_
#define EBM_MODEL_OFFLINE_PARTITION_WEIGHTS_FILE_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "model/checkpoint/checkpoint.h"
#include "model/offline/partition/chain_weights.h"
#include "model/offline/partition/checkpoint_estimate.h"

namespace ebm {

// What all parts of an estimate have in common beside the path.
struct EstimateSource {
  std::string model_sha256;  // ModelDigest
  EstimateBase base;
  uint64_t seed = 0;

  friend bool operator==(const EstimateSource&, const EstimateSource&) = default;
};

// Of the model alone: what other programs write into its checkpoint does not change it.
std::string ModelDigest(const Checkpoint& checkpoint);

struct EstimatePart {
  EstimateSource source;
  ChainWeights weights;
};

absl::Status WriteWeights(const EstimatePart& part, const std::string& path);
absl::StatusOr<EstimatePart> ReadWeights(const std::string& path);

}  // namespace ebm

#endif  // EBM_MODEL_OFFLINE_PARTITION_WEIGHTS_FILE_H_
