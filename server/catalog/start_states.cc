#include "server/catalog/start_states.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "model/base/defensive_base.h"
#include "model/core/status_macros.h"
#include "model/sampler/chain_start.h"

namespace ebm::catalog {

StartStates::StartStates(std::string name, std::vector<float> stored, std::vector<int32_t> classes,
                         const BaseDensity* base, std::vector<int32_t> levels)
    : name_(std::move(name)),
      stored_(std::move(stored)),
      classes_(std::move(classes)),
      base_(base),
      levels_(std::move(levels)) {}

absl::Status StartStates::Check(const ChainSettings& settings) const {
  switch (settings.sampler.start) {
    case ChainStart::kUniform:
      return absl::OkStatus();
    case ChainStart::kBuffer:
      return CheckStored(settings.target_class);
    case ChainStart::kBase:
      return CheckBase();
    case ChainStart::kGiven:
      break;
  }
  return absl::InvalidArgumentError("sampler.start: given, must be a start that the model knows");
}

absl::Status StartStates::CheckStored(int32_t target_class) const {
  if (target_class == kNoClass) {
    if (!classes_.empty()) return absl::OkStatus();
    return absl::FailedPreconditionError(absl::StrCat("model ", name_, " holds no states to start from"));
  }
  if (std::ranges::find(classes_, target_class) != classes_.end()) return absl::OkStatus();
  return absl::FailedPreconditionError(
      absl::StrCat("model ", name_, " holds no states of class ", target_class, " to start from"));
}

absl::Status StartStates::CheckBase() const {
  if (has_base()) return absl::OkStatus();
  return absl::FailedPreconditionError(absl::StrCat("model ", name_, " has no base density to start from"));
}

absl::Status StartStates::Draw(const ChainSettings& first, Matrix states) const {
  EBM_RETURN_IF_ERROR(Check(first));
  if (first.sampler.start == ChainStart::kBase) {
    DrawFromBase(first, states);
  } else if (first.sampler.start == ChainStart::kBuffer) {
    const ConstMatrix stored(stored_.data(), static_cast<int64_t>(classes_.size()), states.cols());
    FillStartFromStates(first.seed, first.chain, first.target_class, stored, classes_, states);
  } else if (!levels_.empty()) {
    FillUniformLevels(first.seed, first.chain, levels_, states);
  } else {
    FillUniformStart(first.seed, first.chain, first.sampler.start_lower, first.sampler.start_upper, states);
  }
  return absl::OkStatus();
}

void StartStates::DrawFromBase(const ChainSettings& first, Matrix states) const {
  if (IsWeighted(first.sampler.kernel)) {
    DefensiveBase(*base_, 0).Draw(first.seed, first.chain, first.target_class, states);
  } else {
    base_->Draw(first.seed, first.chain, first.target_class, states);
  }
}

}  // namespace ebm::catalog
