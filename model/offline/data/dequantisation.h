// Turns rows of discrete values x into draws x + u from a density (model/spec/model_spec.h): u is uniform on half a
// step to either side (Theis, van den Oord & Bethge 2016, arXiv:1511.01844, section 3.1).
//
// Threads: reentrant.

#ifndef EBM_MODEL_OFFLINE_DATA_DEQUANTISATION_H_
#define EBM_MODEL_OFFLINE_DATA_DEQUANTISATION_H_

#include <cstdint>
#include <span>
#include <vector>

#include "model/core/matrix_view.h"
#include "model/spec/model_spec.h"

namespace ebm {

// Whether any column of real coordinates has a step.
bool HasStep(const ModelSpec& spec);

// The step s of each coordinate, [D], in scaled units; 0: it is continuous, or a level.
std::vector<float> ScaledSteps(const ModelSpec& spec);

// Adds s (u - 1/2), u the Uniform draws of {seed, kDequantisation, chain = index, step = visit}, to a row. Does nothing
// if no column has a step. row: [D], scaled units.
void Dequantise(const ModelSpec& spec, uint64_t seed, uint32_t index, uint32_t visit, std::span<float> row);

// Copies of the rows, row i as index i at visit 0. rows: [n, D], scaled units.
MatrixBuffer DequantisedRows(const ModelSpec& spec, ConstMatrix rows, uint64_t seed);

}  // namespace ebm

#endif  // EBM_MODEL_OFFLINE_DATA_DEQUANTISATION_H_
