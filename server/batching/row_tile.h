// The rows and results of one call of a row engine: slices of one or more requests.

#ifndef EBM_SERVER_BATCHING_ROW_TILE_H_
#define EBM_SERVER_BATCHING_ROW_TILE_H_

#include <span>
#include <vector>

#include "absl/status/status.h"
#include "server/batching/chain_engine.h"
#include "server/batching/row_queue.h"

namespace ebm::batching {

// Threads: used by one worker; slices of one job in several workers do not overlap.
class RowTile {
 public:
  // Copies the slices' rows into one array, and makes room for the results in their jobs. The slices are borrowed.
  // REQUIRES: at least one slice, all slices are of one kind, and they have no more rows than engine.max_rows().
  RowTile(std::span<const RowSlice> slices, const RowEngine& engine);

  absl::Status Evaluate(RowEngine* engine) {
    return engine->Evaluate(rows_, {.logits = result_.logits,
                                    .log_density = result_.log_density,
                                    .gradient_norm = result_.gradient_norm,
                                    .log_ratio = result_.log_ratio,
                                    .hidden_means = result_.hidden_means});
  }
  // Copies the results to the jobs of the slices.
  void Deliver() const;

  int rows() const { return static_cast<int>(result_.log_density.size()); }

 private:
  const std::span<const RowSlice> slices_;
  const RowShape shape_;
  std::vector<float> rows_;  // [n, D]
  RowResult result_;
};

}  // namespace ebm::batching

#endif  // EBM_SERVER_BATCHING_ROW_TILE_H_
