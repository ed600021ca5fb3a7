#include "server/catalog/catalog.h"

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "model/core/model_name.h"

namespace ebm::catalog {
namespace {

using Models = std::vector<std::shared_ptr<RunningModel>>;

std::string Describe(const Models& models) {
  if (models.empty()) return "no model";
  return absl::StrJoin(models, ", ", [](std::string* out, const std::shared_ptr<RunningModel>& model) {
    absl::StrAppend(out, model->info().name, " version ", model->info().version);
  });
}

std::string Describe(const Catalog::Labels& labels) {
  if (labels.empty()) return "no labels";
  return absl::StrCat("the labels ", absl::StrJoin(labels, ", ", [](std::string* out, const auto& label) {
                        absl::StrAppend(out, label.first, " (version ", label.second, ")");
                      }));
}

// A caller's text, escaped and cut so that it fits into an error message.
std::string Quotable(absl::string_view text) {
  constexpr size_t kLongest = 64;
  return absl::CHexEscape(text.substr(0, kLongest)) + (text.size() > kLongest ? "..." : "");
}

// Versions that are not numbers come first.
int64_t NumberOf(const inference::ModelInfo& model) {
  int64_t number = 0;
  return absl::SimpleAtoi(model.version, &number) ? number : 0;
}

// By name, then by number.
bool IsBefore(const std::shared_ptr<RunningModel>& a, const std::shared_ptr<RunningModel>& b) {
  if (a->info().name != b->info().name) return a->info().name < b->info().name;
  return NumberOf(a->info()) < NumberOf(b->info());
}

bool HasSeveralNames(const Models& models) {
  return !models.empty() && models.front()->info().name != models.back()->info().name;
}

}  // namespace

absl::Status Catalog::CheckNew(const RunningModel& model) const {
  if (draining_) return absl::UnavailableError("the server is draining and takes no new models");
  const std::string& name = model.info().name;
  const std::string& version = model.info().version;
  for (const ModelPtr& present : models_) {
    if (present->info().name != name || present->info().version != version) continue;
    return absl::AlreadyExistsError(absl::StrCat("model ", name, " version ", version, " is being served already"));
  }
  return absl::OkStatus();
}

void Catalog::Insert(ModelPtr model) {
  const auto place = std::upper_bound(models_.begin(), models_.end(), model, IsBefore);
  models_.insert(place, std::move(model));
}

void Catalog::Retire(const ModelPtr& model) {
  retired_.push_back(model);
  std::erase(models_, model);
}

Catalog::ModelPtr Catalog::Look(absl::string_view name, absl::string_view version) const {
  for (auto model = models_.rbegin(); model != models_.rend(); ++model) {
    const inference::ModelInfo& info = (*model)->info();
    if (info.name == name && (version.empty() || info.version == version)) return *model;
  }
  return nullptr;
}

absl::Status Catalog::NotFound(absl::string_view name, absl::string_view version) const {
  return absl::NotFoundError(absl::StrCat("model: name '", Quotable(name), "' version '", Quotable(version),
                                          "' not found; this server has ", Describe(models_)));
}

absl::Status Catalog::Add(ModelPtr model) {
  absl::MutexLock lock(&mu_);
  if (absl::Status status = CheckNew(*model); !status.ok()) return status;
  Insert(std::move(model));
  return absl::OkStatus();
}

absl::Status Catalog::SetLabels(absl::string_view name, Labels labels) {
  absl::MutexLock lock(&mu_);
  for (const auto& [label, version] : labels) {
    if (version.empty() || Look(name, version) == nullptr) return NotFound(name, version);
  }
  labels_.insert_or_assign(std::string(name), std::move(labels));
  return absl::OkStatus();
}

absl::Status Catalog::Remove(absl::string_view name, absl::string_view version) {
  absl::MutexLock lock(&mu_);
  const ModelPtr model = name.empty() || version.empty() ? nullptr : Look(name, version);
  if (model == nullptr) return NotFound(name, version);
  if (const auto labels = labels_.find(name); labels != labels_.end()) {
    std::erase_if(labels->second, [version](const auto& label) { return label.second == version; });
  }
  Retire(model);
  return absl::OkStatus();
}

absl::StatusOr<Catalog::ModelPtr> Catalog::FindLabelled(absl::string_view name, absl::string_view label) const {
  const auto labels = labels_.find(name);
  const Labels& known = labels == labels_.end() ? Labels() : labels->second;
  if (const auto found = known.find(label); found != known.end()) return Look(name, found->second);
  if (Look(name, "") == nullptr) return NotFound(name, "");
  return absl::NotFoundError(absl::StrCat("model: name '", Quotable(name), "' label '", Quotable(label),
                                          "' not found; this model has ", Describe(known)));
}

absl::StatusOr<Catalog::ModelPtr> Catalog::Find(absl::string_view name, absl::string_view version,
                                                absl::string_view label) const {
  if (!version.empty() && !label.empty()) {
    return absl::InvalidArgumentError(absl::StrCat(
        "model.label: '", Quotable(label), "' must not be set beside model.version, '", Quotable(version), "'"));
  }
  absl::MutexLock lock(&mu_);
  if (name.empty() && HasSeveralNames(models_)) {
    return absl::InvalidArgumentError(absl::StrCat("model.name: must be set; this server has ", Describe(models_)));
  }
  if (name.empty() && !models_.empty()) name = models_.front()->info().name;
  if (!label.empty()) return FindLabelled(name, label);
  if (version.empty()) {
    if (absl::StatusOr<ModelPtr> stable = FindLabelled(name, kStableLabel); stable.ok()) return stable;
  }
  ModelPtr found = Look(name, version);
  if (found == nullptr) return NotFound(name, version);
  return found;
}

Models Catalog::List() const {
  absl::MutexLock lock(&mu_);
  return models_;
}

Models Catalog::All() const {
  Models all = models_;
  all.insert(all.end(), retired_.begin(), retired_.end());
  return all;
}

Models Catalog::ListAll() const {
  absl::MutexLock lock(&mu_);
  return All();
}

// A retired model cannot be found any more, so once nobody else holds it nobody ever will.
size_t Catalog::DestroyRetired() {
  Models ended;
  size_t remaining = 0;
  {
    absl::MutexLock lock(&mu_);
    const auto first_ended = std::partition(retired_.begin(), retired_.end(), [](const ModelPtr& model) {
      return model.use_count() > 1 || !model->scheduler().Idle();
    });
    ended.assign(std::make_move_iterator(first_ended), std::make_move_iterator(retired_.end()));
    retired_.erase(first_ended, retired_.end());
    remaining = retired_.size();
  }
  return remaining;  // `ended` is destroyed without the lock
}

void Catalog::Drain(batching::SteadyTime until, const absl::Status& why) {
  Models all;
  {
    absl::MutexLock lock(&mu_);
    draining_ = true;
    all = All();
  }
  for (const ModelPtr& model : all) model->scheduler().StopAdmission();
  for (const ModelPtr& model : all) {
    model->scheduler().WaitUntilIdle(until);
    model->scheduler().Stop(why);
  }
}

}  // namespace ebm::catalog
