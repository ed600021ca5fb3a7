// Which versions of a model are to be loaded, which to be retired, and what its labels mean: rules without state.
//
//   chosen    what the version policy and the labels say. `latest` counts only versions that can be loaded, so that a
//             broken one does not take the place of one that works, also after a restart.
//   load      what is wanted, on disk, and neither loaded nor known to be unusable
//   retire    what is loaded and not wanted, once all that is wanted is loaded: a load that is slow or fails takes
//             nothing away
//   labels    a label moves to its new version when that is loaded; until then, it keeps the old one
//
// Threads: free functions, reentrant.

#ifndef EBM_SERVER_REPOSITORY_WANTED_H_
#define EBM_SERVER_REPOSITORY_WANTED_H_

#include <cstdint>
#include <set>

#include "model/repository/model_settings.h"

namespace ebm::repository {

using Versions = std::set<int64_t>;

// The versions of one model.
struct VersionSets {
  Versions on_disk;
  Versions failed;  // of these: could not be loaded, and the file has not changed since
  Versions loaded;
};

// in_effect: the labels as requests see them now.
VersionLabels LabelsInEffect(const VersionLabels& settings, const VersionLabels& in_effect, const Versions& loaded);

// What is loaded already, if the policy finds nothing to choose from.
Versions Chosen(const ModelSettings& settings, const VersionLabels& in_effect, const VersionSets& versions);

struct Plan {
  Versions load;
  Versions retire;

  friend bool operator==(const Plan&, const Plan&) = default;
};

Plan PlanFor(const Versions& wanted, const VersionSets& versions);

}  // namespace ebm::repository

#endif  // EBM_SERVER_REPOSITORY_WANTED_H_
