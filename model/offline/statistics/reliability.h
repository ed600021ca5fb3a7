// Calibration of a classifier's probabilities: of all answers given with confidence c, a share c should be right. Also
// the temperature, one number that corrects most miscalibration (Guo et al. 2017, arXiv:1706.04599).
//
// Threads: free functions, reentrant.

#ifndef EBM_MODEL_OFFLINE_STATISTICS_RELIABILITY_H_
#define EBM_MODEL_OFFLINE_STATISTICS_RELIABILITY_H_

#include <array>
#include <cstdint>
#include <span>

#include "model/core/matrix_view.h"

namespace ebm {

// Bin b holds confidences in (b / 15, (b + 1) / 15].
inline constexpr int kReliabilityBins = 15;

struct ReliabilityBin {
  int64_t rows = 0;
  double mean_confidence = 0;  // 0 where there are no rows
  double accuracy = 0;
};
using ReliabilityDiagram = std::array<ReliabilityBin, kReliabilityBins>;

int ReliabilityBinOf(double confidence);

// confidence: [n] in [0, 1]; correct: [n] of 0 and 1.
ReliabilityDiagram MakeReliabilityDiagram(std::span<const double> confidence, std::span<const uint8_t> correct);

// The expected calibration error: the sum over bins of (rows in the bin / n) |accuracy - mean confidence|. REQUIRES:
// n > 0.
double CalibrationError(std::span<const double> confidence, std::span<const uint8_t> correct);

// Mean of -ln softmax(f(x) / T)[label], nats. logits: [n, K], labels: [n]. REQUIRES: n > 0.
double CrossEntropyAt(double temperature, ConstMatrix logits, std::span<const int32_t> labels);

// The T in [lowest, highest] with the least cross-entropy, by golden section in ln T to a relative 1e-6; the mean is
// convex in 1 / T, so it has one minimum. If every row is classified correctly, it is `lowest`. REQUIRES: as above, and
// 0 < lowest < highest.
double BestTemperature(ConstMatrix logits, std::span<const int32_t> labels, double lowest, double highest);

}  // namespace ebm

#endif  // EBM_MODEL_OFFLINE_STATISTICS_RELIABILITY_H_
