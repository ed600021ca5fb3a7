#include "model/spec/activation.h"

#include <utility>

#include "absl/strings/str_cat.h"

namespace ebm {

absl::StatusOr<Activation> FindActivation(const std::string& name) {
  constexpr std::pair<const char*, Activation> kKnown[] = {{"elu", Activation::kElu},
                                                           {"silu", Activation::kSilu},
                                                           {"relu", Activation::kRelu},
                                                           {"softplus", Activation::kSoftplus},
                                                           {"leaky_relu", Activation::kLeakyRelu}};
  std::string names;
  for (const auto& [known, activation] : kKnown) {
    if (name == known) return activation;
    absl::StrAppend(&names, names.empty() ? "" : ", ", known);
  }
  return absl::InvalidArgumentError(absl::StrCat("activation is \"", name, "\"; the known ones are: ", names));
}

}  // namespace ebm
