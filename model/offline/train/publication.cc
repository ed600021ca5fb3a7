#include "model/offline/train/publication.h"

#include <cmath>
#include <filesystem>
#include <system_error>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "model/core/status_macros.h"
#include "model/io/file_bytes.h"
#include "model/repository/layout.h"
#include "model/repository/publish.h"

namespace ebm {
namespace {

namespace fs = std::filesystem;

constexpr char kTrainingFolder[] = ".training";
constexpr double kOneSided = 1.645;  // the 95 % point of the normal distribution

std::string SettingOf(const Checkpoint& checkpoint, const char* name) {
  const auto setting = checkpoint.provenance.settings.find(name);
  return setting == checkpoint.provenance.settings.end() ? "" : setting->second;
}

struct ValidationError {
  double error = 0;
  int64_t rows = 0;

  double variance() const { return error * (1 - error) / static_cast<double>(rows); }
};

std::optional<ValidationError> ValidationErrorOf(const Checkpoint& checkpoint) {
  const auto error = checkpoint.evaluation.find("validation_error");
  int64_t rows = 0;
  if (error == checkpoint.evaluation.end()) return std::nullopt;
  if (!absl::SimpleAtoi(SettingOf(checkpoint, kValidationRows), &rows) || rows < 1) return std::nullopt;
  return ValidationError{error->second, rows};
}

// Empty if there is no served model, or if it cannot be read, which is no reason against another one.
absl::StatusOr<std::optional<Checkpoint>> ReadServed(const std::string& folder, std::ostream& log) {
  EBM_ASSIGN_OR_RETURN(const std::optional<StoredVersion> version, DefaultVersion(folder));
  if (!version.has_value()) return std::optional<Checkpoint>();
  absl::StatusOr<Checkpoint> served = ReadCheckpoint(version->path);
  if (served.ok()) return std::optional<Checkpoint>(*std::move(served));
  log << "not compared with the served version: " << served.status().message() << "\n";
  return std::optional<Checkpoint>();
}

absl::Status CheckNotWorse(const Publication& publication, const Checkpoint& candidate, const std::string& path,
                           std::ostream& log) {
  EBM_ASSIGN_OR_RETURN(const std::optional<Checkpoint> served, ReadServed(publication.folder, log));
  if (!served.has_value()) return absl::OkStatus();
  const Comparison comparison = CompareWithServed(candidate, *served);
  if (comparison.verdict != Verdict::kWorse || publication.when_worse == WhenWorse::kPublish) {
    log << comparison.text << "\n";
    return absl::OkStatus();
  }
  return absl::FailedPreconditionError(
      absl::StrCat("not published: ", comparison.text, "; the model is in ", path, ", and --force publishes it"));
}

}  // namespace

absl::StatusOr<std::string> PrepareOutput(const Publication& publication, const std::string& output) {
  if (publication.folder.empty()) {
    if (output.empty()) return absl::InvalidArgumentError("--output or --publish is required");
    return output;
  }
  EBM_RETURN_IF_ERROR(PrepareModelFolder(publication.folder));
  if (!output.empty()) return output;
  const std::string folder = absl::StrCat(publication.folder, "/", kTrainingFolder);
  std::error_code error;
  fs::create_directory(folder, error);
  if (error) return absl::ErrnoToStatus(error.value(), absl::StrCat("cannot create ", folder));
  return absl::StrCat(folder, "/", kModelFile);
}

Comparison CompareWithServed(const Checkpoint& candidate, const Checkpoint& served) {
  const auto unknown = [](absl::string_view why) {
    return Comparison{Verdict::kUnknown, absl::StrCat("not compared with the served version: ", why)};
  };
  if (candidate.provenance.data_sha256 != served.provenance.data_sha256) {
    return unknown("it was trained on other data");
  }
  if (SettingOf(candidate, kValidationData) != SettingOf(served, kValidationData)) {
    return unknown("it was validated on other data");
  }
  const std::optional<ValidationError> mine = ValidationErrorOf(candidate);
  const std::optional<ValidationError> other = ValidationErrorOf(served);
  if (!mine.has_value()) return unknown("the model has no validation error");
  if (!other.has_value()) return unknown("its file does not tell the validation error or the number of rows");
  const double chance = kOneSided * std::sqrt(mine->variance() + other->variance());
  const bool is_worse = mine->error - other->error > chance;
  return {is_worse ? Verdict::kWorse : Verdict::kNotWorse,
          absl::StrFormat("validation error %.2f %% on %d rows, of the served version %.2f %% on %d rows; chance "
                          "explains a difference of %.2f %%",
                          100 * mine->error, mine->rows, 100 * other->error, other->rows, 100 * chance)};
}

absl::Status Publish(const Publication& publication, const std::string& checkpoint, std::ostream& log) {
  EBM_ASSIGN_OR_RETURN(const std::string bytes, ReadFileBytes(checkpoint));
  EBM_ASSIGN_OR_RETURN(const Checkpoint candidate, ParseCheckpoint(bytes));
  EBM_RETURN_IF_ERROR(CheckNotWorse(publication, candidate, checkpoint, log));
  EBM_ASSIGN_OR_RETURN(const StoredVersion version, PublishVersion(publication.folder, bytes));
  log << "published version " << version.number << ": " << version.path << "\n";
  const fs::path training = fs::path(publication.folder) / kTrainingFolder;
  std::error_code ignored;
  if (fs::path(checkpoint).parent_path() == training) fs::remove_all(training, ignored);
  if (!publication.keep_versions.has_value()) return absl::OkStatus();
  EBM_ASSIGN_OR_RETURN(const Removal removal, RemoveOldVersions(publication.folder, *publication.keep_versions));
  for (const int64_t removed : removal.removed) log << "removed version " << removed << "\n";
  for (const std::string& kept : removal.kept) log << kept << "\n";
  return absl::OkStatus();
}

}  // namespace ebm
