#include "model/offline/partition/bounds_report.h"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "model/io/json_fields.h"
#include "nlohmann/json.hpp"

namespace ebm {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kLineWidth = 40;

// The bounds, and the stored estimate among the approximations.
std::vector<Bound> WithStored(const Bounds& bounds, const std::optional<PartitionEstimate>& stored) {
  std::vector<Bound> all = bounds.all;
  if (!stored.has_value() || stored->method == PartitionMethod::kExact) return all;
  const auto first_upper = std::ranges::find(all, BoundKind::kUpper, &Bound::kind);
  all.insert(first_upper, {.method = NameOf(stored->method),
                           .kind = BoundKind::kApproximation,
                           .value = stored->log_z,
                           .standard_error = stored->standard_error});
  return all;
}

// The place of a value on a line between two others: from the left for a lower bound, from the right for an upper one.
std::string LineOf(const Bound& bound, double least, double greatest) {
  const double share = greatest > least ? (*bound.value - least) / (greatest - least) : 0;
  const auto place = static_cast<size_t>(std::lround(share * (kLineWidth - 1)));
  std::string line(kLineWidth, ' ');
  if (bound.kind == BoundKind::kLower) std::fill(line.begin() + static_cast<ptrdiff_t>(place), line.end(), '.');
  if (bound.kind == BoundKind::kUpper) std::fill_n(line.begin(), place, '.');
  line[place] = bound.kind == BoundKind::kLower ? '>' : bound.kind == BoundKind::kUpper ? '<' : '|';
  return line;
}

std::string ErrorOf(const Bound& bound) {
  return bound.standard_error.has_value() ? absl::StrFormat("%.4f", *bound.standard_error) : "";
}

Json JsonOf(const Bound& bound) {
  Json json = {{"method", bound.method}, {"kind", NameOf(bound.kind)}};
  if (bound.value.ok()) {
    json["value"] = *bound.value;
    if (bound.standard_error.has_value()) json["standard_error"] = *bound.standard_error;
  } else {
    json["value"] = nullptr;
    json["reason"] = std::string(bound.value.status().message());
  }
  return json;
}

}  // namespace

std::string BoundsTable(const Bounds& bounds, const std::optional<PartitionEstimate>& stored,
                        const std::string& output) {
  const std::vector<Bound> all = WithStored(bounds, stored);
  std::vector<double> values;
  for (const Bound& bound : all) {
    if (bound.value.ok()) values.push_back(*bound.value);
  }
  const auto [least, greatest] = std::ranges::minmax(values);
  std::string table = absl::StrFormat("%-16s %-14s %14s %9s  %s\n", "method", "kind", "ln Z, nats", "error",
                                      absl::StrFormat("%.2f to %.2f", least, greatest));
  for (const Bound& bound : all) {
    if (bound.value.ok()) {
      absl::StrAppendFormat(&table, "%-16s %-14s %14.6f %9s  %s\n", bound.method, NameOf(bound.kind), *bound.value,
                            ErrorOf(bound), LineOf(bound, least, greatest));
    } else {
      absl::StrAppendFormat(&table, "%-16s %-14s %14s %9s  %s\n", bound.method, NameOf(bound.kind), "-", "",
                            bound.value.status().message());
    }
  }
  absl::StrAppendFormat(
      &table,
      "Lower and upper bounds hold whatever the model; those of perturb_and_map include three standard "
      "errors of their means. An approximation is no bound.\n");
  absl::StrAppendFormat(&table, "%-16s %s\n", "written to",
                        output.empty() ? "nothing: the checkpoint has no estimate of ln Z to store them with" : output);
  return table;
}

std::string BoundsJson(const Bounds& bounds, const std::optional<PartitionEstimate>& stored,
                       const std::string& output) {
  Json json = {{"bounds", Json::array()}};
  for (const Bound& bound : WithStored(bounds, stored)) json["bounds"].push_back(JsonOf(bound));
  for (const auto& [name, kind] : {std::pair("lower_bound", BoundKind::kLower), {"upper_bound", BoundKind::kUpper}}) {
    const Bound* const best = bounds.Best(kind);
    json[name] = best == nullptr ? Json(nullptr) : Json(*best->value);
  }
  json["output"] = output.empty() ? Json(nullptr) : Json(output);
  return absl::StrCat(DumpJson(json), "\n");
}

}  // namespace ebm
