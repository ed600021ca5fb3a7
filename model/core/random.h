// Random numbers by counter: the draw for (seed, stream, chain, step, coordinate) is a pure function of those five, so
// it never depends on what else runs, on the order of work, or on how a batch was split.
//
// The generator is Philox4x32-10 (Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3", SC11): a keyed
// bijection of a 128-bit counter to 128 random bits. Our layout, which is part of what "same seed, same sample" means:
//
//   key     = (seed's low 32 bits, seed's high 32 bits)
//   counter = (block, step, chain, stream)    block b holds coordinates 4b .. 4b+3
//
// The four output words r0..r3 are turned into numbers as follows:
//
//   Uniform on [0, 1):  u_i = (r_i >> 8) * 2^-24                                   coordinate 4b+i
//   Uniform on (0, 1):  u_0 = (r_0 + 0.5) * 2^-32, in double precision: its logarithm is always finite
//   Normal (Box-Muller, in float32):
//     a(r) = (float(r >> 1) + 0.5) * 2^-31  in (0, 1],    c(r) = (r >> 8) * 2^-24  in [0, 1)
//     z_0 = sqrt(-2 ln a(r0)) cos(2 pi c(r1)),  z_1 = sqrt(-2 ln a(r0)) sin(2 pi c(r1))
//     z_2 = sqrt(-2 ln a(r2)) cos(2 pi c(r3)),  z_3 = sqrt(-2 ln a(r2)) sin(2 pi c(r3))
//
// Threads: everything here is stateless and reentrant.

#ifndef EBM_MODEL_CORE_RANDOM_H_
#define EBM_MODEL_CORE_RANDOM_H_

#include <array>
#include <cstdint>
#include <span>

namespace ebm {

using PhiloxCounter = std::array<uint32_t, 4>;
using PhiloxKey = std::array<uint32_t, 2>;

PhiloxCounter Philox4x32(PhiloxCounter counter, PhiloxKey key);

// The purpose of a stream of draws. Streams for different purposes never share a counter.
enum class RandomStream : uint32_t {
  kLangevinNoise = 0,
  kChainStart = 1,        // where a chain begins
  kBufferChoice = 2,      // which stored state a chain begins from
  kParameterInit = 3,     // chain: parameter index
  kDataNoise = 4,         // training: noise added to a data row
  kDataOrder = 5,         // training: the epoch's order of rows
  kBufferRefresh = 6,     // training: which replayed chains restart
  kDataAugmentation = 7,  // training: random maps of pictures
  kSeedDerivation = 8,    // seeds that are derived from another (DeriveSeed)
  kAcceptance = 9,        // whether a Metropolis step is accepted
  kBaseDraw = 10,         // exact draws from a base density
  kAnnealing = 11,        // annealed importance sampling: resampling of weighted states
  kEvaluation = 12,       // outlier rows, bootstrap resamples, permutations
  kDequantisation = 13,   // noise within a step of discrete data
  kDeformation = 14,      // training: smooth deformations of pictures
  kMirroring = 15,        // training: which way a picture is mirrored
  kHoldOut = 16,          // training: which rows are held out
  kMissingValue = 17,     // draws of missing values given the known ones
  kGibbsClass = 18,       // sweeps of block conditionals: the class given x
  kGibbsHidden = 19,      // the hidden units given x and the class
  kGibbsVisible = 20,     // x given the hidden units
  kPerturbation = 21      // bounds of ln Z: starts of mean-field ascents, noise of perturbed maxima
};

// The address of a run of draws; coordinates count from 0 within it.
struct RandomKey {
  uint64_t seed = 0;
  RandomStream stream = RandomStream::kLangevinNoise;
  uint32_t chain = 0;
  uint32_t step = 0;
};

// Fills out[i] with the draw for coordinate i.
void FillUniform(const RandomKey& key, std::span<float> out);
void FillNormal(const RandomKey& key, std::span<float> out);

// The draw on the open interval (0, 1): 2^-33 at least, 1 - 2^-33 at most.
double OpenUniform(const RandomKey& key);

// The seed of part `index` of a run under `seed`; for all practical purposes independent of it and of the other parts'
// seeds.
uint64_t DeriveSeed(uint64_t seed, uint32_t index);

// One integer on [0, bound), by multiply-and-shift of coordinate `index`'s word; bias below bound * 2^-32. bound > 0.
uint32_t UniformInteger(const RandomKey& key, uint32_t index, uint32_t bound);

}  // namespace ebm

#endif  // EBM_MODEL_CORE_RANDOM_H_
