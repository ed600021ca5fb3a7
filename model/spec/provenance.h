// How a model was trained, as its checkpoint records it.

#ifndef EBM_MODEL_SPEC_PROVENANCE_H_
#define EBM_MODEL_SPEC_PROVENANCE_H_

#include <cstdint>
#include <map>
#include <string>

namespace ebm {

// How the model was trained: enough to reproduce it.
struct Provenance {
  std::string recipe;
  uint64_t seed = 0;
  int64_t epochs_run = 0;
  int64_t best_epoch = 0;  // counted from 0
  double wall_seconds = 0;
  std::string data_name;
  std::string data_sha256;
  std::string code_version;
  std::string created;                          // RFC 3339, UTC
  std::map<std::string, std::string> settings;  // every setting of the run, by name

  friend bool operator==(const Provenance&, const Provenance&) = default;
};

}  // namespace ebm

#endif  // EBM_MODEL_SPEC_PROVENANCE_H_
