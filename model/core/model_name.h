// What a model is called.

#ifndef EBM_MODEL_CORE_MODEL_NAME_H_
#define EBM_MODEL_CORE_MODEL_NAME_H_

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace ebm {

struct ModelName {
  std::string name;
  std::string version = "1";
};

// The label of the version that requests mean which name neither a version nor a label.
inline constexpr char kStableLabel[] = "stable";

// InvalidArgument unless both are 1 to 128 bytes of printable text in UTF-8: they travel in messages, logs and metrics.
absl::Status CheckModelName(const ModelName& name);

// InvalidArgument, naming the field, unless the text is 1 to 128 bytes of printable text in UTF-8.
absl::Status CheckName(absl::string_view field, absl::string_view text);

}  // namespace ebm

#endif  // EBM_MODEL_CORE_MODEL_NAME_H_
