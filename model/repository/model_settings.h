// How a model of a repository is served: its file model.txtpb (proto/ebm/config/v1/model_settings.proto) as plain
// types.
//
// Errors: InvalidArgument, every mistake with its file, line and column; reading: also the operating system's.
//
// Threads: free functions, reentrant.

#ifndef EBM_MODEL_REPOSITORY_MODEL_SETTINGS_H_
#define EBM_MODEL_REPOSITORY_MODEL_SETTINGS_H_

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <variant>

#include "absl/status/statusor.h"
#include "model/core/precision.h"

namespace ebm {

struct LatestVersions {
  int64_t count = 1;
  friend bool operator==(const LatestVersions&, const LatestVersions&) = default;
};
struct AllVersions {
  friend bool operator==(const AllVersions&, const AllVersions&) = default;
};
struct SpecificVersions {
  std::set<int64_t> versions;
  friend bool operator==(const SpecificVersions&, const SpecificVersions&) = default;
};
using VersionPolicy = std::variant<LatestVersions, AllVersions, SpecificVersions>;

using VersionLabels = std::map<std::string, int64_t, std::less<>>;

// What is empty is as the server has it.
struct ModelSettings {
  VersionPolicy policy;
  VersionLabels labels;
  std::optional<Precision> precision;
  std::optional<int64_t> max_rows;
  std::optional<int64_t> max_chains;
  std::optional<int64_t> max_steps;
  std::optional<int64_t> max_chain_steps;

  friend bool operator==(const ModelSettings&, const ModelSettings&) = default;
};

// file: its name in errors.
absl::StatusOr<ModelSettings> ParseModelSettings(const std::string& file, const std::string& text);

// The defaults if there is no such file.
absl::StatusOr<ModelSettings> ReadModelSettings(const std::string& path);

}  // namespace ebm

#endif  // EBM_MODEL_REPOSITORY_MODEL_SETTINGS_H_
