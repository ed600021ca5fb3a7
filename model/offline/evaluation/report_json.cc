#include "model/offline/evaluation/report_json.h"

#include <nlohmann/json.hpp>

namespace ebm {
namespace {

using Json = nlohmann::ordered_json;

Json CheckpointJson(const Report& report) {
  return {{"name", report.checkpoint_name},
          {"family", report.spec.family()},
          {"recipe", report.provenance.recipe},
          {"seed", report.provenance.seed},
          {"created", report.provenance.created},
          {"code_version", report.provenance.code_version},
          {"training_data", report.provenance.data_name},
          {"training_data_sha256", report.provenance.data_sha256}};
}

Json FiguresJson(const Report& report) {
  Json figures = Json::object();
  for (const auto& [name, figure] : NamedFigures(report)) {
    figures[name] = {{"value", figure.value}, {"lower", figure.lower}, {"upper", figure.upper}};
  }
  return figures;
}

Json NumbersJson(const Report& report) {
  Json numbers = Json::object();
  for (const auto& [name, number] : NamedNumbers(report)) numbers[name] = number;
  return numbers;
}

Json BinsJson(const ReliabilityDiagram& bins) {
  Json list = Json::array();
  for (const ReliabilityBin& bin : bins) {
    list.push_back({{"rows", bin.rows}, {"mean_confidence", bin.mean_confidence}, {"accuracy", bin.accuracy}});
  }
  return list;
}

Json ReliabilityJson(const Report& report) {
  if (!report.classifier.has_value()) return nullptr;
  Json json = {{"bins", BinsJson(report.classifier->reliability)}};
  if (!report.temperature.has_value()) return json;
  json["bins_at_temperature"] = BinsJson(report.temperature->after.reliability);
  if (report.temperature->validation_name.empty()) return json;
  json["validation_data"] = report.temperature->validation_name;
  json["validation_rows"] = report.temperature->validation_rows;
  return json;
}

Json OutliersJson(const Report& report) {
  Json list = Json::array();
  for (const OutlierFigures& set : report.outliers) {
    const PairedHistogram& histogram = set.log_density;
    list.push_back({{"name", set.name},
                    {"rows", set.rows},
                    {"log_density_histogram",
                     {{"lower", histogram.lower},
                      {"upper", histogram.upper},
                      {"data", histogram.data},
                      {"outliers", histogram.outliers}}}});
  }
  return list;
}

Json NearestJson(const NearestFigures& nearest) {
  Json pairs = Json::array();
  for (const Nearest& found : nearest.samples) {
    pairs.push_back({{"training_row", found.row}, {"distance", found.distance}});
  }
  return {{"training_data", nearest.training_name},
          {"training_rows", nearest.training_rows},
          {"samples", pairs},
          {"held_out_rows", nearest.held_out_rows},
          {"sample_distance_quartiles", nearest.sample_quantiles},
          {"held_out_distance_quartiles", nearest.held_out_quantiles}};
}

Json SamplesJson(const Report& report) {
  const SampleFigures& samples = report.samples;
  Json json = {{"class_labels", report.spec.class_labels},
               {"class_counts", samples.class_counts},
               {"row_class_counts", samples.row_class_counts}};
  if (samples.test.has_value()) {
    json["two_sample_test"] = {{"samples", samples.test->samples},
                               {"rows", samples.test->rows},
                               {"bandwidth", samples.test->result.bandwidth},
                               {"permutations", kPermutations}};
  }
  if (samples.nearest.has_value()) json["nearest"] = NearestJson(*samples.nearest);
  return json;
}

}  // namespace

std::string ReportJson(const Report& report) {
  const Json json = {{"checkpoint", CheckpointJson(report)},
                     {"data", {{"name", report.data_name}, {"sha256", report.data_sha256}, {"rows", report.rows}}},
                     {"seed", report.seed},
                     {"figures", FiguresJson(report)},
                     {"numbers", NumbersJson(report)},
                     {"reliability", ReliabilityJson(report)},
                     {"outliers", OutliersJson(report)},
                     {"samples", SamplesJson(report)}};
  // A name that is not UTF-8 is written with the replacement character.
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace ebm
