// A folder of pictures, PNG or JPEG: one subfolder for each class, whose name is the label of the pictures in it; or
// the pictures themselves, which have no labels then. Rows are in the order of the subfolders' and of the files' names.
//
// Hidden files and those that file managers leave (Thumbs.db, desktop.ini) are skipped.
//
// Errors: InvalidArgument with the path: any other file, a folder inside a subfolder, pictures beside subfolders, a
// folder without pictures, a name that is not UTF-8, the first picture whose size is not that of the first of all, more
// than kMaxDataFileBytes of files or of pixels. Those of file_bytes.h and picture.h.
//
// Threads: free functions, reentrant.

#ifndef EBM_MODEL_OFFLINE_DATA_PICTURE_FOLDER_H_
#define EBM_MODEL_OFFLINE_DATA_PICTURE_FOLDER_H_

#include <cstddef>
#include <string>

#include "absl/status/statusor.h"
#include "model/io/file_bytes.h"
#include "model/offline/data/stored_data.h"

namespace ebm {

bool IsFolder(const std::string& path);

// The content is a PictureSet. limit: of the bytes of all files together, and of the pixels' bytes.
absl::StatusOr<StoredData> ReadPictureFolder(const std::string& path, size_t limit = kMaxDataFileBytes);

}  // namespace ebm

#endif  // EBM_MODEL_OFFLINE_DATA_PICTURE_FOLDER_H_
