// What the missing values of a row are replaced by, and completed rows as text.
//
// Threads: free functions, reentrant.

#ifndef EBM_CLIENT_CLI_IMPUTATION_H_
#define EBM_CLIENT_CLI_IMPUTATION_H_

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "client/model_description.h"
#include "model/core/matrix_view.h"

namespace ebm::client {

// Draws of a row, with the missing whole numbers moved into the range of the training data: the tails of a density
// reach beyond the least and the greatest count. given: [C], NaN for missing values. draws: [n, C].
MatrixBuffer WithinRanges(const ModelDescription& model, std::span<const float> given, ConstMatrix draws);

// The best single value of each column, from draws of a row: the mean for continuous values, the rounded mean for whole
// numbers, the most frequent value for categories and binary columns. draws: [n, C], n > 0. Returns [C].
std::vector<float> BestValues(const ModelDescription& model, ConstMatrix draws);

// The names of a row's values, separated by commas. Empty if the model's columns have no names.
std::string CsvHeaderOf(const ModelDescription& model);

// A row in data units, with the names of categories, as a line of a CSV file without its end. row: [C].
std::string CsvRow(const ModelDescription& model, std::span<const float> row);

}  // namespace ebm::client

#endif  // EBM_CLIENT_CLI_IMPUTATION_H_
