#include "server/catalog/catalog.h"

#include <algorithm>
#include <string>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace ebm::catalog {
namespace {

using Models = std::vector<std::shared_ptr<RunningModel>>;

std::string Describe(const Models& models) {
  if (models.empty()) return "no model";
  return absl::StrJoin(models, ", ", [](std::string* out, const std::shared_ptr<RunningModel>& model) {
    absl::StrAppend(out, model->info().name, " version ", model->info().version);
  });
}

// A caller's text, escaped and cut so that it fits into an error message.
std::string Quotable(absl::string_view text) {
  constexpr size_t kLongest = 64;
  return absl::CHexEscape(text.substr(0, kLongest)) + (text.size() > kLongest ? "..." : "");
}

bool HasSeveralNames(const Models& models) {
  return !models.empty() && models.front()->info().name != models.back()->info().name;
}

}  // namespace

void Catalog::Add(std::shared_ptr<RunningModel> model) {
  absl::MutexLock lock(&mu_);
  const auto place = std::upper_bound(models_.begin(), models_.end(), model,
                                      [](const auto& a, const auto& b) { return a->info().name < b->info().name; });
  models_.insert(place, std::move(model));
}

absl::StatusOr<std::shared_ptr<RunningModel>> Catalog::Find(absl::string_view name, absl::string_view version) const {
  const Models models = List();
  if (name.empty() && HasSeveralNames(models)) {
    return absl::InvalidArgumentError(absl::StrCat("model.name: must be set; this server has ", Describe(models)));
  }
  const auto found = std::find_if(models.rbegin(), models.rend(), [&](const auto& model) {
    return (name.empty() || model->info().name == name) && (version.empty() || model->info().version == version);
  });
  if (found == models.rend()) {
    return absl::NotFoundError(absl::StrCat("model: name '", Quotable(name), "' version '", Quotable(version),
                                            "' not found; this server has ", Describe(models)));
  }
  return *found;
}

Models Catalog::List() const {
  absl::MutexLock lock(&mu_);
  return models_;
}

}  // namespace ebm::catalog
