#include "model/offline/evaluation/report.h"

#include <algorithm>
#include <memory>
#include <numbers>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "model/checkpoint/refresh.h"
#include "model/core/random.h"
#include "model/core/status_macros.h"
#include "model/energy/energy_factory.h"
#include "model/offline/data/dequantisation.h"
#include "model/offline/data/outlier_rows.h"
#include "model/offline/evaluation/complete_rows.h"
#include "model/offline/evaluation/model_samples.h"
#include "model/offline/evaluation/row_scores.h"
#include "model/offline/statistics/class_temperature.h"
#include "model/spec/row_codec.h"

namespace ebm {
namespace {

constexpr int64_t kExamples = 12;

// Derived seeds of the report's parts; outlier set i takes kOutlierSeeds + i.
enum SeedOf : uint32_t {
  kClassifierSeed = 0,
  kSampleSeed = 1,
  kTestSeed = 2,
  kMadeRowsSeed = 3,
  kDensitySeed = 4,
  kConformalSeed = 5,
  kComparedRowsSeed = 6,
  kOutlierSeeds = 16
};

absl::Status CheckCapabilities(const EnergyModel& model) {
  if (model.class_logits() != nullptr) return absl::OkStatus();
  return absl::FailedPreconditionError("the report needs a model with class logits");
}

// Computes the parts of one report.
class Reporting {
 public:
  Reporting(const Checkpoint& checkpoint, const EnergyModel& model, const EvaluationData& data,
            const ReportOptions& options)
      : checkpoint_(checkpoint),
        model_(model),
        data_(data),
        options_(options),
        rows_(data.rows.data.rows.view()),
        complete_(CompleteRowsOf(rows_)) {}

  absl::StatusOr<Report> Run();

 private:
  uint64_t Seed(uint32_t part) const { return DeriveSeed(options_.seed, part); }
  absl::Status CheckCompleteRows() const;
  Report Header() const;
  absl::StatusOr<std::optional<TemperatureFigures>> Temperature(const RowScores& scores) const;
  absl::StatusOr<std::vector<OutlierFigures>> Outliers(const RowScores& scores) const;
  absl::StatusOr<OutlierFigures> OneSet(const std::string& name, ConstMatrix outliers, Pairing pairing, uint64_t seed,
                                        const RowScores& scores) const;
  absl::StatusOr<RowScores> Score(ConstMatrix rows, const std::string& name) const {
    const OutlierScore* served = checkpoint_.calibration ? &checkpoint_.calibration->outlier_score : nullptr;
    return ScoreRows(model_, rows, name, options_.threads, served);
  }
  std::optional<ConformalFigures> Conformal(const RowScores& scores, const std::vector<OutlierFigures>& sets) const;
  absl::StatusOr<SampleFigures> Samples(ModelSamples samples, const RowScores& scores) const;

  const Checkpoint& checkpoint_;
  const EnergyModel& model_;
  const EvaluationData& data_;
  const ReportOptions& options_;
  const ConstMatrix rows_;
  const MatrixBuffer complete_;  // those of them without missing values
};

// Samples and bits per dimension are those of whole rows.
absl::Status Reporting::CheckCompleteRows() const {
  if (complete_.rows() > 0) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat(data_.rows.name,
                   ": every row has missing values; bits per dimension and the comparison with samples need rows "
                   "without any"));
}

Report Reporting::Header() const {
  return {.checkpoint_name = options_.checkpoint_name,
          .spec = checkpoint_.spec,
          .sampler = checkpoint_.sampler,
          .provenance = checkpoint_.provenance,
          .data_name = data_.rows.name,
          .data_sha256 = data_.rows.sha256,
          .rows = rows_.rows(),
          .complete_rows = complete_.rows(),
          .seed = options_.seed,
          .classifier = {},
          .temperature = {},
          .score_kinds = {},
          .outliers = {},
          .conformal = {},
          .density = {},
          .samples = {}};
}

absl::StatusOr<std::optional<TemperatureFigures>> Reporting::Temperature(const RowScores& scores) const {
  const auto figures_at = [&](double temperature, const std::string& name, int64_t rows) {
    return TemperatureFigures{.temperature = temperature,
                              .validation_name = name,
                              .validation_rows = rows,
                              .after = MakeClassifierFigures(scores.logits.view(), data_.rows.data.labels, temperature,
                                                             Seed(kClassifierSeed))};
  };
  if (checkpoint_.calibration.has_value()) return figures_at(checkpoint_.calibration->class_temperature, "", 0);
  if (!data_.validation.has_value()) return std::nullopt;
  const NamedRows& validation = *data_.validation;
  EBM_ASSIGN_OR_RETURN(const RowScores validation_scores,
                       ScoreRows(model_, validation.data.rows.view(), validation.name, options_.threads));
  return figures_at(FitClassTemperature(validation_scores.logits.view(), validation.data.labels), validation.name,
                    validation.data.rows.rows());
}

absl::StatusOr<OutlierFigures> Reporting::OneSet(const std::string& name, ConstMatrix outliers, Pairing pairing,
                                                 uint64_t seed, const RowScores& scores) const {
  EBM_ASSIGN_OR_RETURN(const RowScores outlier_scores, Score(outliers, name));
  OutlierFigures figures = MakeOutlierFigures(scores, outlier_scores, pairing, seed);
  figures.name = name;
  figures.examples = CompleteRowsOf(outliers, kExamples);
  figures.outlier_scores = outlier_scores.outlier_score;
  return figures;
}

absl::StatusOr<std::vector<OutlierFigures>> Reporting::Outliers(const RowScores& scores) const {
  std::vector<OutlierFigures> sets;
  uint32_t part = kOutlierSeeds;
  for (const OutlierKind kind : OutlierKindsFor(checkpoint_.spec)) {
    const MatrixBuffer made = MakeOutliers(kind, checkpoint_.spec, rows_, Seed(kMadeRowsSeed));
    EBM_ASSIGN_OR_RETURN(OutlierFigures figures,
                         OneSet(NameOf(kind), made.view(), Pairing::kRowByRow, Seed(part++), scores));
    sets.push_back(std::move(figures));
  }
  for (const NamedRows& given : data_.outliers) {
    EBM_ASSIGN_OR_RETURN(OutlierFigures figures,
                         OneSet(given.name, given.data.rows.view(), Pairing::kIndependent, Seed(part++), scores));
    sets.push_back(std::move(figures));
  }
  return sets;
}

// A model with a base density is a density of dequantised rows, so its samples are compared with dequantised rows.
absl::StatusOr<SampleFigures> Reporting::Samples(ModelSamples samples, const RowScores& scores) const {
  const auto figures = [&](ConstMatrix rows, const RowScores& row_scores) {
    const ComparedData compared{.held_out = rows, .held_out_scores = row_scores, .training = data_.training};
    return MakeSampleFigures(model_, std::move(samples), compared, Seed(kTestSeed), options_.threads);
  };
  if (model_.base_density() == nullptr) return figures(rows_, scores);
  const MatrixBuffer dequantised = DequantisedRows(checkpoint_.spec, complete_.view(), Seed(kComparedRowsSeed));
  EBM_ASSIGN_OR_RETURN(const RowScores dequantised_scores, Score(dequantised.view(), data_.rows.name));
  return figures(dequantised.view(), dequantised_scores);
}

std::optional<ConformalFigures> Reporting::Conformal(const RowScores& scores,
                                                     const std::vector<OutlierFigures>& sets) const {
  const std::vector<float>& calibration = checkpoint_.calibration_scores;
  if (!checkpoint_.calibration.has_value()) return std::nullopt;
  ConformalFigures figures{.calibration_rows = static_cast<int64_t>(calibration.size()),
                           .p_values = PValues(scores.outlier_score, calibration)};
  std::ranges::sort(figures.p_values);
  const uint64_t seed = Seed(kConformalSeed);
  figures.data = MakeFlaggedShares(figures.p_values, seed);
  figures.outliers.reserve(sets.size());
  for (const OutlierFigures& set : sets) {
    figures.outliers.push_back(MakeFlaggedShares(PValues(set.outlier_scores, calibration), seed));
  }
  return figures;
}

absl::StatusOr<Report> Reporting::Run() {
  EBM_RETURN_IF_ERROR(CheckCompleteRows());
  Report report = Header();
  EBM_ASSIGN_OR_RETURN(const RowScores scores, Score(rows_, data_.rows.name));
  if (checkpoint_.spec.num_classes() > 1) {
    report.classifier = MakeClassifierFigures(scores.logits.view(), data_.rows.data.labels, 1, Seed(kClassifierSeed));
    EBM_ASSIGN_OR_RETURN(report.temperature, Temperature(scores));
  }
  report.score_kinds = KindsOf(scores);
  EBM_ASSIGN_OR_RETURN(report.outliers, Outliers(scores));
  report.conformal = Conformal(scores, report.outliers);
  EBM_ASSIGN_OR_RETURN(report.density,
                       MakeDensityFigures(checkpoint_, model_, complete_.view(), Seed(kDensitySeed), options_.threads));
  EBM_ASSIGN_OR_RETURN(ModelSamples samples,
                       DrawSamples(checkpoint_, model_, options_.samples, Seed(kSampleSeed), options_.threads));
  EBM_ASSIGN_OR_RETURN(report.samples, Samples(std::move(samples), scores));
  return report;
}

// The mean of ln p(x) over data units, of which the bits are another unit.
Figure MeanLogP(const ModelSpec& spec, const Figure& bits) {
  const auto nats = [&spec](double b) {
    return -b * static_cast<double>(spec.num_values()) * std::numbers::ln2 - LogCell(spec);
  };
  return {.value = nats(bits.value), .lower = nats(bits.upper), .upper = nats(bits.lower)};
}

void AddFlaggedShares(const Report& report, std::vector<std::pair<std::string, Figure>>& figures) {
  const auto add = [&](const std::string& name, const FlaggedShares& shares) {
    for (size_t a = 0; a < shares.size(); ++a) {
      figures.emplace_back(absl::StrCat("flagged_at_", kFalsePositiveRates[a], "_", name), shares[a]);
    }
  };
  add("data", report.conformal->data);
  for (size_t set = 0; set < report.outliers.size(); ++set) {
    add(report.outliers[set].name, report.conformal->outliers[set]);
  }
}

}  // namespace

absl::StatusOr<Report> MakeReport(const Checkpoint& checkpoint, const EvaluationData& data,
                                  const ReportOptions& options) {
  if (options.samples < 1 || options.samples > kMostSamples) {
    return absl::InvalidArgumentError(
        absl::StrCat("samples is ", options.samples, "; 1 to ", kMostSamples, " are allowed"));
  }
  EBM_ASSIGN_OR_RETURN(const std::unique_ptr<EnergyModel> model, MakeEnergyModel(checkpoint.spec, checkpoint.tensors));
  EBM_RETURN_IF_ERROR(CheckCapabilities(*model));
  return Reporting(checkpoint, *model, data, options).Run();
}

std::vector<std::pair<std::string, Figure>> NamedFigures(const Report& report) {
  std::vector<std::pair<std::string, Figure>> figures;
  if (report.classifier.has_value()) {
    figures = {{"error", report.classifier->error},
               {"cross_entropy", report.classifier->cross_entropy},
               {"calibration_error", report.classifier->calibration_error}};
  }
  if (report.temperature.has_value()) {
    figures.emplace_back("cross_entropy_at_temperature", report.temperature->after.cross_entropy);
    figures.emplace_back("calibration_error_at_temperature", report.temperature->after.calibration_error);
  }
  const DensityFigures& density = report.density;
  if (density.base_bits.has_value()) figures.emplace_back("base_bits_per_dim", *density.base_bits);
  if (density.model.has_value()) {
    figures.emplace_back("bits_per_dim", density.model->bits);
    figures.emplace_back("normalized_log_density", MeanLogP(report.spec, density.model->bits));
  }
  figures.emplace_back("log_density", report.samples.row_mean_log_density);
  figures.emplace_back("samples_log_density", report.samples.mean_log_density);
  for (const OutlierFigures& set : report.outliers) {
    for (size_t s = 0; s < set.scores.size(); ++s) {
      const std::string ending = absl::StrCat("_", report.score_kinds[s].name, "_", set.name);
      figures.emplace_back("auroc" + ending, set.scores[s].auroc);
      figures.emplace_back("average_precision" + ending, set.scores[s].average_precision);
      figures.emplace_back("fpr_at_95_tpr" + ending, set.scores[s].fpr_at_95_tpr);
    }
  }
  if (report.conformal.has_value()) AddFlaggedShares(report, figures);
  return figures;
}

std::vector<std::pair<std::string, double>> NamedNumbers(const Report& report) {
  std::vector<std::pair<std::string, double>> numbers = {{"rows", report.rows}};
  if (report.complete_rows < report.rows) numbers.emplace_back("complete_rows", report.complete_rows);
  if (report.temperature.has_value()) numbers.emplace_back("temperature", report.temperature->temperature);
  if (report.density.model.has_value()) {
    numbers.emplace_back("bits_per_dim_standard_error", report.density.model->standard_error);
    numbers.emplace_back("bits_per_dim_reverse", report.density.model->reverse_bits);
  }
  if (report.conformal.has_value()) numbers.emplace_back("calibration_rows", report.conformal->calibration_rows);
  const SampleFigures& samples = report.samples;
  numbers.emplace_back("samples", samples.drawn.states.rows());
  numbers.emplace_back("samples_diverged", samples.drawn.diverged);
  if (samples.test.has_value()) {
    numbers.emplace_back("samples_mmd_squared", samples.test->result.mmd_squared);
    numbers.emplace_back("samples_mmd_p_value", samples.test->result.p_value);
  }
  return numbers;
}

void AddToCheckpoint(const Report& report, Checkpoint& checkpoint) {
  std::erase_if(checkpoint.evaluation, [](const auto& entry) { return absl::StartsWith(entry.first, kReportPrefix); });
  for (const auto& [name, figure] : NamedFigures(report)) checkpoint.evaluation[kReportPrefix + name] = figure.value;
  for (const auto& [name, number] : NamedNumbers(report)) checkpoint.evaluation[kReportPrefix + name] = number;
  checkpoint.provenance.settings["report_data"] = report.data_name;
  checkpoint.provenance.settings["report_data_sha256"] = report.data_sha256;
}

}  // namespace ebm
