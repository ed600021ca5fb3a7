#include "client/load/load_report.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace ebm::client {
namespace {

using nlohmann::ordered_json;

constexpr const char* kNames[] = {"classify", "score", "sample"};

std::vector<double> Sorted(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values;
}

ordered_json Percentiles(const std::vector<double>& values) {
  const std::vector<double> sorted = Sorted(values);
  return {{"p50", Percentile(sorted, 0.5)},
          {"p90", Percentile(sorted, 0.9)},
          {"p99", Percentile(sorted, 0.99)},
          {"p999", Percentile(sorted, 0.999)},
          {"max", Percentile(sorted, 1)}};
}

std::string Milliseconds(const std::vector<double>& sorted, double q) {
  return absl::StrFormat("%9.2f", 1000 * Percentile(sorted, q));
}

std::string LatencyCells(const std::vector<double>& values) {
  const std::vector<double> sorted = Sorted(values);
  return absl::StrCat(Milliseconds(sorted, 0.5), Milliseconds(sorted, 0.9), Milliseconds(sorted, 0.99),
                      Milliseconds(sorted, 1));
}

}  // namespace

double Percentile(const std::vector<double>& sorted, double q) {
  if (sorted.empty()) return 0;
  const auto rank = static_cast<size_t>(std::ceil(q * static_cast<double>(sorted.size())));
  return sorted[std::max<size_t>(rank, 1) - 1];
}

void LoadReport::Add(const RequestOutcome& outcome) {
  ++codes_[outcome.code];
  if (outcome.code != "OK") return;
  Kind& kind = kinds_[static_cast<size_t>(outcome.kind)];
  ++kind.ok;
  kind.rows += outcome.rows;
  kind.chain_steps += outcome.chain_steps;
  kind.latencies.push_back(absl::ToDoubleSeconds(outcome.latency));
  if (outcome.first_frame) kind.first_frames.push_back(absl::ToDoubleSeconds(*outcome.first_frame));
}

std::string LoadReport::Json(absl::Duration length, double offered) const {
  const double seconds = absl::ToDoubleSeconds(length);
  ordered_json report = {{"seconds", seconds}, {"offered_per_second", offered}};
  uint64_t ok = 0;
  for (size_t i = 0; i < kinds_.size(); ++i) {
    const Kind& kind = kinds_[i];
    ok += kind.ok;
    if (kind.ok == 0) continue;
    auto& entry = report[kNames[i]];
    entry = {{"requests", kind.ok},
             {"requests_per_second", static_cast<double>(kind.ok) / seconds},
             {"latency_seconds", Percentiles(kind.latencies)}};
    if (kind.rows > 0) entry["rows_per_second"] = static_cast<double>(kind.rows) / seconds;
    if (kind.chain_steps > 0) entry["chain_steps_per_second"] = static_cast<double>(kind.chain_steps) / seconds;
    if (!kind.first_frames.empty()) entry["first_frame_seconds"] = Percentiles(kind.first_frames);
  }
  report["requests_per_second"] = static_cast<double>(ok) / seconds;
  report["codes"] = codes_;
  return report.dump();
}

std::string LoadReport::Table(absl::Duration length) const {
  const double seconds = absl::ToDoubleSeconds(length);
  std::string table = "                  requests/s      p50      p90      p99      max  ms\n";
  for (size_t i = 0; i < kinds_.size(); ++i) {
    const Kind& kind = kinds_[i];
    if (kind.ok == 0) continue;
    absl::StrAppend(&table, absl::StrFormat("%-16s%12.1f", kNames[i], static_cast<double>(kind.ok) / seconds),
                    LatencyCells(kind.latencies), "\n");
    if (!kind.first_frames.empty()) {
      absl::StrAppend(&table, absl::StrFormat("%-28s", "  first frame"), LatencyCells(kind.first_frames), "\n");
      absl::StrAppend(
          &table, absl::StrFormat("  %.0f chain steps per second\n", static_cast<double>(kind.chain_steps) / seconds));
    }
  }
  for (const auto& [code, count] : codes_) absl::StrAppend(&table, code, ": ", count, "\n");
  return table;
}

}  // namespace ebm::client
