// What training lowers, for models whose coordinates have levels:
//
//   pcd                 the loss of recipe.h with chains that are replayed: persistent contrastive divergence (Tieleman
//                       2008, "Training restricted Boltzmann machines using approximations to the likelihood gradient")
//   cd                  the same with chains that begin at the rows themselves: contrastive divergence (Hinton 2002)
//   pseudo_likelihood   mean over rows of sum_i ln(1 + exp(ln p~(x^i) - ln p~(x))), the negative sum of ln p(x_i given
//                       the rest) (Besag 1975, "Statistical analysis of non-lattice data"); x^i is x with x_i flipped
//   probability_flow    mean over rows of sum_i exp((ln p~(x^i) - ln p~(x)) / 2) (Sohl-Dickstein, Battaglino & DeWeese
//                       2011, "New method for parameter estimation in probabilistic models", PRL 107)
//
// pcd estimates the gradient of the likelihood, without bias as far as the replayed chains have reached the model's
// density. cd's gradient has a bias that falls with the number of steps. The last two are least at the data's density,
// need no chains, and are for coordinates of two levels and one class; their gradients are computed exactly.
//
// Threads: plain data and free functions.

#ifndef EBM_MODEL_OFFLINE_TRAIN_OBJECTIVE_H_
#define EBM_MODEL_OFFLINE_TRAIN_OBJECTIVE_H_

#include <string>

#include "absl/status/statusor.h"

namespace ebm {

enum class Objective { kPersistentChains, kDataChains, kPseudoLikelihood, kProbabilityFlow };

// "pcd", "cd", "pseudo_likelihood" or "probability_flow".
const char* NameOf(Objective objective);
// Errors: InvalidArgument naming the known ones.
absl::StatusOr<Objective> FindObjective(const std::string& name);

inline bool HasChains(Objective objective) {
  return objective == Objective::kPersistentChains || objective == Objective::kDataChains;
}

}  // namespace ebm

#endif  // EBM_MODEL_OFFLINE_TRAIN_OBJECTIVE_H_
