// Several answers about the same rows: the rows are evaluated once for all of them.

#ifndef EBM_SERVER_INFERENCE_ROW_ANSWERS_H_
#define EBM_SERVER_INFERENCE_ROW_ANSWERS_H_

#include <optional>
#include <vector>

#include "server/inference/classify.h"
#include "server/inference/score.h"

namespace ebm::inference {

struct RowQuestions {
  std::vector<ClassifyOptions> classify;
  std::optional<ScoreOptions> score;
};

struct RowAnswers {
  std::vector<Classification> classified;  // one for each of RowQuestions::classify
  Scores scores;                           // empty unless they were asked for
};

}  // namespace ebm::inference

#endif  // EBM_SERVER_INFERENCE_ROW_ANSWERS_H_
