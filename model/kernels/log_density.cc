#include "model/kernels/log_density.h"

#include <algorithm>
#include <cmath>
#include <limits>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "model/kernels/log_density.cc"
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

// Vector i of the K logits; lanes beyond them hold minus infinity, which changes neither maximum nor sum.
HWY_INLINE Vector LoadLogits(const float* logits, size_t i, size_t num_classes) {
  const Float f;
  const Vector nothing = hn::Set(f, -std::numeric_limits<float>::infinity());
  const auto inside = hn::FirstN(f, std::min(num_classes - i, hn::Lanes(f)));
  return hn::IfThenElse(inside, hn::Load(f, logits + i), nothing);
}

float LargestLogit(const float* logits, size_t num_classes) { return *std::max_element(logits, logits + num_classes); }

HWY_INLINE Vector Exponentials(const float* logits, size_t i, size_t num_classes, float largest) {
  const Float f;
  const Vector difference = hn::Sub(LoadLogits(logits, i, num_classes), hn::Set(f, largest));
  return hn::IfThenElse(hn::IsNaN(difference), difference, hn::Exp(f, difference));
}

// Partial sum j has the terms j, j + 16, j + 32, .., whatever the width of the vectors, so that the bits do not depend
// on it.
float SumOfExponentials(const float* logits, size_t num_classes, float largest) {
  const Float f;
  HWY_ALIGN float partial[kPartialSums];
  for (size_t first = 0; first < kPartialSums; first += hn::Lanes(f)) {
    Vector sum = hn::Zero(f);
    for (size_t i = first; i < num_classes; i += kPartialSums) {
      sum = hn::Add(sum, Exponentials(logits, i, num_classes, largest));
    }
    hn::Store(sum, f, partial + first);
  }
  for (size_t half = kPartialSums / 2; half > 0; half /= 2) {
    for (size_t j = 0; j < half; ++j) partial[j] += partial[j + half];
  }
  return partial[0];
}

float LogSumExpImpl(const float* logits, size_t num_classes) {
  const float largest = LargestLogit(logits, num_classes);
  return largest + std::log(SumOfExponentials(logits, num_classes, largest));
}

float SoftmaxImpl(size_t num_classes, float* logits) {
  const Float f;
  const float largest = LargestLogit(logits, num_classes);
  const float sum = SumOfExponentials(logits, num_classes, largest);
  for (size_t i = 0; i < num_classes; i += hn::Lanes(f)) {
    hn::Store(hn::Div(Exponentials(logits, i, num_classes, largest), hn::Set(f, sum)), f, logits + i);
  }
  return largest + std::log(sum);
}

}  // namespace
}  // namespace ebm::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace ebm::kernels {
namespace {

HWY_EXPORT(LogSumExpImpl);
HWY_EXPORT(SoftmaxImpl);

// The one-hot of y if f is finite; NaN and infinity propagate.
float OneHot(int32_t target_class, size_t num_classes, float* logits) {
  const float log_density = logits[target_class];
  std::fill_n(logits, num_classes, 0.0F);
  logits[target_class] = std::isnan(log_density) ? log_density : 1.0F;
  return log_density;
}

}  // namespace

float LogSumExp(const float* logits, size_t num_classes) {
  return HWY_DYNAMIC_DISPATCH(LogSumExpImpl)(logits, num_classes);
}

float LogDensityAndWeights(int32_t target_class, size_t num_classes, float* logits) {
  if (target_class >= 0) return OneHot(target_class, num_classes, logits);
  return HWY_DYNAMIC_DISPATCH(SoftmaxImpl)(num_classes, logits);
}

}  // namespace ebm::kernels
#endif
