#include "model/kernels/discrete_units.h"

#include <algorithm>
#include <cassert>

#include "model/kernels/panel_matrix.h"
#include "model/spec/spec_limits.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "model/kernels/discrete_units.cc"
#include "hwy/foreach_target.h"  // IWYU pragma: keep

// Must come after foreach_target.h.
#include "hwy/highway.h"

#include "hwy/contrib/math/math-inl.h"

HWY_BEFORE_NAMESPACE();
namespace ebm::kernels::HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

constexpr size_t kPartialSums = 16;

using Float = hn::CappedTag<float, kPartialSums>;
using Vector = hn::Vec<Float>;

// kVectors vectors of columns stay in registers while the rows are added.
template <size_t kVectors>
HWY_INLINE void SumColumns(const float* HWY_RESTRICT start, std::span<const float* const> rows, size_t column,
                           float* HWY_RESTRICT sum) {
  const Float f;
  const size_t lanes = hn::Lanes(f);
  Vector sums[kVectors];
  for (size_t v = 0; v < kVectors; ++v) sums[v] = hn::Load(f, start + column + v * lanes);
  for (const float* row : rows) {
    for (size_t v = 0; v < kVectors; ++v) sums[v] = hn::Add(sums[v], hn::Load(f, row + column + v * lanes));
  }
  for (size_t v = 0; v < kVectors; ++v) hn::Store(sums[v], f, sum + column + v * lanes);
}

void SumRowsImpl(const float* start, std::span<const float* const> rows, size_t size, float* sum) {
  constexpr size_t kWide = 8;
  constexpr size_t kNarrow = 2;
  const size_t lanes = hn::Lanes(Float());
  size_t column = 0;
  for (; column + kWide * lanes <= size; column += kWide * lanes) SumColumns<kWide>(start, rows, column, sum);
  for (; column < size; column += kNarrow * lanes) SumColumns<kNarrow>(start, rows, column, sum);
}

HWY_INLINE Vector FieldsAt(const float* fields, const float* shifts, float inverse_temperature, size_t j) {
  const Float f;
  const Vector field = hn::Add(hn::Load(f, fields + j), hn::Load(f, shifts + j));
  return hn::Mul(hn::Set(f, inverse_temperature), field);
}

HWY_INLINE Vector Softplus(Vector a) {
  const Float f;
  const Vector tail = hn::Log1p(f, hn::Exp(f, hn::Neg(hn::Abs(a))));
  return hn::IfThenElse(hn::IsNaN(a), a, hn::Add(hn::Max(a, hn::Zero(f)), tail));
}

// Partial sum i has the terms i, i + 16, i + 32, ..
float SumOfSoftplusImpl(const float* fields, const float* shifts, float inverse_temperature, size_t count) {
  const Float f;
  HWY_ALIGN float partial[kPartialSums];
  for (size_t first = 0; first < kPartialSums; first += hn::Lanes(f)) {
    Vector sum = hn::Zero(f);
    for (size_t j = first; j < count; j += kPartialSums) {
      const auto counted = hn::FirstN(f, std::min(count - j, hn::Lanes(f)));
      sum = hn::Add(sum, hn::IfThenElseZero(counted, Softplus(FieldsAt(fields, shifts, inverse_temperature, j))));
    }
    hn::Store(sum, f, partial + first);
  }
  for (size_t half = kPartialSums / 2; half > 0; half /= 2) {
    for (size_t i = 0; i < half; ++i) partial[i] += partial[i + half];
  }
  return partial[0];
}

// u < sigma(a) without a division: u (1 + e) < 1 for a >= 0 and u (1 + e) < e otherwise, with e = exp(-|a|).
void DrawUnitsImpl(const float* fields, const float* shifts, float inverse_temperature, const float* uniform,
                   size_t size, float* units) {
  const Float f;
  const Vector one = hn::Set(f, 1.0F);
  for (size_t j = 0; j < size; j += hn::Lanes(f)) {
    const Vector a = FieldsAt(fields, shifts, inverse_temperature, j);
    const Vector u = hn::Load(f, uniform + j);
    const Vector e = hn::Exp(f, hn::Neg(hn::Abs(a)));
    const Vector bound = hn::IfThenElse(hn::Lt(a, hn::Zero(f)), e, one);
    hn::Store(hn::IfThenElseZero(hn::Lt(hn::MulAdd(u, e, u), bound), one), f, units + j);
  }
}

void AddMeansOfUnitsImpl(const float* fields, const float* shifts, float weight, size_t size, float* sum) {
  const Float f;
  const Vector one = hn::Set(f, 1.0F);
  for (size_t j = 0; j < size; j += hn::Lanes(f)) {
    const Vector a = FieldsAt(fields, shifts, 1.0F, j);
    const Vector e = hn::Exp(f, hn::Neg(hn::Abs(a)));
    const Vector mean = hn::Div(hn::IfThenElse(hn::Lt(a, hn::Zero(f)), e, one), hn::Add(one, e));
    hn::Store(hn::MulAdd(hn::Set(f, weight), hn::IfThenElse(hn::IsNaN(a), a, mean), hn::Load(f, sum + j)), f, sum + j);
  }
}

size_t DrawLevelImpl(std::span<const float> logits, float inverse_temperature, float uniform) {
  const Float f;
  assert(logits.size() <= static_cast<size_t>(kMaxLevels));
  HWY_ALIGN float weights[kMaxLevels];
  const Vector largest = hn::Set(f, *std::max_element(logits.begin(), logits.end()));
  std::copy(logits.begin(), logits.end(), weights);
  const size_t padded = (logits.size() + kPartialSums - 1) / kPartialSums * kPartialSums;
  std::fill(weights + logits.size(), weights + padded, 0.0F);
  for (size_t l = 0; l < logits.size(); l += hn::Lanes(f)) {
    const Vector difference = hn::Sub(hn::Load(f, weights + l), largest);
    hn::Store(hn::Exp(f, hn::Mul(hn::Set(f, inverse_temperature), difference)), f, weights + l);
  }
  float whole = 0;
  for (size_t l = 0; l < logits.size(); ++l) whole += weights[l];
  float below = 0;
  for (size_t l = 0; l + 1 < logits.size(); ++l) {
    below += weights[l];
    if (below > uniform * whole) return l;
  }
  return logits.size() - 1;
}

}  // namespace
}  // namespace ebm::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace ebm::kernels {

HWY_EXPORT(SumRowsImpl);
HWY_EXPORT(SumOfSoftplusImpl);
HWY_EXPORT(DrawUnitsImpl);
HWY_EXPORT(AddMeansOfUnitsImpl);
HWY_EXPORT(DrawLevelImpl);

void SumRows(const float* start, std::span<const float* const> rows, size_t size, float* sum) {
  HWY_DYNAMIC_DISPATCH(SumRowsImpl)(start, rows, size, sum);
}

float SumOfSoftplus(const float* fields, const float* shifts, float inverse_temperature, size_t count) {
  return HWY_DYNAMIC_DISPATCH(SumOfSoftplusImpl)(fields, shifts, inverse_temperature, count);
}

void DrawUnits(const float* fields, const float* shifts, float inverse_temperature, const float* uniform, size_t size,
               float* units) {
  HWY_DYNAMIC_DISPATCH(DrawUnitsImpl)(fields, shifts, inverse_temperature, uniform, size, units);
}

void AddMeansOfUnits(const float* fields, const float* shifts, float weight, size_t size, float* sum) {
  HWY_DYNAMIC_DISPATCH(AddMeansOfUnitsImpl)(fields, shifts, weight, size, sum);
}

size_t DrawLevel(std::span<const float> logits, float inverse_temperature, float uniform) {
  return HWY_DYNAMIC_DISPATCH(DrawLevelImpl)(logits, inverse_temperature, uniform);
}

}  // namespace ebm::kernels
#endif
