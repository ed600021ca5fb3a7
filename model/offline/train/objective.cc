#include "model/offline/train/objective.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace ebm {
namespace {

constexpr std::pair<Objective, const char*> kNames[] = {{Objective::kPersistentChains, "pcd"},
                                                        {Objective::kDataChains, "cd"},
                                                        {Objective::kPseudoLikelihood, "pseudo_likelihood"},
                                                        {Objective::kProbabilityFlow, "probability_flow"}};

}  // namespace

const char* NameOf(Objective objective) {
  for (const auto& [known, name] : kNames) {
    if (known == objective) return name;
  }
  return "unknown";
}

absl::StatusOr<Objective> FindObjective(const std::string& name) {
  for (const auto& [objective, known] : kNames) {
    if (known == name) return objective;
  }
  const auto append_name = [](std::string* text, const auto& one) { text->append(one.second); };
  return absl::InvalidArgumentError(
      absl::StrCat("objective is \"", name, "\"; the known ones are: ", absl::StrJoin(kNames, ", ", append_name)));
}

}  // namespace ebm
