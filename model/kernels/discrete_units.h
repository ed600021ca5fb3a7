// The units of Boltzmann machines: their fields from the levels of other units, their softplus sums, and draws.
//
//   field of a hidden unit        a_j = start[j] + the sum of the rows' numbers j, added in the order of the rows
//   a unit that is 0 or 1         1 if u < 1 / (1 + exp(-s a)); its mean is 1 / (1 + exp(-a)) at s = 1
//   a unit of q levels            the first level l for which sum_{k <= l} exp(s (a_k - max a)) > u * the whole sum
//
// u is uniform on [0, 1), a multiple of 2^-24, so that probabilities are exact to 2^-24, and s the inverse temperature.
// Sums have one order for any width of the vectors, so that the bits depend neither on it nor on other rows (among
// instruction sets from AVX2 on).
//
// Arrays of units are aligned to a cache line and padded to `size`, a multiple of kPanelColumns.
//
// Threads: reentrant.

#ifndef EBM_MODEL_KERNELS_DISCRETE_UNITS_H_
#define EBM_MODEL_KERNELS_DISCRETE_UNITS_H_

#include <cstddef>
#include <span>

namespace ebm::kernels {

// sum[j] = start[j] + rows[0][j] + rows[1][j] + ..; all are arrays of `size` floats. sum does not overlap the others.
void SumRows(const float* start, std::span<const float* const> rows, size_t size, float* sum);

// The sum over the first `count` units j of ln(1 + exp(s (fields[j] + shifts[j]))).
float SumOfSoftplus(const float* fields, const float* shifts, float inverse_temperature, size_t count);

// units[j] = 0 or 1 with a_j = fields[j] + shifts[j] and u_j = uniform[j].
void DrawUnits(const float* fields, const float* shifts, float inverse_temperature, const float* uniform, size_t size,
               float* units);

// sum[j] += weight / (1 + exp(-a_j)) with a_j = fields[j] + shifts[j].
void AddMeansOfUnits(const float* fields, const float* shifts, float weight, size_t size, float* sum);

// A level from 0 to logits.size() - 1, with a = logits; of any alignment. REQUIRES: at most kMaxLevels (spec_limits.h).
size_t DrawLevel(std::span<const float> logits, float inverse_temperature, float uniform);

}  // namespace ebm::kernels

#endif  // EBM_MODEL_KERNELS_DISCRETE_UNITS_H_
