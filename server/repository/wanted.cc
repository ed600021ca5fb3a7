#include "server/repository/wanted.h"

#include <algorithm>
#include <iterator>
#include <string>
#include <variant>

namespace ebm::repository {
namespace {

Versions Without(const Versions& versions, const Versions& others) {
  Versions rest;
  std::set_difference(versions.begin(), versions.end(), others.begin(), others.end(), std::inserter(rest, rest.end()));
  return rest;
}

Versions Newest(const Versions& versions, int64_t count) {
  const auto first = std::prev(versions.end(), std::min(count, std::ssize(versions)));
  return {first, versions.end()};
}

Versions ByPolicy(const VersionPolicy& policy, const VersionSets& versions) {
  if (const auto* const specific = std::get_if<SpecificVersions>(&policy)) return specific->versions;
  const Versions usable = Without(versions.on_disk, versions.failed);
  if (usable.empty()) return versions.loaded;
  const auto* const latest = std::get_if<LatestVersions>(&policy);
  return latest == nullptr ? usable : Newest(usable, latest->count);
}

}  // namespace

VersionLabels LabelsInEffect(const VersionLabels& settings, const VersionLabels& in_effect, const Versions& loaded) {
  VersionLabels labels;
  for (const auto& [label, version] : settings) {
    const auto before = in_effect.find(label);
    if (loaded.contains(version)) {
      labels.emplace(label, version);
    } else if (before != in_effect.end() && loaded.contains(before->second)) {
      labels.emplace(label, before->second);
    }
  }
  return labels;
}

Versions Chosen(const ModelSettings& settings, const VersionLabels& in_effect, const VersionSets& versions) {
  Versions chosen = ByPolicy(settings.policy, versions);
  const Versions usable = Without(versions.on_disk, versions.failed);
  for (const auto& [label, version] : settings.labels) {
    if (usable.contains(version)) chosen.insert(version);
  }
  for (const auto& [label, version] : LabelsInEffect(settings.labels, in_effect, versions.loaded)) {
    chosen.insert(version);
  }
  return chosen;
}

Plan PlanFor(const Versions& wanted, const VersionSets& versions) {
  const Versions missing = Without(wanted, versions.loaded);
  const Versions usable = Without(versions.on_disk, versions.failed);
  Plan plan;
  std::set_intersection(missing.begin(), missing.end(), usable.begin(), usable.end(),
                        std::inserter(plan.load, plan.load.end()));
  if (missing.empty()) plan.retire = Without(versions.loaded, wanted);
  return plan;
}

}  // namespace ebm::repository
