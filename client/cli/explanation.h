// Which columns make rows unlike the data (ScoreRequest.include_explanation), as text and as heat maps.
//
// A heat map is a picture of the rises of a row's values: black where nothing rises, white at the row's largest rise.
//
// Threads: free functions, reentrant.

#ifndef EBM_CLIENT_CLI_EXPLANATION_H_
#define EBM_CLIENT_CLI_EXPLANATION_H_

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "client/cli/console.h"
#include "client/model_description.h"
#include "model/core/matrix_view.h"

namespace ebm::client {

// How many rows one request can have explained; at least 1.
int64_t RowsExplainedAtOnce(const ModelDescription& model);

struct ExplainedValue {
  const DataColumn* column = nullptr;  // of the model
  int64_t index = 0;                   // of the value in the row
  bool has_own_name = false;           // the column has a name, and describes this value alone
  float value = 0;                     // as given, NaN if it is missing
  float rise = 0;                      // NaN if it is missing
  float best_value = 0;
};

// From the largest rise on, missing values at the end. All: [C].
std::vector<ExplainedValue> SortedByRise(const ModelDescription& model, std::span<const float> row,
                                         std::span<const float> rises, std::span<const float> best_values);

// The name of a categorical column's value; null if it has none.
const std::string* CategoryName(const DataColumn& column, float value);

// "chlorides = 0.61 (+12.3 nats at 0.08), ...": the three largest rises of at least 0.05 nats.
std::string ExplanationText(std::span<const ExplainedValue> sorted);

// Usage error if `path` ends in neither .npy nor .png, cannot be written, or is a sheet of pictures that the model's
// inputs are not, or that is too large.
absl::Status CheckExplanationPath(const std::string& path, const ModelDescription& model, int64_t rows);

// rises: [n, C]. A .npy file has the rises as they are, a .png file one sheet of heat maps. REQUIRES: the check passed.
absl::Status WriteExplanation(const std::string& path, ConstMatrix rises, const ModelDescription& model);

// Draws each row's picture with its heat map to the right. rows, rises: [n, C]; captions: [n]. Usage error if the
// inputs are not pictures.
absl::Status DrawExplained(ConstMatrix rows, ConstMatrix rises, std::span<const std::string> captions,
                           const ModelDescription& model, const Console& console);

}  // namespace ebm::client

#endif  // EBM_CLIENT_CLI_EXPLANATION_H_
