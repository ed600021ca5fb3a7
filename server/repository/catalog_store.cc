#include "server/repository/catalog_store.h"

#include <malloc.h>

#include <algorithm>
#include <set>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "model/core/guarded.h"
#include "model/core/status_macros.h"
#include "server/inference/request_limits.h"
#include "server/repository/folder_disk.h"

namespace ebm::repository {
namespace {

using batching::MutexLock;

absl::Status CheckFits(absl::string_view field, int64_t value, int64_t most, absl::string_view flag) {
  if (value <= most) return absl::OkStatus();
  return absl::FailedPreconditionError(absl::StrCat(kSettingsFile, ": limits.", field, ": ", value,
                                                    ", must be at most the server's ", flag, ", ", most));
}

}  // namespace

absl::StatusOr<catalog::ServingOptions> OptionsOf(const ModelSettings& settings, const CatalogStoreOptions& server) {
  catalog::ServingOptions options = server.defaults;
  inference::RequestLimits& limits = options.limits;
  options.precision = settings.precision.value_or(options.precision);
  limits.max_rows = settings.max_rows.value_or(limits.max_rows);
  limits.max_chains = static_cast<uint32_t>(settings.max_chains.value_or(limits.max_chains));
  limits.max_steps = static_cast<uint32_t>(settings.max_steps.value_or(limits.max_steps));
  if (settings.max_chain_steps.has_value()) limits.max_chain_steps = static_cast<uint64_t>(*settings.max_chain_steps);
  EBM_RETURN_IF_ERROR(
      CheckFits("max_rows", limits.max_rows, static_cast<int64_t>(server.queue.max_queued_rows), "--max_queued_rows"));
  EBM_RETURN_IF_ERROR(CheckFits("max_chains", limits.max_chains, static_cast<int64_t>(server.queue.max_queued_chains),
                                "--max_queued_chains"));
  return options;
}

absl::Status CatalogStore::Load(const LoadOrder& order) {
  absl::StatusOr<VersionLock> lock = VersionLock::Share(order.version.path);
  absl::Status status = lock.status();
  if (status.ok()) status = Guarded([&] { return LoadLocked(order, *std::move(lock)); });
  return status.ok() ? status : WithoutFolder(status, options_.folder);
}

absl::Status CatalogStore::LoadLocked(const LoadOrder& order, VersionLock lock) {
  EBM_ASSIGN_OR_RETURN(const catalog::ServingOptions options, OptionsOf(order.settings, options_));
  EBM_ASSIGN_OR_RETURN(auto model,
                       catalog::ServedModel::Load({.name = order.name, .version = absl::StrCat(order.version.number)},
                                                  order.version.path, options));
  EBM_RETURN_IF_ERROR(catalog_.Add(make_running_(std::move(model))));
  MutexLock guard(&mu_);
  locks_.insert_or_assign({order.name, order.version.number}, std::move(lock));
  return absl::OkStatus();
}

void CatalogStore::Retire(const std::string& name, int64_t version) {
  catalog_.Remove(name, absl::StrCat(version)).IgnoreError();  // it is not there if a drain came before its load
  MutexLock guard(&mu_);
  locks_.erase({name, version});
  ++held_;
}

void CatalogStore::SetLabels(const std::string& name, const VersionLabels& labels) {
  catalog::Catalog::Labels versions;
  for (const auto& [label, version] : labels) versions.emplace(label, absl::StrCat(version));
  catalog_.SetLabels(name, std::move(versions)).IgnoreError();  // REQUIRES of ModelStore: they are loaded
}

std::vector<std::pair<std::string, int64_t>> CatalogStore::Retired() const {
  std::set<catalog::Catalog::ModelPtr> found;
  for (auto& model : catalog_.List()) found.insert(std::move(model));
  std::vector<std::pair<std::string, int64_t>> retired;
  for (const auto& model : catalog_.ListAll()) {
    int64_t version = 0;
    if (found.contains(model) || !absl::SimpleAtoi(model->info().version, &version)) continue;
    retired.emplace_back(model->info().name, version);
  }
  return retired;
}

// The heap keeps what is freed, for the process; a server that has unloaded a model should get smaller.
size_t CatalogStore::DestroyRetired() {
  const size_t remaining = catalog_.DestroyRetired();
  MutexLock guard(&mu_);
  if (remaining < std::exchange(held_, remaining)) malloc_trim(0);
  return remaining;
}

}  // namespace ebm::repository
