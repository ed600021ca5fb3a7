// One call of a row engine: slices of several requests side by side.

#ifndef EBM_SERVER_BATCHING_ROW_TILE_H_
#define EBM_SERVER_BATCHING_ROW_TILE_H_

#include <span>
#include <vector>

#include "server/batching/chain_engine.h"
#include "server/batching/row_queue.h"

namespace ebm::batching {

// Threads: used by one worker; slices of one job in several workers do not overlap.
class RowTile {
 public:
  // Gathers the rows. The slices are borrowed, all of one kind, and no more rows than the engine takes.
  RowTile(std::span<const RowSlice> slices, const RowEngine& engine);

  void Evaluate(RowEngine* engine) {
    engine->Evaluate(rows_, {.logits = result_.logits,
                             .log_density = result_.log_density,
                             .gradient_norm = result_.gradient_norm,
                             .log_ratio = result_.log_ratio});
  }
  // Copies the results to where their requests keep them.
  void Deliver() const;

  int rows() const { return static_cast<int>(result_.log_density.size()); }

 private:
  const std::span<const RowSlice> slices_;
  const size_t num_classes_;
  std::vector<float> rows_;  // [n, D]
  RowResult result_;
};

}  // namespace ebm::batching

#endif  // EBM_SERVER_BATCHING_ROW_TILE_H_
