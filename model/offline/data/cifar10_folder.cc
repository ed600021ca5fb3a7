#include "model/offline/data/cifar10_folder.h"

#include <cstdint>
#include <filesystem>
#include <span>
#include <system_error>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "model/core/status_macros.h"
#include "model/io/cifar10.h"
#include "model/io/digest.h"
#include "model/io/file_bytes.h"
#include "model/offline/data/picture_rows.h"

namespace ebm {
namespace {

constexpr int kTrainingBatches = 5;
constexpr char kTestFile[] = "test_batch.bin";
constexpr char kNamesFile[] = "batches.meta.txt";
constexpr DataScaling kPictureScaling = {.scale = 2.0F / 255.0F, .offset = -1.0F};

std::string BatchFile(int batch) { return absl::StrCat("data_batch_", batch, ".bin"); }

std::string InFolder(const std::string& folder, const std::string& name) {
  return (std::filesystem::path(folder) / name).string();
}

// Appends the file's pictures, and its digest.
absl::Status AddFile(const std::string& folder, const std::string& name, Cifar10Pictures& all,
                     std::vector<FileDigest>& digests) {
  const std::string path = InFolder(folder, name);
  EBM_ASSIGN_OR_RETURN(const DataFile file, ReadDataFile(path));
  EBM_ASSIGN_OR_RETURN(Cifar10Pictures part, ParseCifar10(file.bytes, path));
  digests.push_back({.name = name, .sha256 = file.sha256});
  all.pictures.height = part.pictures.height;
  all.pictures.width = part.pictures.width;
  all.pictures.pixels.insert(all.pictures.pixels.end(), part.pictures.pixels.begin(), part.pictures.pixels.end());
  all.labels.insert(all.labels.end(), part.labels.begin(), part.labels.end());
  return absl::OkStatus();
}

LabelledData InDataUnits(const Cifar10Pictures& pictures) {
  constexpr int64_t kShape[] = {kColorChannels, kCifar10Side, kCifar10Side};
  return {.rows = PictureRows(pictures.pictures, kShape).rows,
          .labels = {pictures.labels.begin(), pictures.labels.end()}};
}

absl::StatusOr<std::vector<std::string>> ReadNames(const std::string& folder) {
  const std::string path = InFolder(folder, kNamesFile);
  EBM_ASSIGN_OR_RETURN(const std::string text, ReadFileBytes(path));
  std::vector<std::string> names;
  for (const absl::string_view line : absl::StrSplit(text, '\n')) {
    const absl::string_view name = absl::StripAsciiWhitespace(line);
    if (!name.empty()) names.emplace_back(name);
  }
  if (names.size() == kCifar10Classes) return names;
  return absl::InvalidArgumentError(
      absl::StrCat(path, ": ", names.size(), " names of classes; CIFAR-10 has ", int{kCifar10Classes}));
}

}  // namespace

bool IsCifar10Folder(const std::string& path) {
  std::error_code error;
  return !path.empty() && std::filesystem::is_regular_file(InFolder(path, BatchFile(1)), error);
}

absl::StatusOr<KnownData> ReadCifar10Folder(const std::string& path) {
  Cifar10Pictures train;
  Cifar10Pictures validation;
  Cifar10Pictures test;
  std::vector<FileDigest> digests;
  for (int batch = 1; batch <= kTrainingBatches; ++batch) {
    EBM_RETURN_IF_ERROR(AddFile(path, BatchFile(batch), batch < kTrainingBatches ? train : validation, digests));
  }
  std::vector<FileDigest> test_digest;
  EBM_RETURN_IF_ERROR(AddFile(path, kTestFile, test, test_digest));
  EBM_ASSIGN_OR_RETURN(std::vector<std::string> names, ReadNames(path));
  KnownData data = {.train = InDataUnits(train),
                    .validation = InDataUnits(validation),
                    .test = InDataUnits(test),
                    .input_shape = {kColorChannels, kCifar10Side, kCifar10Side},
                    .class_labels = std::move(names),
                    .name = "cifar-10",
                    .sha256 = Sha256OfFiles(std::move(digests)),
                    .test_sha256 = test_digest.front().sha256};
  data.columns = DescribePictures(data.train.rows.view(), kColorChannels, kPictureRange, 1);
  for (DataColumn& column : data.columns) column.scaling = kPictureScaling;
  return data;
}

}  // namespace ebm
