// The losses of a run over its epochs as one picture, an SVG that any browser opens: L_clf + L_gen and L_gen on
// validation rows, as Grathwohl et al. 2020 (arXiv:1912.03263) and the notebook of intro_dgm show them, and the cross
// entropy L_clf of training and validation rows.
//
// The frame is fitted without the first twentieth of the epochs, which may lie outside.
//
// Threads: free function, reentrant.

#ifndef EBM_MODEL_OFFLINE_TRAIN_TRAINING_CURVES_H_
#define EBM_MODEL_OFFLINE_TRAIN_TRAINING_CURVES_H_

#include <string>
#include <vector>

namespace ebm {

// One value per epoch, in nats; all vectors have the same length.
struct LossHistory {
  std::vector<double> train_cross_entropy;
  std::vector<double> validation_cross_entropy;
  std::vector<double> validation_generative;  // L_gen
};

// Values that are not finite leave gaps.
std::string RenderTrainingCurves(const LossHistory& history);

}  // namespace ebm

#endif  // EBM_MODEL_OFFLINE_TRAIN_TRAINING_CURVES_H_
