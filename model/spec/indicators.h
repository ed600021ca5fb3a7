// The indicator variables of coordinates that are levels: what weights and biases of discrete models belong to.
//
//   a coordinate of two levels      one indicator, [x = 1]
//   a coordinate of q > 2 levels    q indicators, [x = 0] to [x = q - 1]
//
// They are numbered coordinate by coordinate.
//
// Threads: immutable.

#ifndef EBM_MODEL_SPEC_INDICATORS_H_
#define EBM_MODEL_SPEC_INDICATORS_H_

#include <cmath>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "model/spec/model_spec.h"

namespace ebm {

// Whether x is a whole number from 0 to levels - 1; false for NaN.
inline bool IsLevel(float x, int64_t levels) { return x >= 0 && x < static_cast<float>(levels) && x == std::floor(x); }

class Indicators {
 public:
  // REQUIRES: columns of levels.
  explicit Indicators(const ModelSpec& spec);

  int64_t count() const { return count_; }
  int64_t coordinates() const { return std::ssize(levels_); }
  std::span<const int32_t> levels() const { return levels_; }             // [D]
  int64_t first(int64_t coordinate) const { return first_[coordinate]; }  // of the coordinate's indicators
  bool is_binary(int64_t coordinate) const { return levels_[coordinate] == 2; }

  bool has_binary() const { return has_binary_; }
  // "coordinate 3 has 17 levels" for the first coordinate that is not binary; empty if all are.
  std::string FirstNotBinary() const;

  // The indicator that is 1 at this level; -1 where none is.
  int64_t At(int64_t coordinate, int64_t level) const {
    if (!is_binary(coordinate)) return first_[coordinate] + level;
    return level == 1 ? first_[coordinate] : -1;
  }

 private:
  std::vector<int32_t> levels_;  // [D]
  std::vector<int64_t> first_;   // [D]
  int64_t count_ = 0;
  bool has_binary_ = false;
};

}  // namespace ebm

#endif  // EBM_MODEL_SPEC_INDICATORS_H_
