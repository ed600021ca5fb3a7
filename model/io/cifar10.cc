#include "model/io/cifar10.h"

#include <algorithm>
#include <cstddef>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace ebm {
namespace {

constexpr size_t kPictureBytes = kColorChannels * kCifar10Side * kCifar10Side;
constexpr size_t kRecordBytes = 1 + kPictureBytes;

bool HasWholeRecords(absl::string_view bytes) { return !bytes.empty() && bytes.size() % kRecordBytes == 0; }

uint8_t LabelAt(absl::string_view bytes, size_t record) { return static_cast<uint8_t>(bytes[record * kRecordBytes]); }

// The first record whose label is out of range; the number of records if there is none.
size_t FindBadLabel(absl::string_view bytes) {
  size_t record = 0;
  while (record < bytes.size() / kRecordBytes && LabelAt(bytes, record) < kCifar10Classes) ++record;
  return record;
}

// A tab is the only label that a text can have.
bool IsText(absl::string_view bytes) {
  return std::ranges::all_of(
      bytes, [](char c) { return static_cast<uint8_t>(c) >= 0x20 || c == '\t' || c == '\n' || c == '\r'; });
}

}  // namespace

bool IsCifar10(absl::string_view bytes) {
  return HasWholeRecords(bytes) && FindBadLabel(bytes) == bytes.size() / kRecordBytes && !IsText(bytes);
}

absl::StatusOr<Cifar10Pictures> ParseCifar10(absl::string_view bytes, absl::string_view source) {
  if (!HasWholeRecords(bytes)) {
    return absl::InvalidArgumentError(
        absl::StrCat(source, ": ", bytes.size(), " bytes, which are no whole records of CIFAR-10, of ", kRecordBytes));
  }
  const size_t records = bytes.size() / kRecordBytes;
  if (const size_t bad = FindBadLabel(bytes); bad < records) {
    return absl::InvalidArgumentError(
        absl::StrCat(source, ": record ", bad + 1, " has label ", LabelAt(bytes, bad), "; CIFAR-10 has 0 to 9"));
  }
  Cifar10Pictures data = {.pictures = {.height = kCifar10Side, .width = kCifar10Side, .pixels = {}}, .labels = {}};
  data.pictures.pixels.reserve(records * kPictureBytes);
  data.labels.reserve(records);
  for (size_t record = 0; record < records; ++record) {
    const absl::string_view picture = bytes.substr(record * kRecordBytes + 1, kPictureBytes);
    data.labels.push_back(LabelAt(bytes, record));
    data.pictures.pixels.insert(data.pictures.pixels.end(), picture.begin(), picture.end());
  }
  return data;
}

}  // namespace ebm
