// The rows of a report, in the scaled units of its model.
//
// Threads: free functions, reentrant.

#ifndef EBM_MODEL_OFFLINE_EVALUATION_EVALUATION_DATA_H_
#define EBM_MODEL_OFFLINE_EVALUATION_EVALUATION_DATA_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "model/io/csv.h"
#include "model/io/labelled_data.h"
#include "model/spec/model_spec.h"

namespace ebm {

struct EvaluationDataOptions {
  std::string data;                     // "digits", "fashion-mnist" (known_data.h), or a file with labels
  std::string labels;                   // a file; empty: a column of `data`
  CsvHeader header = CsvHeader::kAuto;  // of all files
  std::string split;                    // "test" (also if empty) or "validation"; only for data known by name
  std::string validation_data;          // a file with labels; empty: the named data's own, if `split` is "test"
  std::string validation_labels;        // the same for validation_data
  std::string training_data;            // a name or a file; empty: the named data's own
  std::vector<std::string> outliers;    // "NAME=FILE" each
};

struct NamedRows {
  std::string name;
  LabelledData data;  // scaled units
  std::string sha256;
};

struct EvaluationData {
  NamedRows rows;     // with labels
  std::string split;  // "test" or "validation"; empty for a file, which is used whole
  std::optional<NamedRows> validation;
  std::optional<NamedRows> training;
  std::vector<NamedRows> outliers;
};

// Errors: those of the readers; InvalidArgument if rows do not fit the model or labels are missing, and for an outlier
// set that is not NAME=FILE, or whose name has characters other than a-z, 0-9 and _ or is already used.
absl::StatusOr<EvaluationData> LoadEvaluationData(const EvaluationDataOptions& options, const ModelSpec& spec);

}  // namespace ebm

#endif  // EBM_MODEL_OFFLINE_EVALUATION_EVALUATION_DATA_H_
