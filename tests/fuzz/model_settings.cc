// Any bytes read as the settings of a model are rejected with a place, or give settings that a server can use.

#include "model/repository/model_settings.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <variant>

#include "absl/strings/match.h"
#include "tests/fuzz/check.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  const absl::StatusOr<ebm::ModelSettings> settings = ebm::ParseModelSettings("fuzz", text);
  if (!settings.ok()) {
    ebm::Check(absl::StartsWith(settings.status().message(), "fuzz"), "an error begins with its place");
    return 0;
  }
  const auto* const latest = std::get_if<ebm::LatestVersions>(&settings->policy);
  ebm::Check(latest == nullptr || latest->count >= 1, "at least one version is served");
  for (const auto& [label, version] : settings->labels) {
    ebm::Check(!label.empty() && version >= 1, "labels are of versions");
  }
  ebm::Check(settings->max_rows.value_or(1) >= 1, "limits are positive");
  return 0;
}
