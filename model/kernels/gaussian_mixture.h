// A mixture of C Gaussians in D dimensions with packed whitening matrices, computed on one thread and without
// allocating:
//
//   l_c(x) = ln w_c + ln N(x; mu_c, S_c) = ln w_c + ln |det W_c| - D/2 ln(2 pi) - |W_c (x - mu_c)|^2 / 2
//   grad l_c(x) = -W_c^T W_c (x - mu_c)
//
// with W_c lower triangular and W_c^T W_c the inverse of S_c. x: [n, D]. All whitened vectors are computed by one
// matrix product, D -> C D, always in float32, because their squares are summed.
//
// Batch invariance: a row's bits depend on that row alone, for any n.
//
// Threads: as mlp_kernel.h.

#ifndef EBM_MODEL_KERNELS_GAUSSIAN_MIXTURE_H_
#define EBM_MODEL_KERNELS_GAUSSIAN_MIXTURE_H_

#include <cstdint>
#include <span>
#include <vector>

#include "model/core/matrix_view.h"
#include "model/kernels/aligned_floats.h"
#include "model/kernels/panel_matrix.h"

namespace ebm::kernels {

class GaussianMixtureKernel {
 public:
  // The memory of one thread, for kRowsAtOnce rows (row_chunks.h).
  class Workspace {
   public:
    explicit Workspace(const GaussianMixtureKernel& kernel);

    // [C], at the beginning of PaddedColumns(C) floats.
    float* log_components(int64_t row) { return log_components_.row(row); }

   private:
    friend class GaussianMixtureKernel;
    RowBlock centred_;         // x - the mixture's mean
    RowBlock whitened_;        // W_c (x - mu_c), component by component
    RowBlock log_components_;  // l_c
    RowBlock gradient_;
  };

  // log_weights: [C], ln w_c; means: [C, D]; whitening: [C, D, D], of which only the lower triangles are used; their
  // diagonals are above 0.
  GaussianMixtureKernel(std::span<const float> log_weights, std::span<const float> means,
                        std::span<const float> whitening);

  int64_t dimension() const { return static_cast<int64_t>(mean_.size()); }  // D

  // Computes l_c of at most kRowsAtOnce rows.
  void Forward(ConstMatrix x, Workspace& workspace) const;

  // gradient row i += sum_c a_c grad l_c(x_i), for the rows of the last Forward; log_components must hold a_c in place
  // of l_c. May be called once after each Forward.
  void AddGradient(Workspace& workspace, Matrix gradient) const;

 private:
  const size_t stride_;           // floats from one component's whitened vector to the next
  std::vector<float> mean_;       // of the mixture, [D]
  std::vector<float> log_norms_;  // ln w_c + ln |det W_c| - D/2 ln(2 pi)
  PanelMatrix forward_;           // [D, C * stride]
  PanelMatrix backward_;          // [C * stride, D]
  AlignedFloats start_;           // -W_c (mu_c - mean), [padded C * stride]
  AlignedFloats zeros_;           // [padded D]
};

}  // namespace ebm::kernels

#endif  // EBM_MODEL_KERNELS_GAUSSIAN_MIXTURE_H_
