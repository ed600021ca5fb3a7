#include "model/repository/layout.h"

#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "model/core/model_name.h"
#include "model/core/status_macros.h"

namespace ebm {
namespace {

namespace fs = std::filesystem;

// The names of the folders in a folder that do not begin with a dot, sorted.
absl::StatusOr<std::vector<std::string>> FoldersIn(const std::string& folder) {
  std::error_code error;
  std::vector<std::string> names;
  for (fs::directory_iterator entry(folder, error); !error && entry != fs::directory_iterator();
       entry.increment(error)) {
    const std::string name = entry->path().filename();
    std::error_code dangling;
    if (!absl::StartsWith(name, ".") && entry->is_directory(dangling)) names.push_back(name);
  }
  if (error) return absl::ErrnoToStatus(error.value(), absl::StrCat("cannot read the folder ", folder));
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace

std::optional<int64_t> ParseVersion(absl::string_view name) {
  constexpr absl::string_view kDigits = "0123456789";
  int64_t number = 0;
  const bool is_plain = !name.empty() && name[0] != '0' && name.find_first_not_of(kDigits) == absl::string_view::npos;
  if (!is_plain || !absl::SimpleAtoi(name, &number)) return std::nullopt;
  return number;
}

absl::Status CheckStoredName(absl::string_view name) {
  EBM_RETURN_IF_ERROR(CheckName("the model's name", name));
  if (!absl::StartsWith(name, ".") && !absl::StrContains(name, "/")) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("the model's name: '", name, "' must not begin with a dot or have a slash"));
}

std::optional<FileIdentity> IdentityOf(const std::string& path) {
  struct stat info {};
  if (stat(path.c_str(), &info) != 0 || !S_ISREG(info.st_mode)) return std::nullopt;
  constexpr int64_t kNanosPerSecond = 1'000'000'000;
  return FileIdentity{.device = info.st_dev,
                      .inode = info.st_ino,
                      .bytes = info.st_size,
                      .modified = info.st_mtim.tv_sec * kNanosPerSecond + info.st_mtim.tv_nsec};
}

absl::StatusOr<StoredModel> ScanModel(const std::string& folder) {
  StoredModel model = {.name = fs::path(folder).filename(), .settings_path = absl::StrCat(folder, "/", kSettingsFile)};
  EBM_ASSIGN_OR_RETURN(const std::vector<std::string> names, FoldersIn(folder));
  for (const std::string& name : names) {
    const std::optional<int64_t> number = ParseVersion(name);
    const std::string path = absl::StrCat(folder, "/", name, "/", kModelFile);
    const std::optional<FileIdentity> file = IdentityOf(path);
    if (number.has_value() && file.has_value()) model.versions.push_back({*number, path, *file});
  }
  std::sort(model.versions.begin(), model.versions.end(),
            [](const auto& a, const auto& b) { return a.number < b.number; });
  model.settings = IdentityOf(model.settings_path);
  return model;
}

absl::StatusOr<StoredModels> ScanRepository(const std::string& folder) {
  StoredModels found;
  EBM_ASSIGN_OR_RETURN(const std::vector<std::string> names, FoldersIn(folder));
  for (const std::string& name : names) {
    absl::Status named = CheckStoredName(name);
    absl::StatusOr<StoredModel> model = named.ok() ? ScanModel(absl::StrCat(folder, "/", name)) : std::move(named);
    if (model.ok()) {
      found.models.push_back(*std::move(model));
    } else {
      found.problems.emplace_back(model.status().message());
    }
  }
  return found;
}

}  // namespace ebm
