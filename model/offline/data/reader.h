// Reads data as rows of numbers. The content decides the format:
//
//   tables     CSV, and NPY arrays [n, C]
//   arrays     NPY and IDX, [n, h, w], [n, c, h, w] or [n, h, w, c] with c = 1 or 3 channels; NPZ (archive_rows.h)
//   pictures   a folder of PNG and JPEG files (picture_folder.h), one such file, a file of CIFAR-10
//   (model/io/cifar10.h)
//
// Files may be inside gzip. The path "-" is standard input. Rows of pictures have their channels first
// (picture_rows.h).
//
// Labels are a column (table.h, match_columns.h), are beside the rows in a folder, an archive or CIFAR-10, or are in a
// file of their own: one word or whole number per row, as CSV, NPY or IDX. An array with more than two axes, such as
// pictures [n, 28, 28], has no label column.
//
// Errors: those of file_bytes.h, csv.h, idx.h, npy.h, npz.h and picture.h, and of the headers named above;
// InvalidArgument for other formats, with their name, for pictures without labels, and for labels in two places.
//
// Threads: free functions, reentrant.

#ifndef EBM_MODEL_OFFLINE_DATA_READER_H_
#define EBM_MODEL_OFFLINE_DATA_READER_H_

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "model/io/csv.h"
#include "model/io/labelled_data.h"
#include "model/io/stored_array.h"
#include "model/offline/data/match_columns.h"
#include "model/offline/data/stored_data.h"
#include "model/offline/data/table.h"

namespace ebm {

// Paths, and how CSV files are read.
struct DataSource {
  std::string rows;
  std::string labels = {};  // empty: in `rows`, or none
  CsvHeader header = CsvHeader::kAuto;
};

struct DataRows {
  LabelledData data;   // data units
  std::string sha256;  // of the file or folder of rows
};

struct TrainingRows {
  TrainingTable table;
  std::vector<int64_t> row_shape;  // [C], or of pictures [h, w] or [3, h, w]
  std::string sha256;              // of the file or folder of rows
};

// The last part of the path of a file or folder; for standard input, SourceName.
std::string NameOfData(const std::string& path);

// One array, as files of labels hold it: CSV, NPY or IDX. `source` names the bytes in errors.
absl::StatusOr<StoredArray> ParseArray(absl::string_view bytes, absl::string_view source, const CsvOptions& csv = {});
absl::StatusOr<StoredArray> ReadArray(const std::string& path);

// The same for every format, and for folders.
absl::StatusOr<StoredData> ParseData(absl::string_view bytes, absl::string_view source, const CsvOptions& csv = {});
absl::StatusOr<StoredData> ReadData(const std::string& path, const CsvOptions& csv = {});

// Rows to train on. Pictures have one column that describes all values or, in colour, one for each channel.
// stated_shape: of a row; empty: none.
absl::StatusOr<TrainingRows> ReadTrainingRows(const DataSource& source, const TableOptions& options,
                                              std::span<const int64_t> stated_shape = {});

// For a model. Pictures must have its shape, but for axes of size 1 and for models of one axis; the channels of an
// array may be first or last.
absl::StatusOr<DataRows> ReadRowsForModel(const DataSource& source, const InputFormat& format,
                                          LabelUse use = LabelUse::kRead);

// The same for data that was read before.
absl::StatusOr<LabelledData> RowsForModel(StoredData data, const DataSource& source, const InputFormat& format,
                                          LabelUse use = LabelUse::kRead);

}  // namespace ebm

#endif  // EBM_MODEL_OFFLINE_DATA_READER_H_
