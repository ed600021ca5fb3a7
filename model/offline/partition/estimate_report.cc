#include "model/offline/partition/estimate_report.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "model/io/json_fields.h"
#include "model/spec/model_spec.h"
#include "nlohmann/json.hpp"

namespace ebm {
namespace {

constexpr auto kRedrawInterval = std::chrono::milliseconds(100);
constexpr int kBarWidth = 20;
constexpr double kLeastFractionToJudge = 0.01;  // below it, no time left is shown

std::string Bar(double fraction) {
  const auto filled = static_cast<size_t>(kBarWidth * fraction);
  return absl::StrCat("[", std::string(filled, '#'), std::string(kBarWidth - filled, '.'), "]");
}

std::string TimeLeft(std::chrono::steady_clock::duration elapsed, double fraction) {
  if (fraction < kLeastFractionToJudge) return "";
  const double seconds = std::chrono::duration<double>(elapsed).count() * (1 - fraction) / fraction;
  const auto whole = static_cast<int64_t>(seconds + 0.5);
  return absl::StrFormat(", %d:%02d left", whole / 60, whole % 60);
}

std::string BaseLine(const PartitionEstimate& record) {
  if (!record.box_lower) return record.base;
  return absl::StrFormat("%s on [%g, %g] in every coordinate, scaled units; p(x) is 0 outside", record.base,
                         *record.box_lower, *record.box_upper);
}

std::string RunLine(const char* name, const WeightSummary& run, int64_t chains, const char* meaning) {
  return absl::StrFormat("%-14s %.4f, standard error %.4f, effective sample size %.1f of %d: %s\n", name, run.log_mean,
                         run.standard_error, run.effective_sample_size, chains, meaning);
}

}  // namespace

void EstimateProgress::Draw(AnnealingStage stage, double fraction) {
  const auto now = std::chrono::steady_clock::now();
  if (stage == AnnealingStage::kAnnealing && !annealing_) {
    annealing_ = true;
    annealing_began_ = now;
  }
  const bool at_once = terminal_ && !drawn_;
  if (!at_once && now - last_draw_ < (terminal_ ? kRedrawInterval : line_interval_)) return;
  last_draw_ = now;
  drawn_ = true;
  const char* const what = annealing_ ? "annealing" : "pilot run";
  const std::string left = annealing_ ? TimeLeft(now - annealing_began_, fraction) : "";
  out_ << (terminal_ ? absl::StrFormat("\r\033[K%s %s %.0f %%%s", what, Bar(fraction), 100 * fraction, left)
                     : absl::StrFormat("%s %.0f %%%s\n", what, 100 * fraction, left))
       << std::flush;
}

void EstimateProgress::Clear() {
  if (terminal_ && drawn_) out_ << "\r\033[K" << std::flush;
}

std::string EstimateTable(const PartitionResult& result, const PartitionEstimate& record, const std::string& output) {
  std::string table = absl::StrFormat("%-14s %.4f nats, 95 %% interval %.4f to %.4f\n", "ln Z", record.log_z,
                                      result.lower(), result.upper());
  table += RunLine("forward", result.forward, result.chains, "on average not above ln Z");
  table += RunLine("reverse", result.reverse, result.chains, "on average not below ln Z");
  absl::StrAppendFormat(&table, "%-14s %d steps, %.0f %% of them accepted; length %.2f\n", "path", result.steps,
                        100 * result.acceptance, result.length);
  absl::StrAppendFormat(&table, "%-14s %s\n", "base", BaseLine(record));
  absl::StrAppendFormat(&table, "%-14s ln p(x) = ln p~(x) - ln Z in nats, a density over scaled units%s\n", "meaning",
                        record.base == kIndependentBase ? ", here of levels: a probability" : "");
  absl::StrAppendFormat(&table, "%-14s %s\n", "written to", output.empty() ? "nothing" : output);
  return table;
}

std::string ExactTable(const PartitionEstimate& record, const std::string& output) {
  return absl::StrCat(
      absl::StrFormat("%-14s %.6f nats, exactly\n", "ln Z", record.log_z),
      record.base == kIndependentBase
          ? absl::StrFormat("%-14s ln P(x) = ln p~(x) - ln Z in nats, the logarithm of a row's probability\n",
                            "meaning")
          : absl::StrFormat("%-14s ln p(x) = ln p~(x) - ln Z in nats, a density over scaled units\n", "meaning"),
      absl::StrFormat("%-14s %s\n", "written to", output.empty() ? "nothing" : output));
}

std::string ExactJson(const PartitionEstimate& record, const std::string& output) {
  return absl::StrCat(
      DumpJson({{"method", NameOf(record.method)},
                {"log_z", record.log_z},
                {"standard_error", 0},
                {"output", output.empty() ? nlohmann::ordered_json(nullptr) : nlohmann::ordered_json(output)}}),
      "\n");
}

std::string EstimateJson(const PartitionResult& result, const PartitionEstimate& record, const std::string& output) {
  nlohmann::ordered_json json = {{"method", NameOf(record.method)},
                                 {"log_z", record.log_z},
                                 {"standard_error", record.standard_error},
                                 {"lower", result.lower()},
                                 {"upper", result.upper()},
                                 {"effective_sample_size", record.effective_sample_size},
                                 {"reverse_log_z", record.reverse_log_z},
                                 {"reverse_standard_error", result.reverse.standard_error},
                                 {"reverse_effective_sample_size", result.reverse.effective_sample_size},
                                 {"chains", record.chains},
                                 {"steps", record.steps},
                                 {"seed", record.seed},
                                 {"acceptance", result.acceptance},
                                 {"base", record.base}};
  if (record.box_lower) json["box"] = {*record.box_lower, *record.box_upper};
  json["output"] = output.empty() ? nlohmann::ordered_json(nullptr) : nlohmann::ordered_json(output);
  return absl::StrCat(DumpJson(json), "\n");
}

std::string PartTable(const ChainWeights& part, const std::string& file) {
  const PartitionResult result = ResultOf(part);
  const int64_t end = part.first_chain + part.chains();
  return absl::StrCat(
      absl::StrFormat("%-14s %d to %d, %d steps each\n", "chains", part.first_chain, end - 1, result.steps),
      RunLine("forward", result.forward, result.chains, "on average not above ln Z"),
      RunLine("reverse", result.reverse, result.chains, "on average not below ln Z"),
      absl::StrFormat("%-14s %s; --merge estimates ln Z from all parts\n", "written to", file));
}

std::string PartJson(const ChainWeights& part, const std::string& file) {
  const PartitionResult result = ResultOf(part);
  return absl::StrCat(DumpJson({{"first_chain", part.first_chain},
                                {"chains", part.chains()},
                                {"steps", result.steps},
                                {"forward_log_z", result.forward.log_mean},
                                {"effective_sample_size", result.forward.effective_sample_size},
                                {"reverse_log_z", result.reverse.log_mean},
                                {"reverse_effective_sample_size", result.reverse.effective_sample_size},
                                {"weights", file}}),
                      "\n");
}

std::string Advice(const PartitionResult& result) {
  return absl::StrFormat("try --steps=%d for more even weights; if they are even but too few, try --chains=%d",
                         4 * result.steps, 4 * result.chains);
}

}  // namespace ebm
