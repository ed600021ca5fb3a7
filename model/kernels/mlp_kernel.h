// A multilayer perceptron with packed weights: its forward and backward passes over a chunk of rows, on one thread,
// without LibTorch and without allocating.
//
//   h_0 = x,   a_i = h_{i-1} W_i^T + b_i,   h_i = act(a_i) for hidden i,   f(x) = a_L
//   v_L = softmax(f) or the one-hot of a class,   v_{i-1} = (v_i W_i) * act'(a_{i-1}),   grad_x = v_1 W_1
//
// x: [n, D], W_i: [out, in], b_i: [out], f: [n, K]. Both W_i and its transpose are kept, packed for multiply.h.
//
// Batch invariance: a row's bits depend on that row alone, for any n.
//
// Threads: any number of readers may share the weights, each with a workspace of its own; Pack must not run at the same
// time as any other method.

#ifndef EBM_MODEL_KERNELS_MLP_KERNEL_H_
#define EBM_MODEL_KERNELS_MLP_KERNEL_H_

#include <cstdint>
#include <span>
#include <vector>

#include "model/core/matrix_view.h"
#include "model/core/precision.h"
#include "model/kernels/aligned_floats.h"
#include "model/kernels/weight_matrix.h"
#include "model/spec/activation.h"

namespace ebm::kernels {

class MlpKernel {
 public:
  // The memory of one thread. It can be used with every kernel of the same widths.
  class Workspace {
   public:
    explicit Workspace(const MlpKernel& kernel);

    // f of a row, later v: [K], at the beginning of PaddedColumns(K) floats.
    float* logits(int64_t row) { return values_.back().row(row); }

   private:
    friend class MlpKernel;
    std::vector<RowBlock> values_;  // [layers]: h_1, .., h_{L-1}, f
    std::vector<RowBlock> slopes_;  // [layers - 1]: act'(a_1), .., act'(a_{L-1})
    RowBlock pulled_back_;          // v, as wide as the widest layer
    RowBlock pulled_back_next_;
    AlignedFloats scratch_;  // for WeightMatrix::Multiply
  };

  // widths: D, the hidden widths, K. All weights are zero until they are packed.
  MlpKernel(const std::vector<int64_t>& widths, Activation activation, Precision precision);

  // weight: [out, in], bias: [out], of layer 0 to layers() - 1.
  void Pack(size_t layer, std::span<const float> weight, std::span<const float> bias);

  size_t layers() const { return layers_.size(); }
  int64_t dimension() const { return static_cast<int64_t>(layers_.front().forward.depth()); }
  int64_t num_classes() const { return static_cast<int64_t>(layers_.back().forward.columns()); }

  // Computes f of at most kRowsAtOnce rows (row_chunks.h).
  void Forward(ConstMatrix x, Workspace& workspace) const;

  // grad_x of the rows of the last Forward; logits must hold v in place of f. May be called once after each Forward.
  void PullBack(Workspace& workspace, Matrix gradient) const;

 private:
  struct Layer {
    Layer(size_t in, size_t out, Precision precision)
        : forward(in, out, precision), backward(out, in, precision), bias(PaddedColumns(out)) {}

    WeightMatrix forward;   // W^T: [in, out]
    WeightMatrix backward;  // W: [out, in]
    AlignedFloats bias;     // [padded out]
  };

  size_t WidestLayer() const;
  size_t ScratchSize() const;

  const Activation activation_;
  std::vector<Layer> layers_;
  AlignedFloats zeros_;  // as wide as the widest layer
};

}  // namespace ebm::kernels

#endif  // EBM_MODEL_KERNELS_MLP_KERNEL_H_
