#include "server/rpc/oip/target.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "model/core/status_macros.h"

namespace ebm::rpc::oip {
namespace {

constexpr char kSampleSuffix[] = ".sample";

}  // namespace

absl::string_view CatalogName(absl::string_view name) { return absl::StripSuffix(name, kSampleSuffix); }

std::string ServedName(absl::string_view model, Task task) {
  return absl::StrCat(model, task == Task::kSamples ? kSampleSuffix : "");
}

absl::StatusOr<Target> FindTarget(const catalog::Catalog& catalog, absl::string_view name, absl::string_view version) {
  const auto exact = catalog.Find(name, version);
  if (exact.ok()) return Target{.model = *exact, .task = Task::kRows};
  if (!absl::EndsWith(name, kSampleSuffix)) return exact.status();
  EBM_ASSIGN_OR_RETURN(const auto sampled, catalog.Find(CatalogName(name), version));
  return Target{.model = sampled, .task = Task::kSamples};
}

}  // namespace ebm::rpc::oip
