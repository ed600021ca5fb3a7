// Where chains begin, as a pure function of (seed, chain): the same request always begins at the same states.
// All states are in scaled units, row-major [chains, D].

#ifndef EBM_MODEL_SAMPLER_CHAIN_START_H_
#define EBM_MODEL_SAMPLER_CHAIN_START_H_

#include <cstdint>
#include <span>
#include <vector>

#include "model/core/matrix_view.h"

namespace ebm {

// Chain first_chain + i begins at lower + (upper - lower) * u, u the Uniform draws of {seed, kChainStart, chain, 0}.
void FillUniformStart(uint64_t seed, uint32_t first_chain, float lower, float upper, Matrix states);

// Chain first_chain + i begins at the levels floor(u levels), u the same draws. levels: [D], the number of levels of
// each coordinate.
void FillUniformLevels(uint64_t seed, uint32_t first_chain, std::span<const int32_t> levels, Matrix states);

// Chain first_chain + i begins at the stored state number UniformInteger({seed, kBufferChoice, chain, 0}, 0, m) of the
// m stored states whose class is target_class, or of all where that is kNoClass. False where there are none.
bool FillStartFromStates(uint64_t seed, uint32_t first_chain, int32_t target_class, ConstMatrix stored,
                         std::span<const int32_t> stored_classes, Matrix states);

}  // namespace ebm

#endif  // EBM_MODEL_SAMPLER_CHAIN_START_H_
