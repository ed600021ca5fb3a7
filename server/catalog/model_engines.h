// The adapter between a model and batching: implements the engines with an EnergyModel and the transition kernels.
//
// EnergyModel guarantees that a row's bits do not depend on the other rows, so a chain or a row gives the same bits
// alone and under load, in any slot. The model is called with the occupied rows only, so the cost of a tile depends on
// its occupied slots (for residual networks, rounded up to a multiple of eight).
//
// Chains of the same kind of kernel step together, in a batch of their own (kernel_chains.h).
//
// Ownership: the model is borrowed and outlives the engine.
//
// Threads: an engine is used by one thread at a time.

#ifndef EBM_SERVER_CATALOG_MODEL_ENGINES_H_
#define EBM_SERVER_CATALOG_MODEL_ENGINES_H_

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "absl/status/status.h"
#include "model/core/energy_model.h"
#include "model/core/matrix_view.h"
#include "server/batching/chain_engine.h"
#include "server/catalog/kernel_chains.h"
#include "server/catalog/start_states.h"

namespace ebm::catalog {

// The number of a worker's slots, and the maximum number of rows of a tile. More slots than the rows that are computed
// together (model/kernels/row_chunks.h) would not make chains faster, and would make each step, and so the waits
// between steps, longer.
inline constexpr int kTileRows = 32;

class ModelChainEngine final : public batching::ChainEngine {
 public:
  // The settings of chains are ModelChainSettings. REQUIRES: CheckKernel (kernel_chains.h) accepted their kernel.
  // Both are borrowed and outlive the engine. starts: of chains that enter without a state.
  ModelChainEngine(const EnergyModel* model, const StartStates* starts);

  int slots() const override { return kTileRows; }
  int dimension() const override { return static_cast<int>(model_.dimension()); }
  absl::Status Admit(int slot, const batching::ChainEntry& entry) override;
  absl::Status Step() override;
  bool IsFinite(int slot) const override;
  uint32_t TakeAccepted(int slot) override;
  batching::ChainProgress Progress(int slot) const override;
  View ViewOf(int slot) const override;
  absl::Status Read(std::span<const int> slots, std::span<const std::span<float>> states,
                    std::span<float> log_density) override;
  void Release(int slot) override;

 private:
  // The chains of one kind of kernel, in rows 0 to slot_of.size() - 1. Null for a kind that the model cannot run.
  struct Group {
    std::unique_ptr<KernelChains> chains;
    std::vector<int> slot_of;  // [rows]
  };
  // Where the chain of a slot is.
  struct Place {
    Group* group = nullptr;
    int64_t row = 0;
  };

  std::span<const float> StateOf(int slot) const;
  // Whether these slots have all chains of the group.
  bool AreAllOf(const Group& group, std::span<const int> slots) const;
  void ReadDensities(const Group& group, std::span<const int> slots, std::span<float> log_density);
  void ReadDensities(std::span<const int> slots, std::span<float> log_density);

  const EnergyModel& model_;
  const StartStates& starts_;
  MatrixBuffer start_;              // [1, D], scratch
  MatrixBuffer gathered_;           // [slots, D], scratch
  std::vector<float> row_density_;  // [slots], scratch
  std::vector<Group> groups_;       // in the order of KernelSettings
  std::vector<Place> places_;       // [slots]
};

// The sizes of the model's rows and results. REQUIRES: class_logits().
batching::RowShape ShapeOf(const EnergyModel& model);

class ModelRowEngine final : public batching::RowEngine {
 public:
  // REQUIRES: the model has class_logits(); log_density_gradient(), if gradient norms are wanted; hidden_units(), if
  // hidden means are.
  explicit ModelRowEngine(const EnergyModel* model);

  int max_rows() const override { return kTileRows; }
  batching::RowShape shape() const override { return shape_; }
  absl::Status Evaluate(std::span<const float> rows, const batching::RowOutputs& out) override;

 private:
  void FillGradientNorms(ConstMatrix x, std::span<float> gradient_norm);

  const EnergyModel& model_;
  const batching::RowShape shape_;
  MatrixBuffer gradient_;                // [max_rows, D], scratch
  std::vector<float> log_density_;       // [max_rows], scratch
  const std::vector<int32_t> no_class_;  // [max_rows] of kNoClass
};

}  // namespace ebm::catalog

#endif  // EBM_SERVER_CATALOG_MODEL_ENGINES_H_
