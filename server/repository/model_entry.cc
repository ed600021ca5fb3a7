#include "server/repository/model_entry.h"

#include <algorithm>
#include <variant>

#include "absl/strings/str_cat.h"

namespace ebm::repository {

using catalog::VersionState;
using catalog::VersionStatus;

void ModelEntry::Update(StoredModel stored, const absl::StatusOr<ModelSettings>& settings) {
  stored_ = std::move(stored);
  std::erase_if(states_, [this](const auto& state) {
    return state.second.state == VersionState::kFailed && !IsOnDisk(state.first);
  });
  if (settings.ok()) settings_ = *settings;
  settings_problem_ = std::string(settings.status().message());
}

std::optional<int64_t> ModelEntry::AskForChosen() {
  std::erase_if(states_, [](const auto& state) { return state.second.state == VersionState::kFailed; });
  asked_for_chosen_ = true;
  if (settings_.has_value()) asked_ = Chosen(*settings_, {}, Sets());
  for (auto version = asked_->rbegin(); version != asked_->rend(); ++version) {
    if (IsOnDisk(*version) || IsLoaded(*version)) return *version;
  }
  return std::nullopt;
}

void ModelEntry::AskFor(int64_t version) {
  const auto state = states_.find(version);
  if (state != states_.end() && state->second.state == VersionState::kFailed) states_.erase(state);
  asked_for_chosen_ = false;
  asked_->insert(version);
}

Versions ModelEntry::Forget(std::optional<int64_t> version) {
  Versions forgotten;
  for (const int64_t loaded : Sets().loaded) {
    if (version.value_or(loaded) == loaded) forgotten.insert(loaded);
  }
  for (const int64_t number : forgotten) states_.erase(number);
  if (version.has_value()) asked_->erase(*version);
  if (!version.has_value()) asked_->clear();
  return forgotten;
}

VersionSets ModelEntry::Sets() const {
  VersionSets sets;
  for (const StoredVersion& version : stored_.versions) {
    sets.on_disk.insert(version.number);
    const auto state = states_.find(version.number);
    if (state == states_.end() || state->second.state != VersionState::kFailed) continue;
    if (state->second.file == version.file) sets.failed.insert(version.number);
  }
  for (const auto& [number, state] : states_) {
    if (state.state == VersionState::kReady) sets.loaded.insert(number);
  }
  return sets;
}

Versions ModelEntry::Wanted(const VersionSets& sets) const {
  if (!settings_.has_value()) return asked_.value_or(sets.loaded);
  if (!asked_.has_value()) return Chosen(*settings_, labels_, sets);
  Versions wanted = *asked_;
  if (!asked_for_chosen_) return wanted;
  // Until a label has moved to its new version, it holds the one before.
  for (const auto& [label, version] : LabelsInEffect(settings_->labels, labels_, sets.loaded)) wanted.insert(version);
  return wanted;
}

Step ModelEntry::Advance() {
  const VersionSets sets = Sets();
  const Plan plan = PlanFor(Wanted(sets), sets);
  Step step = {.retire = plan.retire};
  for (const int64_t number : plan.load) {
    if (!settings_.has_value() || IsLoading(number)) continue;
    const StoredVersion& version = *Find(number);
    states_[number] = {.state = VersionState::kLoading, .file = version.file};
    step.load.push_back({.name = name_, .version = version, .settings = *settings_});
  }
  for (const int64_t number : plan.retire) states_.erase(number);
  VersionLabels labels;
  if (settings_.has_value()) labels = LabelsInEffect(settings_->labels, labels_, Sets().loaded);
  if (labels != labels_) step.labels = labels;
  labels_ = std::move(labels);
  return step;
}

// A version that was asked for and cannot be loaded is given up; what is loaded stays.
std::vector<LoadDone> ModelEntry::EndLoad(int64_t version, const absl::Status& status) {
  State& state = states_[version];
  state.state = status.ok() ? VersionState::kReady : VersionState::kFailed;
  state.reason = std::string(status.message());
  std::vector<LoadDone> waiting = std::exchange(state.waiting, {});
  if (status.ok() || !asked_.has_value()) return waiting;
  const VersionSets sets = Sets();
  asked_->erase(version);
  asked_->insert(sets.loaded.begin(), sets.loaded.end());
  if (asked_->empty() && asked_for_chosen_) asked_ = Chosen(*settings_, labels_, sets);
  return waiting;
}

std::vector<LoadDone> ModelEntry::TakeWaiting() {
  std::vector<LoadDone> all;
  for (auto& [number, state] : states_) {
    for (LoadDone& done : std::exchange(state.waiting, {})) all.push_back(std::move(done));
  }
  return all;
}

const StoredVersion* ModelEntry::Find(int64_t version) const {
  const auto found = std::find_if(stored_.versions.begin(), stored_.versions.end(),
                                  [version](const StoredVersion& stored) { return stored.number == version; });
  return found == stored_.versions.end() ? nullptr : &*found;
}

bool ModelEntry::IsLoading(int64_t version) const {
  const auto state = states_.find(version);
  return state != states_.end() && state->second.state == VersionState::kLoading;
}

bool ModelEntry::IsLoaded(int64_t version) const { return Sets().loaded.contains(version); }

bool ModelEntry::IsMissing() const {
  const bool should_be_served = !asked_.has_value() || asked_for_chosen_;
  if (!should_be_served || stored_.versions.empty() || !Sets().loaded.empty()) return false;
  const auto* const specific = settings_.has_value() ? std::get_if<SpecificVersions>(&settings_->policy) : nullptr;
  return specific == nullptr || !specific->versions.empty();
}

std::vector<std::string> ModelEntry::LabelsOf(int64_t version) const {
  std::vector<std::string> labels;
  for (const auto& [label, number] : labels_) {
    if (number == version) labels.push_back(label);
  }
  return labels;
}

VersionStatus ModelEntry::StatusOf(int64_t version) const {
  VersionStatus status = {.name = name_, .version = absl::StrCat(version), .labels = LabelsOf(version)};
  if (const auto state = states_.find(version); state != states_.end()) {
    status.state = state->second.state;
    status.reason = state->second.reason;
  } else if (!settings_.has_value()) {
    status.state = VersionState::kFailed;
  }
  if (status.reason.empty()) status.reason = settings_problem_;
  return status;
}

std::vector<VersionStatus> ModelEntry::Index() const {
  Versions versions = Sets().on_disk;
  for (const auto& [number, state] : states_) versions.insert(number);
  std::vector<VersionStatus> index;
  for (const int64_t version : versions) index.push_back(StatusOf(version));
  return index;
}

}  // namespace ebm::repository
