// Answers as JSON, for programs. Every function returns one object on one line, without the line end.
//
//   classify  {"row": 0, "class": 3, "label": "3", "probabilities": [...]}
//             "class" is the index, "label" its name; "true_class" follows if the input had labels
//   score     {"row": 0, "log_density": ..., "max_softmax": ..., "gradient_norm": ..., "percentile": ...}
//             "percentile" is null if the model has no validation scores. A calibrated model adds "outlier_score" and
//             "p_value", and --false_positive_rate adds "outlier". A model with an estimate of ln Z adds
//             "normalized_log_density", "bits_per_dimension" and "log_z_standard_error"
//             --explain adds "explanation": [{"column": "width", "value": 9.5, "rise": 3.2, "best_value": 2.1}, ...],
//             all columns from the largest rise on. "column" is the index of the value if it has no name of its own;
//             categories are names. The rise and the best value of a missing value are null
//   sample    the settings that were used, under the names of the flags that set them, and statistics of the run; then
//             "output": the file, or "log_densities": [chains] and "states": [chains][D]
//   impute    {"row": 0, "missing": [1], "values": [...]}, or "draws": [[...], ...] in place of the values
//             "missing" has the indices of the values that were missing
//   models    the server's description of one model; with `describe` {"model": that, "versions": [...]}
//   version   {"name": "digits", "version": "7", "state": "ready", "reason": "", "labels": ["stable"]}
//
// Rows and chains count from 0. Numbers have the shortest form that reads back as the same float32. Numbers that are
// not finite and states of diverged chains are null; an infinite R-hat or standard error is the string "inf".

#ifndef EBM_CLIENT_CLI_JSON_OUTPUT_H_
#define EBM_CLIENT_CLI_JSON_OUTPUT_H_

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "client/cli/explanation.h"
#include "client/cli/sample_assembly.h"
#include "client/messages.h"
#include "client/model_description.h"
#include "client/sample_messages.h"
#include "model/core/matrix_view.h"

namespace ebm::client {

// Row `i` of the answer, which is row `row` of the input.
std::string ClassifyJson(int64_t row, const ClassifyAnswer& answer, int64_t i, std::optional<int32_t> true_class);
// false_positive_rate: if given, rows with a p-value also say whether they are outliers (IsOutlier). explanation: that
// of the row, or empty.
std::string ScoreJson(int64_t row, const ScoreAnswer& answer, int64_t i,
                      std::optional<double> false_positive_rate = std::nullopt,
                      std::span<const ExplainedValue> explanation = {});

// output: the file that holds the states, or empty.
std::string SampleJson(const SampleRequest& request, const SampleSummary& summary, const SampleAssembly& samples,
                       const std::string& output);

enum class CompletedAs { kBestValues, kDraws };
// given: the row of the input, [C], NaN where it lacks a value. completed: [1, C] or, as draws, [n, C].
std::string ImputationJson(int64_t row, std::span<const float> given, ConstMatrix completed, CompletedAs form);

std::string ModelJson(const ModelDescription& model);
std::string VersionJson(const ModelVersion& version);

}  // namespace ebm::client

#endif  // EBM_CLIENT_CLI_JSON_OUTPUT_H_
