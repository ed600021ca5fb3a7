// Answers as JSON, for programs. Every function returns one object on one line, without the line's end.
//
//   classify  {"row": 0, "class": 3, "label": "3", "probabilities": [...]}
//             "class" is the index, "label" its name; "true_class" follows where the input carried a label
//   score     {"row": 0, "log_density": ..., "max_softmax": ..., "gradient_norm": ..., "percentile": ...}
//             "percentile" is null where the model holds no validation scores; "outlier_score" and "p_value" follow
//             where it is calibrated, "outlier" where a false positive rate was asked for; "normalized_log_density",
//             "bits_per_dimension" and "log_z_standard_error" where it holds an estimate of ln Z
//   sample    the settings that were used, under the names of the flags that set them, and how it went; then
//             "output": the file, or "log_densities": [chains] and "states": [chains][D]
//   models    what the server says about one model
//
// Rows and chains count from 0. Numbers are the shortest that read back as the same float32; a number that is not
// finite, and the state of a diverged chain, is null.

#ifndef EBM_CLIENT_CLI_JSON_OUTPUT_H_
#define EBM_CLIENT_CLI_JSON_OUTPUT_H_

#include <cstdint>
#include <optional>
#include <string>

#include "client/cli/sample_assembly.h"
#include "client/messages.h"
#include "client/model_description.h"
#include "client/sample_messages.h"

namespace ebm::client {

// Row `i` of the answer, which is row `row` of the input.
std::string ClassifyJson(int64_t row, const ClassifyAnswer& answer, int64_t i, std::optional<int32_t> true_class);
// false_positive_rate: says of rows with a p-value whether they are outliers (IsOutlier).
std::string ScoreJson(int64_t row, const ScoreAnswer& answer, int64_t i,
                      std::optional<double> false_positive_rate = std::nullopt);

// `output`: the file that holds the states, or empty.
std::string SampleJson(const SampleRequest& request, const SampleSummary& summary, const SampleAssembly& samples,
                       const std::string& output);

std::string ModelJson(const ModelDescription& model);

// The name that flags and JSON give to a start.
std::string StartName(ChainStart start);

}  // namespace ebm::client

#endif  // EBM_CLIENT_CLI_JSON_OUTPUT_H_
