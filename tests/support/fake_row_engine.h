// A fake row engine whose results are pure functions of its input. It checks that its caller keeps the contract of
// RowEngine.

#ifndef EBM_TESTS_SUPPORT_FAKE_ROW_ENGINE_H_
#define EBM_TESTS_SUPPORT_FAKE_ROW_ENGINE_H_

#include <cmath>
#include <cstddef>
#include <functional>
#include <span>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "gtest/gtest.h"
#include "server/batching/chain_engine.h"
#include "tests/support/fake_chain.h"

namespace ebm::batching {

// logits[k] = (k + 1) * x[0]; the other results are given by the functions below and FakeLogDensity.
class FakeRowEngine final : public RowEngine {
 public:
  FakeRowEngine(int max_rows, const RowShape& shape) : max_rows_(max_rows), shape_(shape) {}

  static float Logit(std::span<const float> row, size_t label) { return static_cast<float>(label + 1) * row[0]; }
  static float GradientNorm(std::span<const float> row) { return 2.0F * std::sqrt(-FakeLogDensity(row)); }

  static float LogRatio(std::span<const float> row) { return FakeLogDensity(row) - row[0]; }

  static float HiddenMean(std::span<const float> row, size_t unit) { return row[0] / static_cast<float>(unit + 2); }

  int max_rows() const override { return max_rows_; }
  RowShape shape() const override { return shape_; }

  absl::Status Evaluate(std::span<const float> rows, const RowOutputs& out) override {
    if (during_evaluate) during_evaluate();
    const auto [dimension, num_classes, hidden_units] = shape_;
    const size_t n = rows.size() / dimension;
    EXPECT_LE(n, static_cast<size_t>(max_rows_));
    EXPECT_EQ(out.logits.size(), n * num_classes);
    EXPECT_EQ(out.log_density.size(), n);
    EXPECT_TRUE(out.gradient_norm.empty() || out.gradient_norm.size() == n);
    EXPECT_TRUE(out.log_ratio.empty() || out.log_ratio.size() == n);
    EXPECT_TRUE(out.hidden_means.empty() || out.hidden_means.size() == n * hidden_units);
    tiles_.push_back({n, !out.gradient_norm.empty(), !out.log_ratio.empty(), !out.hidden_means.empty()});
    for (size_t r = 0; r < n; ++r) {
      const std::span<const float> row = rows.subspan(r * dimension, dimension);
      for (size_t k = 0; k < num_classes; ++k) out.logits[r * num_classes + k] = Logit(row, k);
      out.log_density[r] = FakeLogDensity(row);
      if (!out.gradient_norm.empty()) out.gradient_norm[r] = GradientNorm(row);
      if (!out.log_ratio.empty()) out.log_ratio[r] = LogRatio(row);
      for (size_t j = 0; j < out.hidden_means.size() / n; ++j) {
        out.hidden_means[r * hidden_units + j] = HiddenMean(row, j);
      }
    }
    return std::exchange(next_error, absl::OkStatus());
  }

  struct Tile {
    size_t rows;
    bool gradient_norm = false;
    bool log_ratio = false;
    bool hidden_means = false;
    friend bool operator==(const Tile&, const Tile&) = default;
  };
  const std::vector<Tile>& tiles() const { return tiles_; }

  // Called at the start of each Evaluate.
  std::function<void()> during_evaluate;
  absl::Status next_error;  // of the next Evaluate

 private:
  const int max_rows_;
  const RowShape shape_;
  std::vector<Tile> tiles_;
};

}  // namespace ebm::batching

#endif  // EBM_TESTS_SUPPORT_FAKE_ROW_ENGINE_H_
