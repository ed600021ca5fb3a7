// The adapter between a model and batching: chains and rows on slot ids and float spans, computed by an EnergyModel
// and a TransitionKernel.
//
// Both engines call the model with exactly kTileRows rows, idle ones filled with zeros. EnergyModel promises that for a
// fixed number of rows a row's numbers depend on that row alone; so a chain or a row gives the same bits alone and
// under load, in whatever slot.
//
// Ownership: model and kernel are borrowed and outlive the engine.
//
// Threads: an engine is used by one thread at a time.

#ifndef EBM_SERVER_CATALOG_MODEL_ENGINES_H_
#define EBM_SERVER_CATALOG_MODEL_ENGINES_H_

#include <cstdint>
#include <span>
#include <vector>

#include "model/core/energy_model.h"
#include "model/core/matrix_view.h"
#include "model/sampler/chain_batch.h"
#include "model/sampler/transition_kernel.h"
#include "server/batching/chain_engine.h"

namespace ebm::catalog {

inline constexpr int kTileRows = 16;

class ModelChainEngine final : public batching::ChainEngine {
 public:
  // REQUIRES: the model has log_density_gradient().
  ModelChainEngine(const EnergyModel* model, const TransitionKernel* kernel);

  int slots() const override { return kTileRows; }
  int dimension() const override { return static_cast<int>(model_.dimension()); }
  void Admit(int slot, const batching::ChainEntry& entry) override;
  void Step() override;
  bool IsFinite(int slot) const override;
  void Read(std::span<const int> slots, std::span<float> states, std::span<float> log_density) override;
  void Release(int slot) override;

 private:
  const EnergyModel& model_;
  const TransitionKernel& kernel_;
  ChainBatch chains_;
  std::vector<float> log_density_;  // [kTileRows], scratch of Read
};

class ModelRowEngine final : public batching::RowEngine {
 public:
  // REQUIRES: the model has class_logits() and log_density_gradient().
  explicit ModelRowEngine(const EnergyModel* model);

  int max_rows() const override { return kTileRows; }
  int dimension() const override { return static_cast<int>(model_.dimension()); }
  int num_classes() const override { return static_cast<int>(logits_.cols()); }
  void Evaluate(std::span<const float> rows, std::span<float> logits, std::span<float> log_density,
                std::span<float> gradient_norm) override;

 private:
  void FillGradientNorms(std::span<float> gradient_norm);

  const EnergyModel& model_;
  MatrixBuffer rows_;      // [kTileRows, D]
  MatrixBuffer logits_;    // [kTileRows, K]
  MatrixBuffer gradient_;  // [kTileRows, D]
  std::vector<float> log_density_;
  const std::vector<int32_t> no_class_;  // [kTileRows] of kNoClass
};

}  // namespace ebm::catalog

#endif  // EBM_SERVER_CATALOG_MODEL_ENGINES_H_
