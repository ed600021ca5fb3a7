// The recipe that suits the data: its family, base density, widths and length, from the number of rows, the values of a
// row, the classes and the picture's size.
//
//   tables                        `table`
//   pictures of up to 12 x 12     `density`, a perceptron
//   larger ones                   `density_resnet`, whose stem halves or quarters pictures above 16 x 16 and 32 x 32;
//                                 above 64 x 64, `default` on a residual network, without a base density
//
// One Gaussian per class becomes one for all where a class has too few rows for its own, or where the classes'
// covariances would be larger than kMostBaseNumbers. Recipes were tuned on data sets of a certain size: for more rows
// they get fewer epochs, so that the number of batches stays about the same.
//
// Threads: free functions, reentrant.

#ifndef EBM_MODEL_OFFLINE_TRAIN_AUTO_RECIPE_H_
#define EBM_MODEL_OFFLINE_TRAIN_AUTO_RECIPE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "model/offline/train/recipe.h"
#include "model/offline/train/training_data.h"

namespace ebm {

inline constexpr char kAutoRecipe[] = "auto";
inline constexpr int64_t kMostBaseNumbers = int64_t{1} << 23;

struct RecipeChoice {
  Recipe recipe;                     // named "auto: " and the recipe that it is made from
  std::vector<std::string> reasons;  // for people
  double minutes = 0;                // that training should take at most; 0: as long as it takes
};

// data: with the held-out rows taken out. Errors: InvalidArgument for a table whose rows have more coordinates than a
// base density can have.
absl::StatusOr<RecipeChoice> ChooseRecipe(const TrainingData& data);

// One line: the network, the base density, the length and the calibration.
std::string DescribeRecipe(const Recipe& recipe);

}  // namespace ebm

#endif  // EBM_MODEL_OFFLINE_TRAIN_AUTO_RECIPE_H_
