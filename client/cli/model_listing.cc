#include "client/cli/model_listing.h"

#include <cmath>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "client/cli/sample_output.h"

namespace ebm::client {
namespace {

std::string Abilities(const ModelDescription& model) {
  std::vector<std::string> names;
  if (model.can_classify) names.emplace_back("classify");
  if (model.can_score) names.emplace_back(model.has_percentile ? "score with percentiles" : "score");
  if (model.can_sample) names.emplace_back(model.has_buffer_start ? "sample, also from stored chains" : "sample");
  if (model.has_p_value) names.push_back(absl::StrCat("p-values from ", model.calibration_rows, " rows"));
  if (model.has_calibrated_probabilities) names.emplace_back("calibrated probabilities");
  if (model.has_normalized_log_density) names.emplace_back("ln p");
  if (model.has_base_start) names.emplace_back("sample from the base density");
  if (model.has_hidden_means) names.push_back(absl::StrCat("means of ", model.hidden_units, " hidden units"));
  if (model.accepts_missing_values) names.emplace_back("rows with missing values");
  return absl::StrJoin(names, "; ");
}

std::string ScalingText(const DataScaling& scaling) {
  return absl::StrFormat("%g * x %s %g", scaling.scale, scaling.offset < 0.0F ? "-" : "+", std::abs(scaling.offset));
}

// "continuous, 4.3 to 7.9", "category: red, green, blue"
std::string ColumnText(const DataColumn& column) {
  const std::string kind = absl::StrReplaceAll(NameOf(column.kind), {{"_", " "}});
  if (!column.is_input()) return kind;
  if (!column.is_categorical()) {
    const std::string range = absl::StrFormat("%s, %g to %g", kind, column.range.minimum, column.range.maximum);
    return column.threshold ? absl::StrFormat("%s, divided at %g", range, *column.threshold) : range;
  }
  const auto append_name = [](std::string* out, const CategoryValue& value) { absl::StrAppend(out, value.name); };
  return absl::StrCat(kind, ": ", absl::StrJoin(column.values, ", ", append_name));
}

}  // namespace

Listing Describe(const ModelDescription& model) {
  Listing listing;
  listing.Add("model", absl::StrCat(model.identity.name, " ", model.identity.version));
  listing.Add("family", model.family);
  listing.Add("precision", model.precision);
  listing.Add("input", absl::StrFormat("[%s], values from %g to %g", absl::StrJoin(model.input_shape, ", "),
                                       model.data_range.minimum, model.data_range.maximum));
  if (ArePlain(model.columns)) {
    listing.Add("scaling", absl::StrCat("x_scaled = ", ScalingText(model.columns.front().scaling)));
  } else {
    for (size_t i = 0; i < model.columns.size(); ++i) {
      listing.Add(ebm::Describe(model.columns[i], static_cast<int64_t>(i)), ColumnText(model.columns[i]));
    }
  }
  listing.Add("classes", absl::StrJoin(model.class_labels, " "));
  listing.Add("can", Abilities(model));
  if (model.sampler_defaults) {
    AddSettings(*model.sampler_defaults, listing);
  } else {
    listing.Add("kernel", "of a kind that this client does not know");
  }
  for (const auto& [name, value] : model.evaluation) listing.Add(name, absl::StrFormat("%.6g", value));
  for (const auto& [name, value] : model.provenance) listing.Add(name, value);
  return listing;
}

std::string VersionText(const ModelVersion& version) {
  const auto& [identity, state, reason, labels] = version;
  return absl::StrCat(identity.name, " ", identity.version, ": ", NameOf(state), labels.empty() ? "" : " (",
                      absl::StrJoin(labels, ", "), labels.empty() ? "" : ")", reason.empty() ? "" : ": ", reason);
}

}  // namespace ebm::client
