// What a model is called.

#ifndef EBM_SERVER_CATALOG_MODEL_NAME_H_
#define EBM_SERVER_CATALOG_MODEL_NAME_H_

#include <string>

#include "absl/status/status.h"

namespace ebm::catalog {

struct ModelName {
  std::string name;
  std::string version = "1";
};

// InvalidArgument unless both are 1 to 128 bytes of printable text in UTF-8: they travel in messages, logs and metrics.
absl::Status CheckModelName(const ModelName& name);

}  // namespace ebm::catalog

#endif  // EBM_SERVER_CATALOG_MODEL_NAME_H_
