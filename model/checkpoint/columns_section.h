// The metadata's columns section as FORMAT.md has it: vectors with one entry for each column of the training file. For
// a plain column (ArePlain) there is none: its numbers are fields of the model section, as in format version 1.
//
// Internal to this folder.
//
// Errors: InvalidArgument for text that is not such a section, and for vectors of different lengths.

#ifndef EBM_MODEL_CHECKPOINT_COLUMNS_SECTION_H_
#define EBM_MODEL_CHECKPOINT_COLUMNS_SECTION_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "model/spec/data_column.h"

namespace ebm {

std::string WriteColumnsSection(const std::vector<DataColumn>& columns);

absl::StatusOr<std::vector<DataColumn>> ReadColumnsSection(absl::string_view text, absl::string_view name);

}  // namespace ebm

#endif  // EBM_MODEL_CHECKPOINT_COLUMNS_SECTION_H_
