// An observer of a model's requests that keeps what it is told.

#ifndef EBM_TESTS_SERVER_INFERENCE_KEPT_EVENTS_H_
#define EBM_TESTS_SERVER_INFERENCE_KEPT_EVENTS_H_

#include <vector>

#include "server/inference/model_observer.h"

namespace ebm::inference {

class KeptEvents final : public ModelObserver {
 public:
  void Refused(Refusal why) override { refused.push_back(why); }
  void BrokenOff(Break why) override { broken.push_back(why); }
  void RowsAnswered(const RowsObserved& rows) override {
    percentiles.assign(rows.percentiles.begin(), rows.percentiles.end());
    max_softmaxes.assign(rows.max_softmaxes.begin(), rows.max_softmaxes.end());
    p_values.assign(rows.p_values.begin(), rows.p_values.end());
    ++answers;
  }

  std::vector<Refusal> refused;
  std::vector<Break> broken;
  int answers = 0;
  std::vector<float> percentiles;  // of the last answer
  std::vector<float> max_softmaxes;
  std::vector<float> p_values;
};

}  // namespace ebm::inference

#endif  // EBM_TESTS_SERVER_INFERENCE_KEPT_EVENTS_H_
