// Training that starts from the weights of an earlier model, such as yesterday's on a data set that grows.
//
// The rows are encoded by the earlier model's columns and classes, since its weights mean nothing in other units. The
// base density is fitted anew. With weights that are good already, the recipe takes a third of its epochs and of its
// learning rate.
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

// Changes the recipe to the model's network and base. Errors: those of UseFamily and UseBase.
absl::Status UseEarlierModel(const EarlierModel& model, Recipe& recipe);

}  // namespace ebm

#endif  // EBM_MODEL_OFFLINE_TRAIN_EARLIER_MODEL_H_
