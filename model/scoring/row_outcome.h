// The result of a classifier for one row and its label, in nats.
//
// Threads: a free function, reentrant.

#ifndef EBM_MODEL_SCORING_ROW_OUTCOME_H_
#define EBM_MODEL_SCORING_ROW_OUTCOME_H_

#include <cstdint>
#include <span>

namespace ebm {

// The result of logits f(x), divided by a temperature, for one row and its label.
struct RowOutcome {
  double log_density;           // LSE_y f(x)[y] / T
  double true_log_probability;  // ln p(label given x)
  double confidence;            // the top class' probability
  double top_log_probability;   // its logarithm, exact where the confidence rounds to 1
  bool correct;                 // whether the top class is the label
};
RowOutcome JudgeRow(std::span<const float> logits, int32_t label, double temperature = 1);

}  // namespace ebm

#endif  // EBM_MODEL_SCORING_ROW_OUTCOME_H_
