#include "model/offline/train/run_identity.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "model/core/status_macros.h"
#include "model/io/digest.h"

namespace ebm {
namespace {

template <typename T>
absl::string_view BytesOf(std::span<const T> values) {
  return {reinterpret_cast<const char*>(values.data()), values.size_bytes()};
}

std::string DigestOf(const LabelledData& data) {
  return Sha256Hex(absl::StrCat(BytesOf(data.rows.view().values()), BytesOf(std::span<const int32_t>(data.labels))));
}

// One number if all input columns have the same step. Everything else about columns shows in the encoded rows.
std::string StepsOf(const std::vector<DataColumn>& columns) {
  std::vector<float> steps;
  for (const DataColumn& column : columns) {
    if (column.is_input()) steps.push_back(column.step);
  }
  const bool are_equal = std::ranges::adjacent_find(steps, std::not_equal_to<>()) == steps.end();
  if (are_equal) steps.resize(1);
  return absl::StrJoin(steps, ",");
}

// All columns that have a threshold have the same.
std::optional<float> ThresholdOf(const std::vector<DataColumn>& columns) {
  for (const DataColumn& column : columns) {
    if (column.threshold.has_value()) return column.threshold;
  }
  return std::nullopt;
}

std::string TextOf(const RunIdentity& identity) {
  return absl::StrCat("data_sha256=", identity.data_sha256, "\n",
                      absl::StrJoin(identity.settings, "\n", absl::PairFormatter("=")));
}

absl::StatusOr<std::string> OfRankZero(ProcessGroup& group, std::string text) {
  std::array<uint8_t, sizeof(uint64_t)> length_bytes;
  uint64_t length = text.size();
  std::memcpy(length_bytes.data(), &length, sizeof(length));
  EBM_RETURN_IF_ERROR(group.Broadcast(length_bytes));
  std::memcpy(&length, length_bytes.data(), sizeof(length));
  text.resize(length);
  EBM_RETURN_IF_ERROR(group.Broadcast({reinterpret_cast<uint8_t*>(text.data()), text.size()}));
  return text;
}

}  // namespace

RunIdentity IdentityOf(const RunOptions& options, const TrainingData& data) {
  RunIdentity identity{.data_sha256 = data.sha256, .settings = options.recipe.Describe()};
  identity.settings.erase("max_epochs");
  identity.settings.erase("patience");
  identity.settings["seed"] = absl::StrCat(options.seed);
  identity.settings["data_step"] = StepsOf(data.columns);
  if (const auto threshold = ThresholdOf(data.columns)) {
    identity.settings["binary_threshold"] = absl::StrCat(*threshold);
  }
  identity.settings["input_shape"] = absl::StrJoin(data.input_shape, ",");
  identity.settings["validation_sha256"] = DigestOf(data.validation);
  identity.settings["calibration_sha256"] = DigestOf(data.calibration);
  if (options.epochs_of_budget > 0) identity.settings[kEpochsOfBudget] = absl::StrCat(options.epochs_of_budget);
  const int shards = options.group == nullptr ? options.replay_shards : options.group->size();
  if (shards > 1) identity.settings["replay_shards"] = absl::StrCat(shards);
  if (!options.initial_sha256.empty()) identity.settings["init_from_sha256"] = options.initial_sha256;
  if (data.test.has_value()) identity.settings["test_sha256"] = DigestOf(*data.test);
  return identity;
}

absl::Status CheckSameRun(ProcessGroup& group, const RunIdentity& identity) {
  const std::string own = TextOf(identity);
  EBM_ASSIGN_OR_RETURN(const std::string first, OfRankZero(group, own));
  if (own == first) return absl::OkStatus();
  const std::vector<absl::string_view> lines = absl::StrSplit(own, '\n');
  const std::vector<absl::string_view> theirs = absl::StrSplit(first, '\n');
  const auto [line, other] = std::ranges::mismatch(lines, theirs);
  return absl::FailedPreconditionError(absl::StrCat("this process has ", line == lines.end() ? "fewer settings" : *line,
                                                    ", and rank 0 has ",
                                                    other == theirs.end() ? "fewer settings" : *other));
}

}  // namespace ebm
