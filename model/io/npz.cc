#include "model/io/npz.h"

#include <zip.h>

#include <array>
#include <cstdint>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "model/core/status_macros.h"
#include "model/io/npy.h"

namespace ebm {
namespace {

constexpr absl::string_view kZipSignature("PK\x03\x04", 4);
constexpr absl::string_view kMemberEnding = ".npy";
constexpr size_t kZipChunkBytes = size_t{1} << 16;
constexpr size_t kMostMembers = 1 << 10;

absl::Status NpzError(absl::string_view source, absl::string_view what) {
  return absl::InvalidArgumentError(absl::StrCat(source, ": ", what));
}

// libzip's reader of an archive in memory, which must outlive it.
class ZipReader {
 public:
  explicit ZipReader(absl::string_view bytes) {
    zip_error_init(&error_);
    zip_source_t* const content = zip_source_buffer_create(bytes.data(), bytes.size(), 0, &error_);
    if (content == nullptr) return;
    archive_ = zip_open_from_source(content, ZIP_RDONLY, &error_);
    if (archive_ == nullptr) zip_source_free(content);
  }
  ~ZipReader() {
    if (archive_ != nullptr) zip_discard(archive_);
    zip_error_fini(&error_);
  }
  ZipReader(const ZipReader&) = delete;
  ZipReader& operator=(const ZipReader&) = delete;

  bool ok() const { return archive_ != nullptr; }
  std::string OpeningError() { return zip_error_strerror(&error_); }
  size_t members() const { return static_cast<size_t>(zip_get_num_entries(archive_, 0)); }

  std::string NameOf(size_t member) const {
    const char* const name = zip_get_name(archive_, member, 0);
    return name == nullptr ? "" : name;
  }

  // The member's bytes, at most `limit`. ResourceExhausted beyond it.
  absl::StatusOr<std::string> Read(size_t member, size_t limit) {
    zip_file_t* const file = zip_fopen_index(archive_, member, 0);
    if (file == nullptr) return absl::InvalidArgumentError(zip_error_strerror(zip_get_error(archive_)));
    absl::StatusOr<std::string> bytes = ReadToEnd(file, limit);
    zip_fclose(file);
    return bytes;
  }

 private:
  static absl::StatusOr<std::string> ReadToEnd(zip_file_t* file, size_t limit) {
    std::string bytes;
    std::array<char, kZipChunkBytes> chunk;
    while (true) {
      const zip_int64_t count = zip_fread(file, chunk.data(), chunk.size());
      if (count < 0) return absl::InvalidArgumentError(zip_error_strerror(zip_file_get_error(file)));
      if (count == 0) return bytes;
      if (static_cast<size_t>(count) > limit - bytes.size()) return absl::ResourceExhaustedError("too large");
      bytes.append(chunk.data(), static_cast<size_t>(count));
    }
  }

  zip_error_t error_;
  zip_t* archive_ = nullptr;
};

// Before anything is decompressed: other archives, such as spreadsheets, are told by their members.
absl::Status CheckMembers(const ZipReader& archive, absl::string_view source) {
  if (archive.members() == 0) return NpzError(source, "an archive without arrays");
  if (archive.members() > kMostMembers) {
    return NpzError(source,
                    absl::StrCat("an archive of ", archive.members(), " members; at most ", kMostMembers, " are read"));
  }
  for (size_t i = 0; i < archive.members(); ++i) {
    const std::string name = archive.NameOf(i);
    if (absl::EndsWith(name, kMemberEnding)) continue;
    return NpzError(source, absl::StrCat("a ZIP archive with '", name,
                                         "', which is no NPY file. Of archives, only NPZ "
                                         "files are read; save a spreadsheet as CSV"));
  }
  return absl::OkStatus();
}

// Whether the end record has a ZIP64 record before it, which can claim any number of members. libzip allocates space
// for as many; archives within the limits need none.
bool HasZip64Directory(absl::string_view bytes) {
  constexpr absl::string_view kEnd("PK\x05\x06", 4);
  constexpr absl::string_view kLocator("PK\x06\x07", 4);
  constexpr size_t kLocatorBytes = 20;
  const size_t end = bytes.rfind(kEnd);
  return end != absl::string_view::npos && end >= kLocatorBytes &&
         absl::StartsWith(bytes.substr(end - kLocatorBytes), kLocator);
}

}  // namespace

bool IsZip(absl::string_view bytes) { return absl::StartsWith(bytes, kZipSignature); }

absl::StatusOr<std::vector<NpzArray>> ParseNpz(absl::string_view bytes, absl::string_view source, size_t limit) {
  if (HasZip64Directory(bytes)) return NpzError(source, "an archive in ZIP64, of more than 4 GB or 65535 members");
  ZipReader archive(bytes);
  if (!archive.ok()) return NpzError(source, absl::StrCat("a damaged archive: ", archive.OpeningError()));
  EBM_RETURN_IF_ERROR(CheckMembers(archive, source));
  std::vector<NpzArray> arrays;
  arrays.reserve(archive.members());
  size_t left = limit;
  for (size_t i = 0; i < archive.members(); ++i) {
    const std::string name = archive.NameOf(i);
    const absl::StatusOr<std::string> content = archive.Read(i, left);
    if (absl::IsResourceExhausted(content.status())) {
      return NpzError(source, absl::StrCat("its arrays exceed the limit of ", limit, " bytes"));
    }
    if (!content.ok()) return NpzError(source, absl::StrCat(name, ": ", content.status().message()));
    left -= content->size();
    EBM_ASSIGN_OR_RETURN(StoredArray array, ParseNpy(*content, absl::StrCat(source, ": ", name)));
    arrays.push_back({.name = std::string(absl::StripSuffix(name, kMemberEnding)), .array = std::move(array)});
  }
  return arrays;
}

}  // namespace ebm
