// Rows as pictures inside a page.

#ifndef EBM_MODEL_OFFLINE_EVALUATION_PAGE_PICTURES_H_
#define EBM_MODEL_OFFLINE_EVALUATION_PAGE_PICTURES_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "model/core/matrix_view.h"
#include "model/spec/model_spec.h"

namespace ebm {

// One sheet of the rows as an <img>, gray or in colour, with `columns` pictures per line (0: nearly square); empty if
// rows of the spec are no pictures. rows: [n, D], scaled units, n > 0. Errors: those of EncodePng.
absl::StatusOr<std::string> RowPictures(const ModelSpec& spec, ConstMatrix rows, int64_t columns,
                                        absl::string_view alternative);

}  // namespace ebm

#endif  // EBM_MODEL_OFFLINE_EVALUATION_PAGE_PICTURES_H_
