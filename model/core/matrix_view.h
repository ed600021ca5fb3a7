// Views of row-major matrices: how the parts of model/ pass batches to each other without depending on a tensor
// library.
//
// Shapes are written [rows, cols]; row r, column c is data[r * cols + c]. A view never owns and never allocates: the
// owner outlives it.

#ifndef EBM_MODEL_CORE_MATRIX_VIEW_H_
#define EBM_MODEL_CORE_MATRIX_VIEW_H_

#include <cstdint>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

namespace ebm {

template <typename T>
class MatrixView {
 public:
  MatrixView() = default;
  MatrixView(T* data, int64_t rows, int64_t cols) : data_(data), rows_(rows), cols_(cols) {}

  // A mutable view converts to a const one.
  template <typename U>
  requires std::is_same_v<const U, T> MatrixView(MatrixView<U> other)  // NOLINT(google-explicit-constructor)
      : data_(other.data()), rows_(other.rows()), cols_(other.cols()) {}

  T* data() const { return data_; }
  int64_t rows() const { return rows_; }
  int64_t cols() const { return cols_; }
  std::span<T> row(int64_t r) const { return {data_ + r * cols_, static_cast<size_t>(cols_)}; }
  std::span<T> values() const { return {data_, static_cast<size_t>(rows_ * cols_)}; }

  // Rows [first, first + count).
  MatrixView rows_from(int64_t first, int64_t count) const { return MatrixView(data_ + first * cols_, count, cols_); }

 private:
  T* data_ = nullptr;
  int64_t rows_ = 0;
  int64_t cols_ = 0;
};

using Matrix = MatrixView<float>;
using ConstMatrix = MatrixView<const float>;

// A row-major matrix that owns its values.
class MatrixBuffer {
 public:
  MatrixBuffer() = default;
  MatrixBuffer(int64_t rows, int64_t cols) : values_(static_cast<size_t>(rows * cols)), rows_(rows), cols_(cols) {}
  MatrixBuffer(std::vector<float> values, int64_t rows, int64_t cols)
      : values_(std::move(values)), rows_(rows), cols_(cols) {}

  Matrix view() { return {values_.data(), rows_, cols_}; }
  ConstMatrix view() const { return {values_.data(), rows_, cols_}; }
  std::span<float> row(int64_t r) { return view().row(r); }
  std::span<const float> row(int64_t r) const { return view().row(r); }
  int64_t rows() const { return rows_; }
  int64_t cols() const { return cols_; }
  const std::vector<float>& values() const { return values_; }
  std::vector<float> TakeValues() && { return std::move(values_); }

 private:
  std::vector<float> values_;
  int64_t rows_ = 0;
  int64_t cols_ = 0;
};

}  // namespace ebm

#endif  // EBM_MODEL_CORE_MATRIX_VIEW_H_
