// The values that a column of a row is tried at, to find the one that makes the row most probable.
//
//   binary, category   all values of the column
//   numbers            kGridPoints values over the column's range, evenly spaced by h in scaled units; then,
//   kRefinements
//                      times, the eight values at 1/5 to 4/5 of h to either side of the best one so far, and h / 5
//                      becomes the next h
//
// So a peak of ln p~ along the column is found to within h / 50, if no higher one stands between two points of the
// grid. Rows of more than kMostRefinedValues values, such as pictures, have a grid of kCoarseGridPoints for each, which
// is not refined. Whole numbers and columns with a step are rounded, each value once; a grid that has all of them is
// not refined.
//
// Units: values in data units. Threads: free functions, reentrant.

#ifndef EBM_MODEL_SPEC_CANDIDATE_VALUES_H_
#define EBM_MODEL_SPEC_CANDIDATE_VALUES_H_

#include <cstdint>
#include <vector>

#include "model/spec/data_column.h"

namespace ebm {

inline constexpr int64_t kGridPoints = 32;
inline constexpr int kRefinements = 2;
inline constexpr int64_t kRefinedPoints = 8;  // of one refinement
inline constexpr int64_t kMostRefinedValues = 256;
inline constexpr int64_t kCoarseGridPoints = 8;

// The candidates of all rows of one request, at most: clients divide their rows by it.
inline constexpr int64_t kMaxExplanationEvaluations = 32768;

// How finely the columns of a row are tried.
struct CandidateGrid {
  int64_t points = kGridPoints;
  int refinements = kRefinements;
};
// For rows of C values.
CandidateGrid CandidateGridFor(int64_t num_values);

// How many candidates one value of the column has at most, in all rounds together.
int64_t MostCandidates(const DataColumn& column, const CandidateGrid& grid);

// The candidates of a round, from 0 (the grid) to grid.refinements. best: the best value so far, not used in round 0.
std::vector<float> CandidateValues(const DataColumn& column, const CandidateGrid& grid, int round, float best);

}  // namespace ebm

#endif  // EBM_MODEL_SPEC_CANDIDATE_VALUES_H_
