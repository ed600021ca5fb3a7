#include "model/offline/train/earlier_model.h"

#include <algorithm>
#include <utility>
#include <variant>

#include "absl/strings/str_cat.h"
#include "model/checkpoint/checkpoint.h"
#include "model/core/status_macros.h"
#include "model/io/digest.h"
#include "model/spec/parameter_layout.h"

namespace ebm {
namespace {

void UseNetwork(const MlpSpec& network, Recipe& recipe) { recipe.hidden_widths = network.hidden_widths; }

void UseNetwork(const ResnetSpec& network, Recipe& recipe) {
  recipe.hidden_widths = network.hidden_widths;
  recipe.blocks_per_group = network.blocks_per_group;
  recipe.stem_stride = network.stem_stride;
}

void UseNetwork(const RbmSpec& network, Recipe& recipe) { recipe.hidden_widths = {network.hidden_units}; }

void UseNetwork(const GaussianRbmSpec& network, Recipe& recipe) { recipe.hidden_widths = {network.hidden_units}; }

void UseNetwork(const BoltzmannSpec& network, Recipe& recipe) { recipe.edges = network.edges; }

}  // namespace

absl::StatusOr<EarlierModel> ReadEarlierModel(const std::string& path) {
  EBM_ASSIGN_OR_RETURN(const Checkpoint checkpoint, ReadCheckpoint(path));
  EBM_ASSIGN_OR_RETURN(const std::vector<const NamedTensor*> found,
                       FindParameters(checkpoint.spec, checkpoint.tensors));
  EarlierModel model = {.spec = checkpoint.spec, .network = {}, .sha256 = {}};
  model.network.reserve(found.size());
  std::string weights;
  for (const NamedTensor* const tensor : found) {
    model.network.push_back(*tensor);
    weights.append(reinterpret_cast<const char*>(tensor->values.data()), tensor->values.size() * sizeof(float));
  }
  model.sha256 = Sha256Hex(weights);
  return model;
}

absl::Status UseEarlierModel(const EarlierModel& model, Recipe& recipe) {
  constexpr int64_t kShare = 3;
  absl::Status status = UseFamily(model.spec.family(), recipe);
  if (status.ok()) status = UseBase(model.spec.base, recipe);
  if (!status.ok()) {
    return absl::InvalidArgumentError(absl::StrCat("the model that training starts from has another kind of recipe: ",
                                                   status.message(), "; name its recipe by --recipe"));
  }
  recipe.base_evidence = model.spec.base_evidence;
  recipe.activation = model.spec.activation;
  std::visit([&recipe](const auto& network) { UseNetwork(network, recipe); }, model.spec.network);
  recipe.learning_rate /= kShare;
  recipe.max_epochs = std::max<int64_t>(1, recipe.max_epochs / kShare);
  recipe.patience = std::min(recipe.patience, recipe.max_epochs);
  recipe.calibration_folds = 0;  // a model that saw all rows cannot be held out from some
  return absl::OkStatus();
}

absl::Status CheckNetwork(const EarlierModel& model, const Recipe& recipe) {
  if (recipe.network() == model.spec.network && recipe.activation == model.spec.activation) return absl::OkStatus();
  return absl::InvalidArgumentError(
      "the network is that of the model that training starts from; omit --family, --hidden_widths, --blocks_per_group "
      "and --activation");
}

}  // namespace ebm
