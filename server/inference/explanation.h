// Which columns make a row unlike the data: how far ln p~ rises when a column alone takes the value that suits the rest
// of its row best.
//
//   rise_c(x) = max over v of ln p~(x with x_c = v)  -  ln p~(x)  >= 0
//
// v runs over the row's own value and the candidates of model/spec/candidate_values.h. All rows of a request are tried
// together, round by round, in as many tasks as the caller likes: the result does not depend on how it divides them.
//
// A row with missing values is explained as one completed row (of model/scoring/missing_values.h, that of the highest
// ln p~): the missing values stay what they are there, and get no rise.
//
// Units: nats; values in data units, rows in scaled units.
//
// Errors: CheckExplanation, InvalidArgument with the number of evaluations and the limit.
//
// Threads: an Explanation belongs to one thread at a time.

#ifndef EBM_SERVER_INFERENCE_EXPLANATION_H_
#define EBM_SERVER_INFERENCE_EXPLANATION_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "absl/status/status.h"
#include "model/spec/candidate_values.h"
#include "model/spec/model_spec.h"
#include "server/inference/request_limits.h"

namespace ebm::inference {

// InvalidArgument if explaining n rows takes more evaluations than a request may.
absl::Status CheckExplanation(int64_t rows, const ModelSpec& spec, const RequestLimits& limits);

// How many candidates one task evaluates: few enough for others to get their turn soon and to take little memory.
int64_t CandidatesPerTask(int64_t dimension);

// The bytes that an Explanation holds at most, its next task's rows included.
uint64_t BytesOfExplanation(int64_t rows, const ModelSpec& spec);

struct ExplainedRows {
  std::vector<float> rows;         // [n, D], complete
  std::vector<float> values;       // [n, C], as given; NaN: missing, gets no rise
  std::vector<float> log_density;  // [n], finite ln p~ of `rows`
};

struct ColumnRises {
  std::vector<float> rises;        // [n, C], NaN for missing values
  std::vector<float> best_values;  // [n, C], the row's own where no candidate is better, NaN for missing values
};

class Explanation {
 public:
  // spec: borrowed, outlives the object.
  Explanation(const ModelSpec& spec, ExplainedRows explained);

  // The next rows to evaluate, [m, D], m <= most. Empty if all are done. REQUIRES: Take followed the call before.
  std::vector<float> NextRows(int64_t most);
  // ln p~ of these, [m]. What is not finite counts as worse than the row itself.
  void Take(std::span<const float> log_density);

  // REQUIRES: NextRows was empty.
  ColumnRises Result() &&;

 private:
  // A value of a row.
  struct Place {
    const DataColumn* column = nullptr;
    int64_t first_coordinate = 0;
  };
  // A candidate that is being evaluated.
  struct Trial {
    size_t entry = 0;  // of [n, C]
    float value = 0;
  };

  // Goes to the next candidate. False if there is none, or if it depends on the trials.
  bool Advance();
  void FindCandidates();
  void AppendTrial(std::vector<float>& rows);

  const CandidateGrid grid_;
  const int64_t dimension_;
  std::vector<Place> places_;  // [C]
  ExplainedRows explained_;
  std::vector<float> best_density_;  // [n, C]
  std::vector<float> best_values_;   // [n, C]
  std::vector<float> centres_;       // [n, C], best_values_ at the start of the round
  std::vector<Trial> trials_;

  int round_ = 0;
  size_t next_entry_ = 0;
  size_t entry_ = 0;
  std::vector<float> candidates_;  // of the entry in this round
  size_t candidate_ = 0;           // the next one
};

}  // namespace ebm::inference

#endif  // EBM_SERVER_INFERENCE_EXPLANATION_H_
