#include "model/offline/data/picture_folder.h"

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <system_error>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "model/core/status_macros.h"
#include "model/core/utf8.h"
#include "model/io/color_image.h"
#include "model/io/digest.h"
#include "model/io/picture.h"

namespace ebm {
namespace {

namespace fs = std::filesystem;

constexpr absl::string_view kLeftByFileManagers[] = {"Thumbs.db", "ehthumbs.db", "desktop.ini", "Icon\r"};

absl::Status FolderError(const fs::path& path, absl::string_view what) {
  return absl::InvalidArgumentError(absl::StrCat(path.string(), ": ", what));
}

bool IsSkipped(const std::string& name) {
  return absl::StartsWith(name, ".") || std::ranges::count(kLeftByFileManagers, name) > 0;
}

bool IsValidText(absl::string_view text) {
  while (!text.empty()) {
    const size_t length = CodePointLength(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

// What a folder has, without what is skipped, each in the order of the names' bytes.
struct FolderContent {
  std::vector<fs::path> files;
  std::vector<fs::path> folders;
};

absl::StatusOr<FolderContent> ListFolder(const fs::path& folder) {
  FolderContent content;
  std::error_code error;
  for (fs::directory_iterator entry(folder, error); !error && entry != fs::directory_iterator();
       entry.increment(error)) {
    const std::string name = entry->path().filename().string();
    if (IsSkipped(name)) continue;
    if (!IsValidText(name)) return FolderError(folder, "it has a file or folder whose name is not UTF-8");
    std::error_code unknown;
    const bool is_folder = entry->is_directory(unknown);
    if (!is_folder && !entry->is_regular_file(unknown))
      return FolderError(entry->path(), "neither a file nor a folder");
    (is_folder ? content.folders : content.files).push_back(entry->path());
  }
  if (error) return absl::ErrnoToStatus(error.value(), absl::StrCat("cannot list ", folder.string()));
  std::ranges::sort(content.files);
  std::ranges::sort(content.folders);
  return content;
}

// A picture's file and the name of its subfolder.
struct PictureFile {
  fs::path path;
  std::string label;
};

absl::Status AddClass(const fs::path& folder, std::vector<PictureFile>& pictures) {
  EBM_ASSIGN_OR_RETURN(FolderContent content, ListFolder(folder));
  if (!content.folders.empty()) {
    return FolderError(content.folders.front(),
                       absl::StrCat("a folder inside ", folder.string(),
                                    ", whose name is taken for a class; the folder to read has one subfolder for each "
                                    "class, and these have pictures only"));
  }
  if (content.files.empty()) return FolderError(folder, "this folder of a class has no pictures");
  pictures.reserve(pictures.size() + content.files.size());
  for (fs::path& file : content.files) {
    pictures.push_back({.path = std::move(file), .label = folder.filename().string()});
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<PictureFile>> FindPictures(const fs::path& folder) {
  EBM_ASSIGN_OR_RETURN(FolderContent content, ListFolder(folder));
  std::vector<PictureFile> pictures;
  if (!content.folders.empty() && !content.files.empty()) {
    return FolderError(content.files.front(),
                       absl::StrCat("a file beside folders such as ", content.folders.front().filename().string(),
                                    "; either all pictures are in folders of classes, or none"));
  }
  for (const fs::path& subfolder : content.folders) EBM_RETURN_IF_ERROR(AddClass(subfolder, pictures));
  pictures.reserve(pictures.size() + content.files.size());
  for (fs::path& file : content.files) pictures.push_back({.path = std::move(file), .label = {}});
  if (pictures.empty()) return FolderError(folder, "this folder has no pictures");
  return pictures;
}

class FolderReader {
 public:
  FolderReader(const fs::path& folder, size_t limit) : folder_(folder), limit_(limit), bytes_left_(limit) {}

  absl::StatusOr<StoredData> Read() {
    EBM_ASSIGN_OR_RETURN(const std::vector<PictureFile> files, FindPictures(folder_));
    std::vector<FileDigest> digests;
    digests.reserve(files.size());
    StoredData data;
    for (const PictureFile& file : files) {
      EBM_ASSIGN_OR_RETURN(const std::string bytes, ReadBytes(file.path));
      const std::string name = file.path.filename().string();
      digests.push_back(
          {.name = file.label.empty() ? name : absl::StrCat(file.label, "/", name), .sha256 = Sha256Hex(bytes)});
      EBM_ASSIGN_OR_RETURN(const ColorImage image, DecodePicture(bytes, file.path.string()));
      EBM_RETURN_IF_ERROR(digests.size() == 1 ? Begin(image, files) : CheckSize(image, file.path, files));
      pictures_.Append(image);
      if (!file.label.empty()) data.labels.push_back(file.label);
    }
    data.content = std::move(pictures_);
    data.sha256 = Sha256OfFiles(std::move(digests));
    return data;
  }

 private:
  absl::StatusOr<std::string> ReadBytes(const fs::path& path) {
    EBM_ASSIGN_OR_RETURN(std::string bytes, ReadFileBytes(path.string(), limit_));
    if (bytes.size() > bytes_left_) {
      return FolderError(folder_, absl::StrCat("its pictures exceed the limit of ", limit_, " bytes"));
    }
    bytes_left_ -= bytes.size();
    return bytes;
  }

  // The first picture tells how much space all take.
  absl::Status Begin(const ColorImage& first, const std::vector<PictureFile>& files) {
    pictures_.height = first.height;
    pictures_.width = first.width;
    const auto each = static_cast<size_t>(pictures_.values());
    if (files.size() > limit_ / each) {
      return FolderError(folder_, absl::StrCat(files.size(), " pictures of ", first.width, " x ", first.height,
                                               " pixels exceed the limit of ", limit_, " bytes of pixels"));
    }
    pictures_.pixels.reserve(files.size() * each);
    return absl::OkStatus();
  }

  absl::Status CheckSize(const ColorImage& image, const fs::path& path, const std::vector<PictureFile>& files) const {
    if (image.width == pictures_.width && image.height == pictures_.height) return absl::OkStatus();
    return FolderError(
        path, absl::StrCat("a picture of ", image.width, " x ", image.height, " pixels; ", files.front().path.string(),
                           " has ", pictures_.width, " x ", pictures_.height, ", and all must have one size"));
  }

  const fs::path folder_;
  const size_t limit_;
  size_t bytes_left_;
  PictureSet pictures_;
};

}  // namespace

bool IsFolder(const std::string& path) {
  std::error_code error;
  return fs::is_directory(path, error);
}

absl::StatusOr<StoredData> ReadPictureFolder(const std::string& path, size_t limit) {
  return FolderReader(path, limit).Read();
}

}  // namespace ebm
