#include "model/kernels/activation.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "model/kernels/activation.cc"
#include "hwy/foreach_target.h"  // IWYU pragma: keep

// Must come after foreach_target.h.
#include "hwy/highway.h"

#include "hwy/contrib/math/math-inl.h"

HWY_BEFORE_NAMESPACE();
namespace ebm::kernels::HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

using Float = hn::ScalableTag<float>;
using Vector = hn::Vec<Float>;

struct ValueAndSlope {
  Vector value;
  Vector slope;
};

// Highway's exp turns NaN into a number.
HWY_INLINE Vector OrNan(Vector a, Vector result) { return hn::IfThenElse(hn::IsNaN(a), a, result); }

HWY_INLINE Vector Sigmoid(Vector a) {
  const Float f;
  const Vector one = hn::Set(f, 1.0F);
  // exp of the negative absolute value never overflows: s(a) = 1 / (1 + e) for a >= 0 and e / (1 + e) otherwise.
  const Vector e = hn::Exp(f, hn::Neg(hn::Abs(a)));
  return hn::Div(hn::IfThenElse(hn::Lt(a, hn::Zero(f)), e, one), hn::Add(one, e));
}

struct Elu {
  HWY_INLINE ValueAndSlope operator()(Vector a) const {
    const Float f;
    const Vector one = hn::Set(f, 1.0F);
    const auto positive = hn::Gt(a, hn::Zero(f));
    const Vector e = OrNan(a, hn::Exp(f, hn::Min(a, hn::Zero(f))));
    return {hn::IfThenElse(positive, a, hn::Sub(e, one)), hn::IfThenElse(positive, one, e)};
  }
};

struct Silu {
  HWY_INLINE ValueAndSlope operator()(Vector a) const {
    const Float f;
    const Vector one = hn::Set(f, 1.0F);
    const Vector s = OrNan(a, Sigmoid(a));
    const Vector rest = hn::Sub(one, s);
    // Where exp underflows, s is 0 and so is the product a s, even for an infinite a.
    const Vector value = hn::IfThenZeroElse(hn::Eq(s, hn::Zero(f)), hn::Mul(a, s));
    const Vector bend =
        hn::IfThenZeroElse(hn::Or(hn::Eq(s, hn::Zero(f)), hn::Eq(rest, hn::Zero(f))), hn::Mul(a, hn::Mul(s, rest)));
    return {value, hn::Add(s, bend)};
  }
};

struct Relu {
  HWY_INLINE ValueAndSlope operator()(Vector a) const {
    const Float f;
    const auto positive = hn::Gt(a, hn::Zero(f));
    return {OrNan(a, hn::IfThenElseZero(positive, a)), OrNan(a, hn::IfThenElseZero(positive, hn::Set(f, 1.0F)))};
  }
};

struct LeakyRelu {
  HWY_INLINE ValueAndSlope operator()(Vector a) const {
    const Float f;
    const auto positive = hn::Gt(a, hn::Zero(f));
    const Vector slope = OrNan(a, hn::IfThenElse(positive, hn::Set(f, 1.0F), hn::Set(f, kLeakyReluSlope)));
    return {hn::Mul(a, slope), slope};
  }
};

struct Softplus {
  HWY_INLINE ValueAndSlope operator()(Vector a) const {
    const Float f;
    const Vector tail = hn::Log1p(f, hn::Exp(f, hn::Neg(hn::Abs(a))));
    return {OrNan(a, hn::Add(hn::Max(a, hn::Zero(f)), tail)), OrNan(a, Sigmoid(a))};
  }
};

template <typename Function>
void Apply(Function function, size_t size, float* HWY_RESTRICT values, float* HWY_RESTRICT slopes) {
  const Float f;
  for (size_t i = 0; i < size; i += hn::Lanes(f)) {
    const ValueAndSlope result = function(hn::Load(f, values + i));
    hn::Store(result.value, f, values + i);
    hn::Store(result.slope, f, slopes + i);
  }
}

void ActivateImpl(Activation activation, size_t size, float* values, float* slopes) {
  switch (activation) {
    case Activation::kElu:
      return Apply(Elu(), size, values, slopes);
    case Activation::kSilu:
      return Apply(Silu(), size, values, slopes);
    case Activation::kRelu:
      return Apply(Relu(), size, values, slopes);
    case Activation::kSoftplus:
      return Apply(Softplus(), size, values, slopes);
    case Activation::kLeakyRelu:
      return Apply(LeakyRelu(), size, values, slopes);
  }
}

void MultiplyElementwiseImpl(const float* HWY_RESTRICT factors, size_t size, float* HWY_RESTRICT values) {
  const Float f;
  for (size_t i = 0; i < size; i += hn::Lanes(f)) {
    hn::Store(hn::Mul(hn::Load(f, values + i), hn::Load(f, factors + i)), f, values + i);
  }
}

}  // namespace
}  // namespace ebm::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace ebm::kernels {

HWY_EXPORT(ActivateImpl);
HWY_EXPORT(MultiplyElementwiseImpl);

void Activate(Activation activation, size_t size, float* values, float* slopes) {
  HWY_DYNAMIC_DISPATCH(ActivateImpl)(activation, size, values, slopes);
}

void MultiplyElementwise(const float* factors, size_t size, float* values) {
  HWY_DYNAMIC_DISPATCH(MultiplyElementwiseImpl)(factors, size, values);
}

}  // namespace ebm::kernels
#endif
