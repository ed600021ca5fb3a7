// The settings of a recipe as one list, from which its limits are checked and its description is written: a setting is
// added in one place. Internal to recipe.cc.

#ifndef EBM_MODEL_OFFLINE_TRAIN_RECIPE_SETTINGS_H_
#define EBM_MODEL_OFFLINE_TRAIN_RECIPE_SETTINGS_H_

#include <string>
#include <vector>

#include "model/offline/train/recipe.h"

namespace ebm {

struct RecipeSetting {
  const char* name;
  std::string text;  // the value; numbers in the fewest digits that read back the same. Empty: off, not described

  // For numbers: the value and its limits. 0 for the others.
  double number = 0;
  double lowest = 0;
  double highest = 0;
};

std::vector<RecipeSetting> ListSettings(const Recipe& recipe);

}  // namespace ebm

#endif  // EBM_MODEL_OFFLINE_TRAIN_RECIPE_SETTINGS_H_
