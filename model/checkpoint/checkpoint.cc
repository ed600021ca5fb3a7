#include "model/checkpoint/checkpoint.h"

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <iterator>
#include <span>
#include <system_error>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "model/checkpoint/checkpoint_check.h"
#include "model/checkpoint/checkpoint_fields.h"
#include "model/checkpoint/columns_section.h"
#include "model/checkpoint/content_digest.h"
#include "model/checkpoint/safetensors.h"
#include "model/checkpoint/sampler_section.h"
#include "model/core/status_macros.h"
#include "model/io/atomic_file.h"
#include "model/io/file_bytes.h"
#include "model/io/json_fields.h"

namespace ebm {
namespace {

constexpr int64_t kFormatVersion = 2;
constexpr int64_t kVersionWithoutColumns = 1;  // of files without a columns section, so that old readers take them

// Keys of the file's metadata.
constexpr char kVersionKey[] = "format_version";
constexpr char kModelKey[] = "model";
constexpr char kSamplerKey[] = "sampler";
constexpr char kProvenanceKey[] = "provenance";
constexpr char kEvaluationKey[] = "evaluation";
constexpr char kPartitionKey[] = "partition";      // may be absent
constexpr char kCalibrationKey[] = "calibration";  // may be absent
constexpr char kColumnsKey[] = "columns";          // may be absent; from version 2
constexpr const char* kMetadataKeys[] = {kVersionKey,    kModelKey,     kSamplerKey,     kProvenanceKey,
                                         kEvaluationKey, kPartitionKey, kCalibrationKey, kColumnsKey};

using Metadata = std::map<std::string, std::string>;

// Another tool may have added a key that only a later version knows.
bool HasColumns(const Metadata& metadata) {
  return metadata.count(kColumnsKey) > 0 && metadata.at(kVersionKey) != absl::StrCat(kVersionWithoutColumns);
}

std::span<const char* const> DigestedKeys(const Metadata& metadata) {
  const std::span<const char* const> all = kMetadataKeys;
  return HasColumns(metadata) ? all : all.first(all.size() - 1);
}

absl::StatusOr<std::string> Section(const Metadata& metadata, const std::string& key) {
  const auto section = metadata.find(key);
  if (section == metadata.end()) return absl::InvalidArgumentError(absl::StrCat("the metadata has no '", key, "'"));
  return section->second;
}

absl::Status CheckVersion(const Metadata& metadata) {
  EBM_ASSIGN_OR_RETURN(const std::string text, Section(metadata, kVersionKey));
  int64_t version = 0;
  if (!absl::SimpleAtoi(text, &version) || version < 1) {
    return absl::InvalidArgumentError(absl::StrCat(kVersionKey, ": '", text, "' is not a whole number from 1"));
  }
  if (version > kFormatVersion) {
    return absl::InvalidArgumentError(absl::StrCat(kVersionKey, ": ", version, " is newer than ", kFormatVersion,
                                                   ", the newest version that this program reads"));
  }
  return absl::OkStatus();
}

template <typename Struct>
absl::Status ReadSection(const Metadata& metadata, const char* key, Struct& value) {
  EBM_ASSIGN_OR_RETURN(const std::string text, Section(metadata, key));
  return ParseSection(text, key, value);
}

absl::Status ReadEvaluation(const Metadata& metadata, std::map<std::string, double>& evaluation) {
  EBM_ASSIGN_OR_RETURN(const std::string text, Section(metadata, kEvaluationKey));
  EBM_ASSIGN_OR_RETURN(const nlohmann::json json, ParseJson(text, kEvaluationKey));
  if (FromJson(json, evaluation)) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(kEvaluationKey, " is not a map of numbers"));
}

absl::Status ReadColumns(const Metadata& metadata, std::vector<DataColumn>& columns) {
  if (!HasColumns(metadata)) return absl::OkStatus();
  EBM_ASSIGN_OR_RETURN(columns, ReadColumnsSection(metadata.at(kColumnsKey), kColumnsKey));
  if (!ArePlain(columns)) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat(kColumnsKey, ": one column without a name or kind; its numbers belong into '", kModelKey, "'"));
}

absl::Status ReadMetadata(const Metadata& metadata, Checkpoint& checkpoint) {
  EBM_RETURN_IF_ERROR(ReadColumns(metadata, checkpoint.spec.columns));
  EBM_RETURN_IF_ERROR(ReadSection(metadata, kModelKey, checkpoint.spec));
  EBM_ASSIGN_OR_RETURN(const std::string sampler, Section(metadata, kSamplerKey));
  EBM_ASSIGN_OR_RETURN(checkpoint.sampler, ReadSamplerSection(sampler, kSamplerKey));
  EBM_RETURN_IF_ERROR(ReadSection(metadata, kProvenanceKey, checkpoint.provenance));
  if (metadata.count(kCalibrationKey) > 0) {
    EBM_RETURN_IF_ERROR(ReadSection(metadata, kCalibrationKey, checkpoint.calibration.emplace()));
  }
  if (metadata.count(kPartitionKey) > 0) {
    EBM_RETURN_IF_ERROR(ReadSection(metadata, kPartitionKey, checkpoint.partition.emplace()));
  }
  return ReadEvaluation(metadata, checkpoint.evaluation);
}

Metadata MetadataOf(const Checkpoint& checkpoint) {
  const bool has_columns = !ArePlain(checkpoint.spec.columns);
  Metadata metadata = {{kVersionKey, absl::StrCat(has_columns ? kFormatVersion : kVersionWithoutColumns)},
                       {kModelKey, SectionText(checkpoint.spec)},
                       {kSamplerKey, WriteSamplerSection(checkpoint.sampler)},
                       {kProvenanceKey, SectionText(checkpoint.provenance)},
                       {kEvaluationKey, DumpJson(checkpoint.evaluation)}};
  if (has_columns) metadata[kColumnsKey] = WriteColumnsSection(checkpoint.spec.columns);
  if (checkpoint.calibration) metadata[kCalibrationKey] = SectionText(*checkpoint.calibration);
  if (checkpoint.partition) metadata[kPartitionKey] = SectionText(*checkpoint.partition);
  return metadata;
}

// A list of numbers or, if a width is given, of rows of `width` numbers.
template <typename T>
absl::Status ReadList(const RawTensor& tensor, std::optional<int64_t> width, std::vector<T>& values) {
  const size_t rank = width ? 2 : 1;
  if (tensor.shape.size() != rank || (width && tensor.shape[1] != *width)) {
    return absl::InvalidArgumentError(
        absl::StrCat("tensor '", tensor.name, "': its shape is not [n", width ? absl::StrCat(", ", *width) : "", "]"));
  }
  EBM_ASSIGN_OR_RETURN(values, ValuesOf<T>(tensor));
  return absl::OkStatus();
}

absl::Status ReadTensor(const RawTensor& tensor, Checkpoint& checkpoint) {
  if (tensor.name == kLogDensityQuantiles) return ReadList(tensor, std::nullopt, checkpoint.log_density_quantiles);
  if (tensor.name == kCalibrationScores) return ReadList(tensor, std::nullopt, checkpoint.calibration_scores);
  if (tensor.name == kStartStates) return ReadList(tensor, checkpoint.spec.dimension(), checkpoint.start_states);
  if (tensor.name == kStartClasses) return ReadList(tensor, std::nullopt, checkpoint.start_classes);
  EBM_ASSIGN_OR_RETURN(std::vector<float> values, ValuesOf<float>(tensor));
  checkpoint.tensors.push_back({tensor.name, tensor.shape, std::move(values)});
  return absl::OkStatus();
}

std::vector<RawTensor> TensorsOf(const Checkpoint& checkpoint) {
  std::vector<RawTensor> tensors;
  tensors.reserve(checkpoint.tensors.size() + 4);  // and those that describe the data
  for (const NamedTensor& tensor : checkpoint.tensors) {
    tensors.push_back(MakeRawTensor<float>(tensor.name, tensor.shape, tensor.values));
  }
  if (const std::span<const float> quantiles = checkpoint.log_density_quantiles; !quantiles.empty()) {
    tensors.push_back(MakeRawTensor(kLogDensityQuantiles, {static_cast<int64_t>(quantiles.size())}, quantiles));
  }
  if (const std::span<const float> scores = checkpoint.calibration_scores; !scores.empty()) {
    tensors.push_back(MakeRawTensor(kCalibrationScores, {static_cast<int64_t>(scores.size())}, scores));
  }
  if (const std::span<const int32_t> classes = checkpoint.start_classes; !classes.empty()) {
    const auto rows = static_cast<int64_t>(classes.size());
    const std::vector<int64_t> shape = {rows, checkpoint.spec.dimension()};
    tensors.push_back(MakeRawTensor<float>(kStartStates, shape, checkpoint.start_states));
    tensors.push_back(MakeRawTensor(kStartClasses, {rows}, classes));
  }
  return tensors;
}

// Files from other writers may lack the digest.
absl::Status CheckDigest(const SafetensorsFile& file) {
  const auto found = file.metadata.find(kDigestKey);
  if (found == file.metadata.end()) return absl::OkStatus();
  const std::string digest = ContentDigest(file, DigestedKeys(file.metadata));
  if (found->second == digest) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat("the file is damaged: the SHA-256 of its content is ", digest,
                                                 ", but ", kDigestKey, " in its metadata is ", found->second));
}

}  // namespace

absl::StatusOr<Checkpoint> ParseCheckpoint(const std::string& bytes) {
  EBM_ASSIGN_OR_RETURN(const SafetensorsFile file, ParseSafetensors(bytes));
  EBM_RETURN_IF_ERROR(CheckVersion(file.metadata));
  EBM_RETURN_IF_ERROR(CheckDigest(file));
  Checkpoint checkpoint;
  EBM_RETURN_IF_ERROR(ReadMetadata(file.metadata, checkpoint));
  EBM_RETURN_IF_ERROR(checkpoint.spec.Validate());  // before its dimension is used
  for (const RawTensor& tensor : file.tensors) EBM_RETURN_IF_ERROR(ReadTensor(tensor, checkpoint));
  EBM_RETURN_IF_ERROR(CheckCheckpoint(checkpoint));
  return checkpoint;
}

std::string SerializeCheckpoint(const Checkpoint& checkpoint) {
  SafetensorsFile file = {MetadataOf(checkpoint), TensorsOf(checkpoint)};
  file.metadata[kDigestKey] = ContentDigest(file, DigestedKeys(file.metadata));
  return SerializeSafetensors(file);
}

absl::StatusOr<Checkpoint> ReadCheckpoint(const std::string& path) {
  std::error_code error;
  const std::filesystem::file_status file = std::filesystem::status(path, error);
  if (std::filesystem::exists(file) && !std::filesystem::is_regular_file(file)) {
    return absl::InvalidArgumentError(
        absl::StrCat(path, ": a checkpoint must be a file, not a folder, device or pipe"));
  }
  EBM_ASSIGN_OR_RETURN(const std::string bytes, ReadFileBytes(path, kMaxSafetensorsBytes));
  absl::StatusOr<Checkpoint> checkpoint = ParseCheckpoint(bytes);
  if (!checkpoint.ok()) return WithSource(path, checkpoint.status());
  return checkpoint;
}

absl::Status WriteCheckpoint(const Checkpoint& checkpoint, const std::string& path) {
  if (const absl::Status status = CheckCheckpoint(checkpoint); !status.ok()) return WithSource(path, status);
  const std::string bytes = SerializeCheckpoint(checkpoint);
  uint64_t header = 0;
  std::memcpy(&header, bytes.data(), sizeof(header));
  if (header > kMaxHeaderBytes) {
    return absl::InvalidArgumentError(absl::StrCat(path, ": the metadata, with all edges of a graph, takes ", header,
                                                   " bytes; the limit is ", kMaxHeaderBytes));
  }
  return WriteFileAtomically(bytes, path);
}

}  // namespace ebm
