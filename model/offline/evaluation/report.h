// All figures that ebm-eval reports for one checkpoint, and their computation.
//
// Threads: the work is divided among `threads` threads; the results do not depend on that number.

#ifndef EBM_MODEL_OFFLINE_EVALUATION_REPORT_H_
#define EBM_MODEL_OFFLINE_EVALUATION_REPORT_H_

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "model/checkpoint/checkpoint.h"
#include "model/offline/evaluation/conformal_figures.h"
#include "model/offline/evaluation/density_figures.h"
#include "model/offline/evaluation/evaluation_data.h"
#include "model/offline/evaluation/outlier_figures.h"
#include "model/offline/evaluation/row_scores.h"
#include "model/offline/evaluation/sample_figures.h"
#include "model/offline/statistics/bootstrap.h"
#include "model/offline/statistics/classifier_figures.h"
#include "model/spec/model_spec.h"

namespace ebm {

struct ReportOptions {
  std::string checkpoint_name;  // for display
  int64_t samples = 500;
  uint64_t seed = 0;
  int threads = 1;
};

// The classifier with its logits divided by a softmax temperature (model/offline/statistics/class_temperature.h): the
// one that a server applies on request or, if the checkpoint is not calibrated, the one fitted on validation rows.
struct TemperatureFigures {
  double temperature = 1;
  std::string validation_name;  // empty: the checkpoint's own temperature
  int64_t validation_rows = 0;
  ClassifierFigures after;  // on the report's rows
};

struct Report {
  std::string checkpoint_name;
  ModelSpec spec;
  SamplerSettings sampler;
  Provenance provenance;
  std::string data_name;
  std::string data_sha256;
  int64_t rows = 0;
  int64_t complete_rows = 0;  // without missing values: those that density and samples are measured on
  uint64_t seed = 0;
  std::optional<ClassifierFigures> classifier;    // unset for a model of one class
  std::optional<TemperatureFigures> temperature;  // unset if the checkpoint has none and there are no validation rows
  std::vector<ScoreKind> score_kinds;             // those of the outliers' figures
  std::vector<OutlierFigures> outliers;
  std::optional<ConformalFigures> conformal;  // if the checkpoint is calibrated
  DensityFigures density;
  SampleFigures samples;  // for a model with a base density, compared with dequantised rows, as its samples are
};

// Errors: those of MakeEnergyModel, ScoreRows, MakeDensityFigures and DrawSamples; FailedPrecondition for a model
// without class logits or gradients; InvalidArgument for a number of samples that is not in [1, kMostSamples].
absl::StatusOr<Report> MakeReport(const Checkpoint& checkpoint, const EvaluationData& data,
                                  const ReportOptions& options);
inline constexpr int64_t kMostSamples = 100000;

// Every figure that has an interval, by name: "error", "auroc_log_density_shuffled", ...
std::vector<std::pair<std::string, Figure>> NamedFigures(const Report& report);

// Every figure without an interval, by name: "temperature", "samples_mmd_squared", ...
std::vector<std::pair<std::string, double>> NamedNumbers(const Report& report);

// Writes the values of all named figures to the checkpoint's evaluation, as "report_NAME", instead of those of an
// earlier report, and the data that they were measured on to its provenance's settings ("report_data",
// "report_data_sha256").
void AddToCheckpoint(const Report& report, Checkpoint& checkpoint);

}  // namespace ebm

#endif  // EBM_MODEL_OFFLINE_EVALUATION_REPORT_H_
