#include "model/kernels/discrete_units.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "gtest/gtest.h"
#include "model/core/random.h"
#include "model/kernels/aligned_floats.h"
#include "model/kernels/panel_matrix.h"
#include "model/spec/spec_limits.h"
#include "tests/model/kernels/every_target.h"

namespace ebm::kernels {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();
constexpr size_t kSizes[] = {kPanelColumns, 3 * kPanelColumns, 11 * kPanelColumns};

AlignedFloats NormalUnits(size_t size, uint32_t chain, float scale) {
  AlignedFloats values(size);
  FillNormal({.seed = 5, .stream = RandomStream::kDataNoise, .chain = chain}, {values.data(), size});
  for (size_t i = 0; i < size; ++i) values.data()[i] *= scale;
  return values;
}

AlignedFloats UniformUnits(size_t size, uint32_t chain) {
  AlignedFloats values(size);
  FillUniform({.seed = 5, .stream = RandomStream::kGibbsHidden, .chain = chain}, {values.data(), size});
  return values;
}

double Sigma(double a) { return 1 / (1 + std::exp(-a)); }

TEST(DiscreteUnitsTest, RowsAreAddedInTheirOrder) {
  ForEveryTarget([](int64_t) {
    for (const size_t size : kSizes) {
      for (const size_t count : {0U, 1U, 2U, 7U}) {
        const AlignedFloats start = NormalUnits(size, 0, 3);
        std::vector<AlignedFloats> rows;
        std::vector<const float*> pointers;
        rows.reserve(count);
        pointers.reserve(count);
        for (uint32_t r = 1; r <= count; ++r) rows.push_back(NormalUnits(size, r, 3));
        for (const AlignedFloats& row : rows) pointers.push_back(row.data());
        AlignedFloats sum(size);
        SumRows(start.data(), pointers, size, sum.data());
        for (size_t j = 0; j < size; ++j) {
          float expected = start.data()[j];
          for (const AlignedFloats& row : rows) expected += row.data()[j];
          ASSERT_EQ(sum.data()[j], expected) << "unit " << j << " of " << size << ", " << count << " rows";
        }
      }
    }
  });
}

TEST(DiscreteUnitsTest, SoftplusSumsAgreeWithDoublePrecision) {
  ForEveryTarget([](int64_t) {
    for (const size_t size : kSizes) {
      for (const float scale : {0.1F, 3.0F, 60.0F}) {
        for (const float inverse_temperature : {0.0F, 0.5F, 1.0F, 4.0F}) {
          const AlignedFloats fields = NormalUnits(size, 1, scale);
          const AlignedFloats shifts = NormalUnits(size, 2, 1);
          double expected = 0;
          const size_t count = size - 5;  // what is beyond has no effect
          for (size_t j = 0; j < count; ++j) {
            const double a = inverse_temperature * (double{fields.data()[j]} + shifts.data()[j]);
            expected += std::max(a, 0.0) + std::log1p(std::exp(-std::abs(a)));
          }
          // A rounding of the field, of its product, a few of the functions, and one for each of the terms of a sum.
          const double rounding = 0x1p-24 * (10 + static_cast<double>(size) / 16);
          ASSERT_NEAR(SumOfSoftplus(fields.data(), shifts.data(), inverse_temperature, count), expected,
                      rounding * expected + 1e-6);
        }
      }
    }
  });
}

TEST(DiscreteUnitsTest, AnUnitIsDrawnIfItsUniformNumberIsBelowItsProbability) {
  ForEveryTarget([](int64_t) {
    for (const size_t size : kSizes) {
      for (const float scale : {0.1F, 3.0F, 60.0F}) {
        const AlignedFloats fields = NormalUnits(size, 1, scale);
        const AlignedFloats shifts = NormalUnits(size, 2, 1);
        const AlignedFloats uniform = UniformUnits(size, 3);
        AlignedFloats units(size);
        DrawUnits(fields.data(), shifts.data(), 0.5F, uniform.data(), size, units.data());
        for (size_t j = 0; j < size; ++j) {
          const double probability = Sigma(0.5 * (double{fields.data()[j]} + shifts.data()[j]));
          if (std::abs(uniform.data()[j] - probability) < 1e-6) continue;  // rounding may decide
          ASSERT_EQ(units.data()[j], uniform.data()[j] < probability ? 1 : 0) << "unit " << j;
        }
      }
    }
  });
}

TEST(DiscreteUnitsTest, InfiniteFieldsAreCertain) {
  ForEveryTarget([](int64_t) {
    AlignedFloats fields(kPanelColumns);
    AlignedFloats zeros(kPanelColumns);
    AlignedFloats uniform(kPanelColumns);
    AlignedFloats units(kPanelColumns);
    for (size_t j = 0; j < kPanelColumns; ++j) {
      fields.data()[j] = j % 2 == 0 ? kInfinity : -kInfinity;
      uniform.data()[j] = j % 4 < 2 ? 0 : 1 - 0x1p-24F;
    }
    DrawUnits(fields.data(), zeros.data(), 1, uniform.data(), kPanelColumns, units.data());
    for (size_t j = 0; j < kPanelColumns; ++j) EXPECT_EQ(units.data()[j], j % 2 == 0 ? 1 : 0) << j;
    std::fill_n(fields.data(), kPanelColumns, -kInfinity);
    EXPECT_EQ(SumOfSoftplus(fields.data(), zeros.data(), 1, kPanelColumns), 0);
  });
}

// The level at which the cumulative probabilities, in double precision, exceed u.
size_t ExpectedLevel(const std::vector<float>& logits, double inverse_temperature, double uniform, double* distance) {
  const double largest = *std::ranges::max_element(logits);
  double whole = 0;
  for (const float logit : logits) whole += std::exp(inverse_temperature * (logit - largest));
  double below = 0;
  *distance = 1;
  size_t level = logits.size() - 1;
  for (size_t l = logits.size() - 1; l-- > 0;) {
    below = 0;
    for (size_t k = 0; k <= l; ++k) below += std::exp(inverse_temperature * (logits[k] - largest)) / whole;
    *distance = std::min(*distance, std::abs(below - uniform));
    if (below > uniform) level = l;
  }
  return level;
}

TEST(DiscreteUnitsTest, LevelsAreDrawnByTheirCumulativeProbability) {
  ForEveryTarget([](int64_t) {
    for (size_t levels = 2; levels <= 40; ++levels) {
      for (uint32_t draw = 0; draw < 20; ++draw) {
        std::vector<float> logits(levels);
        FillNormal({.seed = 6, .chain = draw, .step = static_cast<uint32_t>(levels)}, logits);
        for (float& logit : logits) logit *= draw % 2 == 0 ? 1.0F : 20.0F;
        float uniform = 0;
        FillUniform({.seed = 7, .chain = draw, .step = static_cast<uint32_t>(levels)}, {&uniform, 1});
        double distance = 0;
        const size_t expected = ExpectedLevel(logits, 0.5, uniform, &distance);
        if (distance < 1e-5) continue;  // rounding may decide
        // At an odd address: the logits may be anywhere.
        std::vector<float> shifted = {0};
        shifted.insert(shifted.end(), logits.begin(), logits.end());
        ASSERT_EQ(DrawLevel(std::span(shifted).subspan(1), 0.5F, uniform), expected) << levels << " levels";
      }
    }
  });
}

TEST(DiscreteUnitsTest, TheLargestUniformNumberTakesTheLastLevelThatCanBe) {
  ForEveryTarget([](int64_t) {
    const std::vector<float> logits = {0, 0, 0, -kInfinity};
    EXPECT_EQ(DrawLevel(logits, 1, 0), 0U);
    EXPECT_EQ(DrawLevel(logits, 1, 0.5F), 1U);
    EXPECT_EQ(DrawLevel(logits, 1, 1 - 0x1p-24F), 2U);
    EXPECT_EQ(DrawLevel(std::vector<float>(kMaxLevels, 0.0F), 1, 1 - 0x1p-24F), size_t{kMaxLevels - 1});
  });
}

}  // namespace
}  // namespace ebm::kernels
