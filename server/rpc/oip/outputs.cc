#include "server/rpc/oip/outputs.h"

#include <algorithm>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "model/core/status_macros.h"
#include "server/rpc/oip/tensors.h"

namespace ebm::rpc::oip {
namespace {

using inference::ModelInfo;
using inference::RowAnswers;
using inference::RowQuestions;
using inference::ScoreOptions;
using Default = RowOutput::Default;

bool IsClassifier(const ModelInfo& model) { return model.spec.num_classes() > 1; }
bool IsCalibrated(const ModelInfo& model) { return model.calibration.has_value(); }
bool IsNormalized(const ModelInfo& model) { return model.partition.has_value(); }
bool Always(const ModelInfo& /*model*/) { return true; }

// Plain probabilities come first among the answers, calibrated ones last.
void AskClassify(RowQuestions& questions) {
  if (questions.classify.empty()) questions.classify.emplace_back();
}
void AskCalibrated(RowQuestions& questions) { questions.classify.push_back({.calibrated = true}); }

ScoreOptions& Score(RowQuestions& questions) {
  if (!questions.score.has_value()) questions.score.emplace();
  return *questions.score;
}
void AskScore(RowQuestions& questions) { Score(questions); }
template <bool ScoreOptions::*kOption>
void AskScoreWith(RowQuestions& questions) {
  Score(questions).*kOption = true;
}

template <std::vector<float> inference::Scores::*kField>
std::string OfScores(const RowAnswers& answers) {
  return BytesOf(answers.scores.*kField);
}

// The order is that of QuestionsFor.
constexpr RowOutput kOutputs[] = {
    {"probabilities", "FP32", RowWidth::kClasses, Default::kYes, "p(y given x)", IsClassifier, AskClassify,
     [](const RowAnswers& answers) { return BytesOf(answers.classified.front().probabilities); }},
    {"class", "INT32", RowWidth::kOne, Default::kYes, "the most probable class, from 0", IsClassifier, AskClassify,
     [](const RowAnswers& answers) { return BytesOf(answers.classified.front().classes); }},
    {"calibrated_probabilities", "FP32", RowWidth::kClasses, Default::kNo,
     "p(y given x) at the temperature that was fitted on held-out rows",
     [](const ModelInfo& model) { return IsClassifier(model) && IsCalibrated(model); }, AskCalibrated,
     [](const RowAnswers& answers) { return BytesOf(answers.classified.back().probabilities); }},
    {"log_density", "FP32", RowWidth::kOne, Default::kYes, "unnormalised ln p~(x) = ln p(x) + ln Z, in nats", Always,
     AskScore, OfScores<&inference::Scores::log_densities>},
    {"joint_log_density", "FP32", RowWidth::kClasses, Default::kNo, "unnormalised ln p~(x, y) of each class, in nats",
     Always, AskScoreWith<&ScoreOptions::joint_log_densities>, OfScores<&inference::Scores::joint_log_densities>},
    {"max_softmax", "FP32", RowWidth::kOne, Default::kNo, "the largest p(y given x), 1/K to 1", Always,
     AskScoreWith<&ScoreOptions::max_softmax>, OfScores<&inference::Scores::max_softmaxes>},
    {"gradient_norm", "FP32", RowWidth::kOne, Default::kNo,
     "the Euclidean norm of the gradient of ln p~ in scaled units of x",
     [](const ModelInfo& model) { return model.has_gradient; }, AskScoreWith<&ScoreOptions::gradient_norm>,
     OfScores<&inference::Scores::gradient_norms>},
    {"hidden_means", "FP32", RowWidth::kHiddenUnits, Default::kNo,
     "the means of the hidden units given x, 0 to 1: features of the row",
     [](const ModelInfo& model) { return model.hidden_units > 0; }, AskScoreWith<&ScoreOptions::hidden_means>,
     OfScores<&inference::Scores::hidden_means>},
    {"percentile", "FP32", RowWidth::kOne, Default::kNo, "percentage of validation rows with a lower ln p~, 0 to 100",
     [](const ModelInfo& model) { return model.has_percentiles(); }, AskScoreWith<&ScoreOptions::percentile>,
     OfScores<&inference::Scores::percentiles>},
    {"outlier_score", "FP32", RowWidth::kOne, Default::kNo, "higher is more like the data", IsCalibrated,
     AskScoreWith<&ScoreOptions::p_value>, OfScores<&inference::Scores::outlier_scores>},
    {"p_value", "FP32", RowWidth::kOne, Default::kNo,
     "conformal p-value of the outlier score, 0 to 1; small is unlike the data", IsCalibrated,
     AskScoreWith<&ScoreOptions::p_value>, OfScores<&inference::Scores::p_values>},
    {"normalized_log_density", "FP32", RowWidth::kOne, Default::kNo,
     "ln p(x) over data units, of levels their probability, in nats", IsNormalized,
     AskScoreWith<&ScoreOptions::normalized_log_density>, OfScores<&inference::Scores::normalized_log_densities>},
    {"bits_per_dimension", "FP32", RowWidth::kOne, Default::kNo, "-(ln p(x) + sum of ln steps) / (C ln 2), in bits",
     IsNormalized, AskScoreWith<&ScoreOptions::normalized_log_density>,
     OfScores<&inference::Scores::bits_per_dimension>},
    {"column_rises", "FP32", RowWidth::kValues, Default::kNo,
     "by how much ln p~ rises when one value alone takes its best value, in nats", Always,
     AskScoreWith<&ScoreOptions::explanation>,
     [](const RowAnswers& answers) { return BytesOf(answers.scores.explanation.rises); }},
    {"best_values", "FP32", RowWidth::kValues, Default::kNo, "these best values, in data units", Always,
     AskScoreWith<&ScoreOptions::explanation>,
     [](const RowAnswers& answers) { return BytesOf(answers.scores.explanation.best_values); }},
};

std::string NamesOf(const std::vector<const RowOutput*>& outputs) {
  return absl::StrJoin(outputs, ", ",
                       [](std::string* out, const RowOutput* output) { absl::StrAppend(out, output->name); });
}

absl::StatusOr<const RowOutput*> FindOutput(absl::string_view name, const ModelInfo& model) {
  const auto* const found = std::ranges::find(kOutputs, name, &RowOutput::name);
  if (found == std::ranges::end(kOutputs)) {
    return absl::InvalidArgumentError(absl::StrCat("outputs: there is no output ", Quoted(name), "; model ", model.name,
                                                   " has ", NamesOf(OutputsOf(model))));
  }
  if (found->has(model)) return found;
  return absl::FailedPreconditionError(
      absl::StrCat("outputs: model ", model.name, " lacks what ", name, " needs; it has ", NamesOf(OutputsOf(model))));
}

}  // namespace

std::vector<const RowOutput*> OutputsOf(const ModelInfo& model) {
  std::vector<const RowOutput*> outputs;
  for (const RowOutput& output : kOutputs) {
    if (output.has(model)) outputs.push_back(&output);
  }
  return outputs;
}

absl::StatusOr<std::vector<const RowOutput*>> RequestedOutputs(const wire::ModelInferRequest& request,
                                                               const ModelInfo& model) {
  std::vector<const RowOutput*> outputs;
  for (const auto& requested : request.outputs()) {
    EBM_RETURN_IF_ERROR(CheckNoParameters(requested));
    EBM_ASSIGN_OR_RETURN(const RowOutput* const output, FindOutput(requested.name(), model));
    if (std::ranges::find(outputs, output) != outputs.end()) return RequestedTwice(output->name);
    outputs.push_back(output);
  }
  if (!outputs.empty()) return outputs;
  outputs = OutputsOf(model);
  std::erase_if(outputs, [](const RowOutput* output) { return output->is_default == Default::kNo; });
  return outputs;
}

RowQuestions QuestionsFor(std::span<const RowOutput* const> outputs) {
  RowQuestions questions;
  for (const RowOutput& output : kOutputs) {
    if (std::ranges::find(outputs, &output) != outputs.end()) output.ask(questions);
  }
  return questions;
}

std::vector<int64_t> ShapeOf(const RowOutput& output, const ModelInfo& model, int64_t rows) {
  switch (output.width) {
    case RowWidth::kClasses:
      return {rows, model.spec.num_classes()};
    case RowWidth::kValues:
      return {rows, model.spec.num_values()};
    case RowWidth::kHiddenUnits:
      return {rows, model.hidden_units};
    case RowWidth::kOne:
      break;
  }
  return {rows};
}

}  // namespace ebm::rpc::oip
