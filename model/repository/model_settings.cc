#include "model/repository/model_settings.h"

#include <limits>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "ebm/config/v1/model_settings.pb.h"
#include "google/protobuf/message.h"
#include "model/core/model_name.h"
#include "model/core/status_macros.h"
#include "model/io/file_bytes.h"
#include "proto/text/text_file.h"

namespace ebm {
namespace {

// More than any hand-written file has.
constexpr size_t kMaxBytes = size_t{1} << 20;

// Checks the values of a parsed file, and collects all mistakes.
class SettingsReader {
 public:
  SettingsReader(const config::v1::ModelSettings& message, const TextPlaces& places)
      : message_(message), places_(places) {}

  absl::StatusOr<ModelSettings> Read() {
    ModelSettings settings = {.policy = Policy(), .labels = Labels(), .precision = PrecisionOf()};
    settings.max_rows = Limit("max_rows", message_.limits().has_max_rows(), message_.limits().max_rows());
    settings.max_chains = Limit("max_chains", message_.limits().has_max_chains(), message_.limits().max_chains());
    settings.max_steps = Limit("max_steps", message_.limits().has_max_steps(), message_.limits().max_steps());
    settings.max_chain_steps =
        Limit("max_chain_steps", message_.limits().has_max_chain_steps(), message_.limits().max_chain_steps());
    if (mistakes_.empty()) return settings;
    return absl::InvalidArgumentError(absl::StrJoin(mistakes_, "\n"));
  }

 private:
  template <typename... Parts>
  void Mistake(const std::string& place, const Parts&... parts) {
    mistakes_.push_back(absl::StrCat(place, ": ", parts...));
  }

  VersionPolicy Policy() {
    if (message_.has_all()) return AllVersions();
    if (message_.has_specific()) return Specific();
    if (!message_.latest().has_count()) return LatestVersions();
    const int64_t count = message_.latest().count();
    if (count < 1) Mistake(places_.OfInner("latest", "count"), "latest.count: ", count, ", must be at least 1");
    return LatestVersions{count};
  }

  SpecificVersions Specific() {
    SpecificVersions policy;
    for (int i = 0; i < message_.specific().versions_size(); ++i) {
      const int64_t version = message_.specific().versions(i);
      if (version < 1) {
        Mistake(places_.OfInner("specific", "versions", i), "specific.versions: ", version, ", must be at least 1");
      }
      policy.versions.insert(version);
    }
    return policy;
  }

  // As a list, the entries are in the order of the text, also those of the same label.
  VersionLabels Labels() {
    VersionLabels labels;
    const google::protobuf::Reflection& reflection = *message_.GetReflection();
    const auto* const field = message_.GetDescriptor()->FindFieldByName("labels");
    for (int i = 0; i < reflection.FieldSize(message_, field); ++i) {
      const google::protobuf::Message& entry = reflection.GetRepeatedMessage(message_, field, i);
      const google::protobuf::Descriptor& type = *field->message_type();
      const std::string label = entry.GetReflection()->GetString(entry, type.map_key());
      const int64_t version = entry.GetReflection()->GetInt64(entry, type.map_value());
      AddLabel(places_.Of("labels", i), label, version, labels);
    }
    return labels;
  }

  void AddLabel(const std::string& place, const std::string& label, int64_t version, VersionLabels& labels) {
    if (const absl::Status status = CheckName("labels.key", label); !status.ok()) Mistake(place, status.message());
    if (version < 1) Mistake(place, "labels.value: '", label, "' has version ", version, ", must be at least 1");
    if (!labels.emplace(label, version).second) Mistake(place, "labels.key: '", label, "' is given twice");
  }

  std::optional<Precision> PrecisionOf() {
    const std::string& name = message_.precision();
    if (name.empty()) return std::nullopt;
    if (name == "f32") return Precision::kF32;
    if (name == "bf16") return Precision::kBf16;
    Mistake(places_.Of("precision"), "precision: '", name, "', must be f32 or bf16");
    return std::nullopt;
  }

  std::optional<int64_t> Limit(absl::string_view field, bool is_set, int64_t value) {
    constexpr int64_t kMost = std::numeric_limits<int32_t>::max();
    if (!is_set) return std::nullopt;
    if (value < 1 || value > kMost) {
      Mistake(places_.OfInner("limits", field), "limits.", field, ": ", value, ", must be 1 to ", kMost);
    }
    return value;
  }

  const config::v1::ModelSettings& message_;
  const TextPlaces& places_;
  std::vector<std::string> mistakes_;
};

}  // namespace

absl::StatusOr<ModelSettings> ParseModelSettings(const std::string& file, const std::string& text) {
  config::v1::ModelSettings message;
  TextPlaces places;
  EBM_RETURN_IF_ERROR(ParseText(file, text, &message, &places));
  return SettingsReader(message, places).Read();
}

absl::StatusOr<ModelSettings> ReadModelSettings(const std::string& path) {
  const absl::StatusOr<std::string> text = ReadFileBytes(path, kMaxBytes);
  if (absl::IsNotFound(text.status())) return ModelSettings();
  EBM_RETURN_IF_ERROR(text.status());
  return ParseModelSettings(path, *text);
}

}  // namespace ebm
