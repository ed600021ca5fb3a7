#include "model/offline/data/reader.h"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "model/core/status_macros.h"
#include "model/io/csv.h"
#include "model/io/file_bytes.h"
#include "model/io/idx.h"
#include "model/io/npy.h"

namespace ebm {

absl::StatusOr<MatrixBuffer> ReadMatrix(const std::string& path) {
  EBM_ASSIGN_OR_RETURN(const std::string bytes, ReadFileDecompressed(path));
  if (IsNpy(bytes)) return ParseNpy(bytes, path);
  if (!IsIdx(bytes)) return ParseCsv(bytes, path);
  EBM_ASSIGN_OR_RETURN(IdxArray array, ParseIdx(bytes, path));
  return std::move(array.values);
}

absl::StatusOr<LabelledData> SplitLabels(const MatrixBuffer& matrix, int32_t num_classes, absl::string_view source) {
  const int64_t dimension = matrix.cols() - 1;
  if (dimension < 1) {
    return absl::InvalidArgumentError(
        absl::StrCat(source, ": a row has ", matrix.cols(), " values; at least one value and a label are needed"));
  }
  LabelledData data{MatrixBuffer(matrix.rows(), dimension), {}};
  data.labels.reserve(static_cast<size_t>(matrix.rows()));
  for (int64_t r = 0; r < matrix.rows(); ++r) {
    const std::span<const float> row = matrix.row(r);
    const float label = row.back();
    if (!(label >= 0 && label < static_cast<float>(num_classes)) || label != std::floor(label)) {
      return absl::InvalidArgumentError(absl::StrCat(source, ": row ", r + 1, ": label ", label,
                                                     " is not a whole number from 0 to ", num_classes - 1));
    }
    std::copy(row.begin(), row.end() - 1, data.rows.row(r).begin());
    data.labels.push_back(static_cast<int32_t>(label));
  }
  return data;
}

absl::StatusOr<LabelledData> ReadLabelledData(const std::string& path, int32_t num_classes) {
  EBM_ASSIGN_OR_RETURN(const MatrixBuffer matrix, ReadMatrix(path));
  return SplitLabels(matrix, num_classes, path);
}

absl::StatusOr<LabelledData> ReadRowsForModel(const std::string& path, int64_t dimension, int32_t num_classes) {
  EBM_ASSIGN_OR_RETURN(MatrixBuffer matrix, ReadMatrix(path));
  if (matrix.cols() == dimension) return LabelledData{std::move(matrix), {}};
  if (matrix.cols() == dimension + 1) return SplitLabels(matrix, num_classes, path);
  return absl::InvalidArgumentError(absl::StrCat(path, ": a row has ", matrix.cols(), " values; the model takes ",
                                                 dimension, ", or ", dimension + 1,
                                                 " with a label in the last column"));
}

}  // namespace ebm
