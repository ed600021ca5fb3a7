// The rows for training, selection and reporting, in the network's units.

#ifndef EBM_MODEL_OFFLINE_TRAIN_TRAINING_DATA_H_
#define EBM_MODEL_OFFLINE_TRAIN_TRAINING_DATA_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "model/io/csv.h"
#include "model/io/labelled_data.h"
#include "model/offline/data/scaling.h"
#include "model/offline/data/table.h"
#include "model/spec/data_column.h"
#include "model/spec/model_spec.h"
#include "model/spec/row_codec.h"

namespace ebm {

struct DataOptions {
  std::string data;                             // a known data set (known_data.h), a file or a folder
  std::string labels;                           // a file; empty: a column of `data`, or none
  CsvHeader header = CsvHeader::kAuto;          // of all files
  TableOptions table;                           // for a file
  ScalingKind scaling = ScalingKind::kUnitBox;  // of the columns of a table; pictures have the unit box
  std::optional<float> binary_threshold;        // of columns of numbers, data units; only with levels
  std::string validation_data;  // a file or folder; empty: the known set's own split, or a fifth of the rows of `data`
  std::string validation_labels;     // as labels
  std::string test_data;             // a file or folder; empty: the known set's own split, or none
  std::string test_labels;           // as labels
  std::vector<int64_t> input_shape;  // empty: of pictures [height, width] or [3, height, width], otherwise [C]
  MissingValues missing = MissingValues::kRefused;  // in all files
  std::optional<ModelSpec> model;  // the rows have its columns, scalings and classes; otherwise they are chosen
  uint64_t seed = 0;               // decides which rows are held out for validation: a fifth of each class
};

struct TrainingData {
  LabelledData train;
  LabelledData validation;
  LabelledData calibration;          // used neither for training nor for selection; empty unless held out
  std::optional<LabelledData> test;  // for reporting only, never for selection
  std::vector<int64_t> input_shape;
  std::vector<std::string> class_labels;
  std::vector<DataColumn> columns;  // all rows are encoded by them already
  bool has_one_scale = false;       // all values have the same unit, as those of a picture
  std::vector<std::string> notes;   // what was chosen, for people
  std::string name;
  std::string sha256;             // of the file or folder of training rows
  std::string validation_sha256;  // of that of the validation rows, if they have one of their own
};

// Errors: those of the readers; InvalidArgument if there are too few rows or classes, if files differ in width, or if a
// shape does not fit.
absl::StatusOr<TrainingData> LoadTrainingData(const DataOptions& options);

// Data of the same description with these rows, for a run on a part of them.
TrainingData WithRows(const TrainingData& data, LabelledData train, LabelledData validation);

// Makes all rows rows of one class.
void IgnoreLabels(TrainingData& data);

// The chosen rows with their labels.
LabelledData TakeRows(const LabelledData& data, const std::vector<int64_t>& chosen);

inline constexpr int64_t kFewestRowsToHalve = 20;

// Moves every second validation row to `calibration`; none if there are fewer than kFewestRowsToHalve.
void HoldOutCalibration(TrainingData& data);

}  // namespace ebm

#endif  // EBM_MODEL_OFFLINE_TRAIN_TRAINING_DATA_H_
