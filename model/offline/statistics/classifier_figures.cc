#include "model/offline/statistics/classifier_figures.h"

#include <array>
#include <cmath>
#include <vector>

#include "model/scoring/row_outcome.h"

namespace ebm {
namespace {

struct Outcomes {
  std::vector<double> cross_entropy;  // [n], as are the others
  std::vector<double> confidence;
  std::vector<uint8_t> correct;
  std::vector<int> bin;
};

Outcomes JudgeRows(ConstMatrix logits, std::span<const int32_t> labels, double temperature) {
  Outcomes outcomes;
  for (int64_t i = 0; i < logits.rows(); ++i) {
    const RowOutcome row = JudgeRow(logits.row(i), labels[i], temperature);
    outcomes.cross_entropy.push_back(-row.true_log_probability);
    outcomes.confidence.push_back(row.confidence);
    outcomes.correct.push_back(row.correct ? 1 : 0);
    outcomes.bin.push_back(ReliabilityBinOf(row.confidence));
  }
  return outcomes;
}

// Error, cross-entropy and calibration error of rows taken `counts` times.
std::vector<double> WeightedFigures(const Outcomes& outcomes, std::span<const uint32_t> counts) {
  double rows = 0;
  double wrong = 0;
  double cross_entropy = 0;
  std::array<double, kReliabilityBins> gap{};  // sum of (correct - confidence) in the bin
  for (size_t i = 0; i < counts.size(); ++i) {
    const double count = counts[i];
    rows += count;
    wrong += count * (1 - outcomes.correct[i]);
    cross_entropy += count * outcomes.cross_entropy[i];
    gap[outcomes.bin[i]] += count * (outcomes.correct[i] - outcomes.confidence[i]);
  }
  double calibration = 0;
  for (const double sum : gap) calibration += std::abs(sum);
  return {wrong / rows, cross_entropy / rows, calibration / rows};
}

}  // namespace

ClassifierFigures MakeClassifierFigures(ConstMatrix logits, std::span<const int32_t> labels, double temperature,
                                        uint64_t seed) {
  const Outcomes outcomes = JudgeRows(logits, labels, temperature);
  const std::array<int64_t, 1> groups = {logits.rows()};
  const std::vector<Figure> figures =
      Bootstrap(groups, seed, [&](const ResampleCounts& counts) { return WeightedFigures(outcomes, counts.front()); });
  return {.error = figures[0],
          .cross_entropy = figures[1],
          .calibration_error = figures[2],
          .reliability = MakeReliabilityDiagram(outcomes.confidence, outcomes.correct)};
}

}  // namespace ebm
