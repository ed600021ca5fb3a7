// Figures of a classifier on labelled rows, each with its interval.
//
// Threads: free functions, reentrant.

#ifndef EBM_MODEL_OFFLINE_STATISTICS_CLASSIFIER_FIGURES_H_
#define EBM_MODEL_OFFLINE_STATISTICS_CLASSIFIER_FIGURES_H_

#include <cstdint>
#include <span>

#include "model/core/matrix_view.h"
#include "model/offline/statistics/bootstrap.h"
#include "model/offline/statistics/reliability.h"

namespace ebm {

struct ClassifierFigures {
  Figure error;              // fraction of rows
  Figure cross_entropy;      // nats
  Figure calibration_error;  // fraction
  ReliabilityDiagram reliability;
};

// The figures of softmax(f(x) / T). logits: [n, K], labels: [n]. The calibration error of a resample is biased upwards,
// most so on few rows, so its interval can lie above its value. REQUIRES: n > 0.
ClassifierFigures MakeClassifierFigures(ConstMatrix logits, std::span<const int32_t> labels, double temperature,
                                        uint64_t seed);

}  // namespace ebm

#endif  // EBM_MODEL_OFFLINE_STATISTICS_CLASSIFIER_FIGURES_H_
