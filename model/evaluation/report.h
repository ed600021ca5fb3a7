// Everything that ebm-eval finds out about one checkpoint, and how it finds it out.
//
// Threads: the work is shared by `threads` of them; the numbers do not depend on how many.

#ifndef EBM_MODEL_EVALUATION_REPORT_H_
#define EBM_MODEL_EVALUATION_REPORT_H_

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "model/checkpoint/checkpoint.h"
#include "model/core/model_spec.h"
#include "model/evaluation/conformal_figures.h"
#include "model/evaluation/density_figures.h"
#include "model/evaluation/evaluation_data.h"
#include "model/evaluation/outlier_figures.h"
#include "model/evaluation/row_scores.h"
#include "model/evaluation/sample_figures.h"
#include "model/statistics/bootstrap.h"
#include "model/statistics/classifier_figures.h"

namespace ebm {

struct ReportOptions {
  std::string checkpoint_name;  // for people
  int64_t samples = 500;
  uint64_t seed = 0;
  int threads = 1;
};

// The classifier with its logits divided by a softmax temperature (model/calibration/class_temperature.h): the one that
// a server applies on request, or, where the checkpoint is not calibrated, the one that validation rows would give it.
struct TemperatureFigures {
  double temperature = 1;
  std::string validation_name;  // empty: the checkpoint's own temperature
  int64_t validation_rows = 0;
  ClassifierFigures after;  // on the report's rows
};

struct Report {
  std::string checkpoint_name;
  ModelSpec spec;
  SamplerDefaults sampler;
  Provenance provenance;
  std::string data_name;
  std::string data_sha256;
  int64_t rows = 0;
  uint64_t seed = 0;
  ClassifierFigures classifier;
  std::optional<TemperatureFigures> temperature;  // not where the checkpoint has none and there are no validation rows
  std::vector<ScoreKind> score_kinds;             // those of the outliers' figures
  std::vector<OutlierFigures> outliers;
  std::optional<ConformalFigures> conformal;  // where the checkpoint is calibrated
  DensityFigures density;
  SampleFigures samples;  // of a model on a base, compared with rows that are dequantised, as its samples are
};

// Errors: those of MakeEnergyModel, ScoreRows, MakeDensityFigures and DrawSamples; FailedPrecondition for a model
// without class logits or gradients; InvalidArgument for a number of samples that is not in [1, kMostSamples].
absl::StatusOr<Report> MakeReport(const Checkpoint& checkpoint, const EvaluationData& data,
                                  const ReportOptions& options);
inline constexpr int64_t kMostSamples = 100000;

// Every figure that has an interval, by name: "error", "auroc_log_density_shuffled", ...
std::vector<std::pair<std::string, Figure>> NamedFigures(const Report& report);

// Every figure that has none, by name: "temperature", "samples_mmd_squared", ...
std::vector<std::pair<std::string, double>> NamedNumbers(const Report& report);

// Puts the values of all named figures into the checkpoint's evaluation, as "report_NAME", in place of those of an
// earlier report; and what they were measured on into its provenance's settings ("report_data", "report_data_sha256").
void AddToCheckpoint(const Report& report, Checkpoint& checkpoint);

}  // namespace ebm

#endif  // EBM_MODEL_EVALUATION_REPORT_H_
