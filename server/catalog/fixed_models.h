// The models of a server that was started with one checkpoint: they stay as they are.
//
// Threads: safe from any thread.

#ifndef EBM_SERVER_CATALOG_FIXED_MODELS_H_
#define EBM_SERVER_CATALOG_FIXED_MODELS_H_

#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/catalog/catalog.h"
#include "server/catalog/model_control.h"

namespace ebm::catalog {

class FixedModels final : public ModelControl {
 public:
  // The catalog is borrowed and outlives the object.
  explicit FixedModels(const Catalog* catalog) : catalog_(*catalog) {}

  // Unimplemented, as Unload.
  void Load(std::string name, std::string version, std::function<void(absl::StatusOr<VersionStatus>)> done) override;
  void Unload(std::string name, std::string version, std::function<void(absl::Status)> done) override;
  // All of the catalog, loaded.
  std::vector<VersionStatus> Index() const override;

 private:
  const Catalog& catalog_;
};

}  // namespace ebm::catalog

#endif  // EBM_SERVER_CATALOG_FIXED_MODELS_H_
