// What a model name of this protocol means. Every model of the catalog is served under two names:
//
//   NAME          evaluates rows
//   NAME.sample   draws samples
//
// If a model of the catalog has a name that ends with ".sample", its rows come first.
//
// Threads: free functions, reentrant.

#ifndef EBM_SERVER_RPC_OIP_TARGET_H_
#define EBM_SERVER_RPC_OIP_TARGET_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "server/catalog/catalog.h"
#include "server/inference/model.h"

namespace ebm::rpc::oip {

enum class Task { kRows, kSamples };

struct Target {
  std::shared_ptr<inference::Model> model;
  Task task = Task::kRows;
};

// The catalog's name of the model that `name` means, if `name` is the one of its samples; otherwise `name`.
absl::string_view CatalogName(absl::string_view name);
// The name that the model has for a task.
std::string ServedName(absl::string_view model, Task task);

// An empty version means the one that the catalog chooses. The errors of Catalog::Find.
absl::StatusOr<Target> FindTarget(const catalog::Catalog& catalog, absl::string_view name, absl::string_view version);

}  // namespace ebm::rpc::oip

#endif  // EBM_SERVER_RPC_OIP_TARGET_H_
