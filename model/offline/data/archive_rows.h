// Which arrays of an NPZ archive (model/io/npz.h) are the rows and their labels.
//
//   rows     the only array of two or more axes with more than one value per row. If there are several, the one called
//            x, data, images, x_train or train_images
//   labels   the only array [n] or [n, 1] of whole numbers, with n the number of rows. If there are several, the one
//            called y, labels, label, target, y_train or train_labels. None: the rows are without labels, or have them
//            in a column
//
// Names are compared without regard to case. Other arrays are left out, with a note.
//
// Errors: InvalidArgument with the source, the arrays and their shapes: no array of rows, several and not exactly one
// of these names, an array called as labels are that is not one whole number for each row.
//
// Threads: free functions, reentrant.

#ifndef EBM_MODEL_OFFLINE_DATA_ARCHIVE_ROWS_H_
#define EBM_MODEL_OFFLINE_DATA_ARCHIVE_ROWS_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "model/io/npz.h"
#include "model/offline/data/stored_data.h"

namespace ebm {

absl::StatusOr<StoredData> RowsOfArchive(std::vector<NpzArray>&& arrays, absl::string_view source);

}  // namespace ebm

#endif  // EBM_MODEL_OFFLINE_DATA_ARCHIVE_ROWS_H_
