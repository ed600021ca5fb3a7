// FillNormal (random.h): computes as many blocks at a time as a vector has lanes.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>

#include "model/core/philox.h"
#include "model/core/random.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "model/core/normal_draws.cc"
#include "hwy/foreach_target.h"  // IWYU pragma: keep

// Must come after foreach_target.h.
#include "hwy/highway.h"

#include "hwy/contrib/math/math-inl.h"

HWY_BEFORE_NAMESPACE();
namespace ebm::HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

using Word = hn::ScalableTag<uint32_t>;
using Float = hn::RebindToFloat<Word>;
using Words = hn::Vec<Word>;
using Floats = hn::Vec<Float>;

using philox::kWords;

// Blocks first, first + 1, ..., one per lane.
struct Blocks {
  Words words[kWords];
};

#if HWY_TARGET == HWY_SCALAR

HWY_INLINE Blocks PhiloxBlocks(const RandomKey& key, uint32_t first) {
  const Word w;
  const PhiloxCounter words = philox::Block(key, first);
  return {{hn::Set(w, words[0]), hn::Set(w, words[1]), hn::Set(w, words[2]), hn::Set(w, words[3])}};
}

#else

struct Product {
  Words high;
  Words low;
};

HWY_INLINE Product MultiplyWords(Words a, uint32_t factor) {
  const Word w;
  const hn::Repartition<uint64_t, Word> wide;
  const Words b = hn::Set(w, factor);
  const auto even = hn::MulEven(a, b);
  const auto odd = hn::MulEven(hn::BitCast(w, hn::ShiftRight<32>(hn::BitCast(wide, a))), b);
  return {.high = hn::OddEven(hn::BitCast(w, odd), hn::BitCast(w, hn::ShiftRight<32>(even))),
          .low = hn::OddEven(hn::BitCast(w, hn::ShiftLeft<32>(odd)), hn::BitCast(w, even))};
}

HWY_INLINE Blocks PhiloxBlocks(const RandomKey& key, uint32_t first) {
  const Word w;
  Words c0 = hn::Iota(w, first);
  Words c1 = hn::Set(w, key.step);
  Words c2 = hn::Set(w, key.chain);
  Words c3 = hn::Set(w, static_cast<uint32_t>(key.stream));
  uint32_t k0 = static_cast<uint32_t>(key.seed);
  uint32_t k1 = static_cast<uint32_t>(key.seed >> 32);
  for (int round = 0; round < philox::kRounds; ++round) {
    const Product p0 = MultiplyWords(c0, philox::kMultiplier0);
    const Product p1 = MultiplyWords(c2, philox::kMultiplier1);
    c0 = hn::Xor(hn::Xor(p1.high, c1), hn::Set(w, k0));
    c1 = p1.low;
    c2 = hn::Xor(hn::Xor(p0.high, c3), hn::Set(w, k1));
    c3 = p0.low;
    k0 += philox::kWeyl0;
    k1 += philox::kWeyl1;
  }
  return {{c0, c1, c2, c3}};
}

#endif  // HWY_TARGET == HWY_SCALAR

// word: below 2^31, since vectors convert only signed integers.
HWY_INLINE Floats ToFloat(Words word) {
  const Float f;
  return hn::ConvertTo(f, hn::BitCast(hn::RebindToSigned<Word>(), word));
}

HWY_INLINE Floats ToRadius(Words word) {
  const Float f;
  const Floats a =
      hn::Mul(hn::Add(ToFloat(hn::ShiftRight<1>(word)), hn::Set(f, 0.5F)), hn::Set(f, philox::kRadiusUnit));
  return hn::Sqrt(hn::Max(hn::Mul(hn::Set(f, -2.0F), hn::Log(f, a)), hn::Zero(f)));
}

HWY_INLINE Floats ToAngle(Words word) {
  const Float f;
  return hn::Mul(ToFloat(hn::ShiftRight<8>(word)), hn::Set(f, philox::kTwoPi * philox::kUniformUnit));
}

// Coordinates 4 first, 4 first + 1, ...: four vectors of them.
HWY_INLINE void StoreNormals(const RandomKey& key, uint32_t first, float* out) {
  const Float f;
  const Blocks blocks = PhiloxBlocks(key, first);
  const Floats radius0 = ToRadius(blocks.words[0]);
  const Floats angle0 = ToAngle(blocks.words[1]);
  const Floats radius1 = ToRadius(blocks.words[2]);
  const Floats angle1 = ToAngle(blocks.words[3]);
  hn::StoreInterleaved4(hn::Mul(radius0, hn::Cos(f, angle0)), hn::Mul(radius0, hn::Sin(f, angle0)),
                        hn::Mul(radius1, hn::Cos(f, angle1)), hn::Mul(radius1, hn::Sin(f, angle1)), f, out);
}

void FillNormalImpl(const RandomKey& key, float* out, size_t size) {
  const size_t at_once = kWords * hn::Lanes(Float());
  size_t i = 0;
  for (; i + at_once <= size; i += at_once) StoreNormals(key, static_cast<uint32_t>(i / kWords), out + i);
  if (i == size) return;
  HWY_ALIGN float rest[kWords * hn::MaxLanes(Float())];
  StoreNormals(key, static_cast<uint32_t>(i / kWords), rest);
  std::copy_n(rest, size - i, out + i);
}

}  // namespace
}  // namespace ebm::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace ebm {

HWY_EXPORT(FillNormalImpl);

void FillNormal(const RandomKey& key, std::span<float> out) {
  HWY_DYNAMIC_DISPATCH(FillNormalImpl)(key, out.data(), out.size());
}

}  // namespace ebm
#endif
