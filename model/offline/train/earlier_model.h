// Training that starts from the weights of an earlier model, such as yesterday's on a data set that grows.
//
// The rows are encoded by the earlier model's columns and classes, since its weights mean nothing in other units. The
// base density is fitted anew. With weights that are good already, the recipe takes a third of its epochs and of its
// learning rate. Rows that are held out now may have been training rows of the earlier model: figures and calibration
// on them are then too good, unless validation rows are given that it never saw.
//
// Threads: free functions, reentrant.

#ifndef EBM_MODEL_OFFLINE_TRAIN_EARLIER_MODEL_H_
#define EBM_MODEL_OFFLINE_TRAIN_EARLIER_MODEL_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "model/core/named_tensor.h"
#include "model/offline/train/recipe.h"
#include "model/spec/model_spec.h"

namespace ebm {

struct EarlierModel {
  ModelSpec spec;
  std::vector<NamedTensor> network;  // in the order of ParameterLayout
  std::string sha256;                // of the network's weights
};

// Errors: those of ReadCheckpoint.
absl::StatusOr<EarlierModel> ReadEarlierModel(const std::string& path);

// Changes the recipe to the model's network and base. Errors: those of UseFamily and UseBase, with what to do.
absl::Status UseEarlierModel(const EarlierModel& model, Recipe& recipe);

// InvalidArgument if the recipe has another network than the model, whose weights then do not fit.
absl::Status CheckNetwork(const EarlierModel& model, const Recipe& recipe);

}  // namespace ebm

#endif  // EBM_MODEL_OFFLINE_TRAIN_EARLIER_MODEL_H_
