#include "client/cli/json_output.h"

#include <charconv>
#include <cmath>
#include <span>
#include <variant>

#include "client/cli/sample_output.h"
#include "model/sampler/sampler_settings.h"
#include "nlohmann/json.hpp"

namespace ebm::client {
namespace {

using Json = nlohmann::ordered_json;

// The double that prints like the float32, in its shortest form: 0.1, not 0.10000000149011612.
Json Number(float value) {
  if (!std::isfinite(value)) return nullptr;
  char text[32];
  const auto end = std::to_chars(text, text + sizeof(text), value).ptr;
  double number = 0.0;
  std::from_chars(text, end, number);
  return number;
}

Json Numbers(std::span<const float> values) {
  Json list = Json::array();
  for (const float value : values) list.push_back(Number(value));
  return list;
}

Json Numbers(std::span<const double> values) {
  Json list = Json::array();
  for (const double value : values) list.push_back(std::isfinite(value) ? Json(value) : Json(nullptr));
  return list;
}

Json Interval(const std::optional<DataRange>& range) {
  if (!range) return nullptr;
  return Json::array({Number(range->minimum), Number(range->maximum)});
}

template <typename T>
Json OrNull(const std::optional<T>& value) {
  if (!value) return nullptr;
  return *value;
}

Json OrNull(const std::optional<float>& value) {
  if (!value) return nullptr;
  return Number(*value);
}

Json States(ConstMatrix states) {
  Json rows = Json::array();
  for (int64_t chain = 0; chain < states.rows(); ++chain) {
    const auto row = states.row(chain);
    rows.push_back(std::isnan(row.front()) ? Json(nullptr) : Numbers(row));
  }
  return rows;
}

Json Diverged(const std::vector<DivergedChain>& chains) {
  Json list = Json::array();
  for (const DivergedChain& diverged : chains) list.push_back({{"chain", diverged.chain}, {"step", diverged.step}});
  return list;
}

Json Identity(const ModelIdentity& model) { return {{"name", model.name}, {"version", model.version}}; }

Json Clamp(const SamplerSettings& settings) {
  if (!settings.clamp_lower && !settings.clamp_upper) return nullptr;
  return Json::array({OrNull(settings.clamp_lower), OrNull(settings.clamp_upper)});
}

Json Setting(float value) { return Number(value); }
Json Setting(const auto& value) { return value; }

// A visitor that adds a kernel's settings.
auto Into(Json& json) {
  return [&json](const char* name, const auto& value) { json[name] = Setting(value); };
}

// Holds a key for every setting of every kind of kernel. Those of other kinds than the settings' have their defaults;
// step_size and noise are null for a kernel that has none.
Json Settings(const SamplerSettings& settings) {
  Json own;
  Json others;
  for (const KernelSettings& kind : KernelKinds()) {
    std::visit([&](const auto& k) { ForEachSetting(k, Into(others)); }, kind);
  }
  std::visit([&](const auto& k) { ForEachSetting(k, Into(own)); }, settings.kernel);
  const bool moves = own.contains("step_size");
  for (const char* const of_motion : {"step_size", "noise_scale"}) {
    own.erase(of_motion);
    others.erase(of_motion);
  }
  others.update(own);
  const Motion motion = MotionOf(settings.kernel);
  Json json = {{"steps", settings.steps},
               {"step_size", moves ? Number(motion.step_size) : nullptr},
               {"noise", moves ? Number(motion.noise_scale) : nullptr},
               {"clamp", Clamp(settings)},
               {"kernel", NameOf(settings.kernel)},
               {"metropolis", IsAdjusted(settings.kernel)},
               {"anneal", IsWeighted(settings.kernel)}};
  json.update(others);
  json["start"] = NameOf(settings.start);
  return json;
}

Json Settings(const std::optional<SamplerSettings>& settings) { return settings ? Settings(*settings) : nullptr; }

// JSON has no number for infinity.
Json NumberOrInf(double value) { return std::isinf(value) ? Json(value > 0 ? "inf" : "-inf") : Json(value); }

Json NumberOrInf(const std::optional<double>& value) { return value ? NumberOrInf(*value) : Json(nullptr); }

Json Diagnostics(const ChainDiagnostics& diagnostics) {
  return {{"first_step", diagnostics.first_step},
          {"step_interval", diagnostics.step_interval},
          {"draws", diagnostics.draws},
          {"log_density_r_hat", NumberOrInf(diagnostics.log_density_r_hat)},
          {"log_density_effective_sample_size", OrNull(diagnostics.log_density_effective_sample_size)},
          {"largest_r_hat", NumberOrInf(diagnostics.largest_r_hat)},
          {"largest_r_hat_coordinate", OrNull(diagnostics.largest_r_hat_coordinate)}};
}

Json Capabilities(const ModelDescription& model) {
  Json names = Json::array();
  if (model.can_classify) names.push_back("classify");
  if (model.can_score) names.push_back("score");
  if (model.has_percentile) names.push_back("percentile");
  if (model.can_sample) names.push_back("sample");
  if (model.has_buffer_start) names.push_back("buffer_start");
  if (model.has_base_start) names.push_back("base_start");
  if (model.has_calibrated_probabilities) names.push_back("calibrated_probabilities");
  if (model.has_p_value) names.push_back("p_value");
  if (model.has_normalized_log_density) names.push_back("normalized_log_density");
  if (model.has_gibbs) names.push_back("gibbs");
  if (model.has_levels) names.push_back("levels");
  if (model.has_hidden_means) names.push_back("hidden_means");
  return names;
}

Json ValueJson(const DataColumn& column, float value) {
  const std::string* const name = CategoryName(column, value);
  return name != nullptr ? Json(*name) : Number(value);
}

Json ExplanationJson(const ExplainedValue& explained) {
  const DataColumn& column = *explained.column;
  return {{"column", explained.has_own_name ? Json(column.name) : Json(explained.index)},
          {"value", ValueJson(column, explained.value)},
          {"rise", Number(explained.rise)},
          {"best_value", ValueJson(column, explained.best_value)}};
}

// Bytes that are not UTF-8, as in a file name, are replaced: dump would throw by default.
std::string Line(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

}  // namespace

std::string ClassifyJson(int64_t row, const ClassifyAnswer& answer, int64_t i, std::optional<int32_t> true_class) {
  const int32_t y = answer.classes[static_cast<size_t>(i)];
  Json json = {{"row", row},
               {"class", y},
               {"label", answer.class_labels[static_cast<size_t>(y)]},
               {"probabilities", Numbers(answer.probabilities.row(i))}};
  if (true_class) json["true_class"] = *true_class;
  return Line(json);
}

std::string ScoreJson(int64_t row, const ScoreAnswer& answer, int64_t i, std::optional<double> false_positive_rate,
                      std::span<const ExplainedValue> explanation) {
  const auto at = [i](const std::vector<float>& column) {
    return column.empty() ? Json(nullptr) : Number(column[static_cast<size_t>(i)]);
  };
  Json json = {{"row", row},
               {"log_density", at(answer.log_densities)},
               {"max_softmax", at(answer.max_softmaxes)},
               {"gradient_norm", at(answer.gradient_norms)},
               {"percentile", at(answer.percentiles)}};
  if (!answer.p_values.empty()) {
    json["outlier_score"] = at(answer.outlier_scores);
    json["p_value"] = at(answer.p_values);
    if (false_positive_rate) json["outlier"] = IsOutlier(answer.p_values[static_cast<size_t>(i)], *false_positive_rate);
  }
  if (!answer.normalized_log_densities.empty()) {
    json["normalized_log_density"] = at(answer.normalized_log_densities);
    json["bits_per_dimension"] = at(answer.bits_per_dimension);
    json["log_z_standard_error"] = OrNull(answer.log_z_standard_error);
  }
  if (answer.hidden_means.rows() > 0) json["hidden_means"] = Numbers(answer.hidden_means.row(i));
  for (const ExplainedValue& explained : explanation) json["explanation"].push_back(ExplanationJson(explained));
  return Line(json);
}

std::string SampleJson(const SampleRequest& request, const SampleSummary& summary, const SampleAssembly& samples,
                       const std::string& output) {
  Json json = {{"model", Identity(summary.model)},
               {"chains", request.chains},
               {"class", OrNull(request.target_class)},
               {"seed", summary.seed}};
  const SamplerSettings& sampler = SettingsOf(request, summary);
  json.update(Settings(sampler));
  json["temperature"] = summary.temperature;
  json["chains_finished"] = summary.chains_finished;
  json["diverged_chains"] = Diverged(summary.diverged_chains);
  json["chain_steps"] = summary.chain_steps;
  if (summary.acceptance_rate) json["acceptance_rate"] = *summary.acceptance_rate;
  if (summary.adapted_step_size) json["adapted_step_size"] = *summary.adapted_step_size;
  if (summary.diagnostics) json["diagnostics"] = Diagnostics(*summary.diagnostics);
  if (summary.annealing) {
    json["annealing"] = {{"effective_sample_size", summary.annealing->effective_sample_size},
                         {"log_z", summary.annealing->log_z},
                         {"log_z_standard_error", NumberOrInf(summary.annealing->log_z_standard_error)}};
  }
  if (IsWeighted(sampler.kernel)) json["log_weights"] = Numbers(samples.log_weights());
  json["queue_seconds"] = summary.queue_seconds;
  json["total_seconds"] = summary.total_seconds;
  if (!output.empty()) {
    json["output"] = output;
  } else {
    json["log_densities"] = Numbers(samples.log_densities());
    json["states"] = States(samples.states());
  }
  return Line(json);
}

namespace {

Json Scaling(const DataScaling& scaling) {
  return {{"scale", Number(scaling.scale)}, {"offset", Number(scaling.offset)}};
}

Json ColumnJson(const DataColumn& column) {
  Json json = {{"name", column.name}, {"kind", NameOf(column.kind)}};
  if (!column.is_input()) return json;
  json["range"] = Interval(column.range);
  json["step"] = Number(column.step);
  json["scaling"] = Scaling(column.scaling);
  if (column.power) {
    json["power"] = {{"lambda", Number(column.power->lambda)}, {"outer", Scaling(column.power->outer)}};
  }
  if (column.threshold) json["threshold"] = Number(*column.threshold);
  if (!column.is_categorical()) return json;
  json["values"] = Json::array();
  for (const CategoryValue& value : column.values) {
    json["values"].push_back({{"name", value.name}, {"code", Number(value.code)}});
  }
  return json;
}

// Null if data_range and scaling describe all values.
Json Columns(const ModelDescription& model) {
  if (ArePlain(model.columns)) return nullptr;
  Json columns = Json::array();
  for (const DataColumn& column : model.columns) columns.push_back(ColumnJson(column));
  return columns;
}

}  // namespace

std::string ImputationJson(int64_t row, std::span<const float> given, ConstMatrix completed, CompletedAs form) {
  Json missing = Json::array();
  for (size_t value = 0; value < given.size(); ++value) {
    if (std::isnan(given[value])) missing.push_back(value);
  }
  Json json = {{"row", row}, {"missing", missing}};
  if (form == CompletedAs::kDraws) {
    json["draws"] = States(completed);
  } else {
    json["values"] = Numbers(completed.row(0));
  }
  return json.dump();
}

std::string ModelJson(const ModelDescription& model) {
  return Line({{"name", model.identity.name},
               {"version", model.identity.version},
               {"family", model.family},
               {"precision", model.precision},
               {"input_shape", model.input_shape},
               {"class_labels", model.class_labels},
               {"data_range", Interval(model.data_range)},
               {"scaling", ArePlain(model.columns) ? Scaling(model.columns.front().scaling) : Json()},
               {"columns", Columns(model)},
               {"sampler_defaults", Settings(model.sampler_defaults)},
               {"capabilities", Capabilities(model)},
               {"provenance", model.provenance},
               {"evaluation", model.evaluation}});
}

std::string VersionJson(const ModelVersion& version) {
  return Line({{"name", version.identity.name},
               {"version", version.identity.version},
               {"state", NameOf(version.state)},
               {"reason", version.reason},
               {"labels", version.labels}});
}

}  // namespace ebm::client
