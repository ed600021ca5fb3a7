#include "model/offline/train/recipe.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "model/offline/train/recipe_settings.h"
#include "model/spec/activation.h"

namespace ebm {
namespace {

// jmtomczak/intro_dgm, ebms/ebm_example.ipynb: a joint energy model with short, fresh chains.
Recipe Notebook() {
  Recipe recipe;
  recipe.name = "notebook";
  recipe.patience = 21;  // the notebook stops when its count exceeds 20
  recipe.sampler = {.steps = 20, .kernel = Langevin{.step_size = 1.0F, .noise_scale = 0.01F}};
  return recipe;
}

// Persistent chains with small steps in the data's box; the average of the weights is kept. Small affine maps of
// pictures make up for the writers that the training rows lack.
Recipe Default() {
  Recipe recipe;
  recipe.name = "default";
  recipe.warmup_batches = 100;
  recipe.max_epochs = 100;
  recipe.average_decay = 0.99;
  recipe.density_weight = 0.3;
  recipe.selection_density_weight = 0.0;
  recipe.calibrates = true;
  recipe.energy_penalty = 1e-3;
  recipe.jitter = {.shift = 0.5F, .rotation = 0.1F, .scale = 0.1F};
  recipe.sampler = {.steps = 200,
                    .kernel = Langevin{.step_size = 0.1F, .noise_scale = 0.01F, .final_noise_free_step = true},
                    .clamp_lower = -1.0F,
                    .clamp_upper = 1.0F};
  recipe.chains = {.sampler = recipe.sampler, .buffer_size = 1000, .refresh_probability = 0.05};
  recipe.chains.sampler.steps = 10;
  recipe.chains.sampler.kernel = Langevin{.step_size = 0.1F, .noise_scale = 0.01F};
  return recipe;
}

// A density at temperature 1: class Gaussians, and a network that changes their log density by at most two nats and
// separates the classes. Strong deformations make up for missing writers. The Gaussians' own class probabilities get a
// small weight.
Recipe Density() {
  Recipe recipe;
  recipe.name = "density";
  recipe.base = kClassGaussiansBase;
  recipe.base_evidence = 0.07F;
  recipe.learning_rate = 6e-3;
  recipe.warmup_batches = 100;
  recipe.cosine_decay = true;
  recipe.max_epochs = 300;
  recipe.patience = 300;
  recipe.keeps_last = true;
  recipe.calibrates = true;
  recipe.average_decay = 0.99;
  recipe.density_weight = 0.1;
  recipe.energy_penalty = 0.025;
  recipe.divergence_gap = 15;  // the penalty keeps data and chains within about four nats
  recipe.selection_density_weight = 0.0;
  recipe.jitter = {.shift = 0.5F, .rotation = 0.2F, .scale = 0.15F, .shear = 0.2F, .deformation = 0.6F};
  recipe.density_of_plain_rows = true;
  recipe.mirrored_share = 0.5;
  recipe.chains.sampler = {
      .steps = 0, .kernel = Langevin{.step_size = 2e-4F, .noise_scale = 0.02F}, .start = ChainStart::kBase};
  recipe.sampler = {
      .steps = 200, .kernel = MetropolisLangevin{.step_size = 2e-4F, .noise_scale = 0.02F}, .start = ChainStart::kBase};
  return recipe;
}

// For tables. Smooth units, and a network that is small beside those for pictures: with larger ones, more epochs or
// less noise, tables of a few hundred rows are learned by heart. The density term counts twice as much as for pictures,
// and makes the classes' probabilities better, too.
Recipe Table() {
  Recipe recipe = Density();
  recipe.name = "table";
  recipe.hidden_widths = {256, 256};
  recipe.activation = "silu";
  recipe.base_evidence = 0;
  recipe.max_epochs = 100;
  recipe.patience = 100;
  recipe.density_weight = 0.2;
  recipe.energy_penalty = 0.05;
  recipe.data_noise = 0.15F;
  recipe.jitter = {};
  recipe.mirrored_share = 0;
  // Standardised columns need longer steps than pixels; how long depends on their number.
  recipe.sampler.kernel = MetropolisLangevin{.step_size = 0.02F, .noise_scale = 0.2F, .adaptation_steps = 100};
  return recipe;
}

// The same on a residual network. It shares its weights among pixels, so a lower learning rate and fewer epochs are
// enough.
Recipe DensityOnResnet() {
  Recipe recipe = Density();
  recipe.family = ResnetSpec::kFamily;
  recipe.hidden_widths = {32, 64, 128};
  recipe.blocks_per_group = 1;
  recipe.activation = "silu";
  recipe.learning_rate = 4e-3;
  return recipe;
}

// For larger pictures. The class does not depend on left and right, but the density does: shoes point one way.
Recipe DensityResnet() {
  Recipe recipe = DensityOnResnet();
  recipe.name = "density_resnet";
  recipe.stem_stride = 2;
  recipe.base_evidence = 0;
  recipe.warmup_batches = 200;
  recipe.max_epochs = 40;
  recipe.patience = 40;
  recipe.average_decay = 0.999;
  recipe.jitter = {.shift = 2.0F, .rotation = 0.1F, .scale = 0.1F, .mirrors = true};
  recipe.mirrored_share = 0.25;
  recipe.warped_share = 0.25;
  // Dark pixels hardly vary: their Gaussians are narrow, and chains accept only small steps.
  constexpr Motion kMotion = {.step_size = 2e-6F, .noise_scale = 2e-3F};
  SetMotion(kMotion, recipe.chains.sampler.kernel);
  SetMotion(kMotion, recipe.sampler.kernel);
  recipe.warp = {.shift = 4.0F, .rotation = 3.14F, .scale = 0.6F, .shear = 0.5F, .deformation = 2.0F};
  return recipe;
}

// For pictures as small as the digits. A convolutional network recognises a stroke at any place, and so distinguishes
// mirrored rows from data much better than a perceptron: a larger share of them and a higher density weight pay off.
Recipe DensityResnetSmall() {
  Recipe recipe = DensityOnResnet();
  recipe.name = "density_resnet_small";
  recipe.max_epochs = 200;
  recipe.patience = 200;
  recipe.density_weight = 0.4;
  recipe.energy_penalty = 0.1;
  recipe.density_jitter = {.shift = 0.25F, .rotation = 0.1F, .scale = 0.08F, .shear = 0.1F, .deformation = 0.3F};
  recipe.mirrored_share = 0.75;
  return recipe;
}

// A classification RBM on levels, by persistent contrastive divergence: data and chains are at the same temperature,
// and so the loss is the exact gradient of the joint likelihood ln p(x, y), as far as the chains follow.
Recipe ClassRbm() {
  Recipe recipe;
  recipe.name = "class_rbm";
  recipe.family = RbmSpec::kFamily;
  recipe.hidden_widths = {100};
  recipe.activation = "";
  recipe.base = kIndependentBase;
  recipe.learning_rate = 0.02;
  recipe.cosine_decay = true;
  recipe.weight_penalty = 0.012;
  recipe.batch_size = 50;
  recipe.max_epochs = 150;
  recipe.patience = 150;
  recipe.selection_density_weight = 0;
  recipe.keeps_last = true;
  recipe.calibrates = true;
  recipe.divergence_gap = 1000;  // ln p~ of data and chains is far from 0, and far apart at first
  recipe.data_noise = 0;
  recipe.chains = {.sampler = {.steps = 2, .kernel = Gibbs(), .start = ChainStart::kBase}, .buffer_size = 200};
  recipe.sampler = {.steps = 200, .kernel = Gibbs(), .start = ChainStart::kBase};
  return recipe;
}

// The same without classes, also for rows that have labels.
Recipe Rbm() {
  Recipe recipe = ClassRbm();
  recipe.name = "rbm";
  recipe.ignores_labels = true;
  return recipe;
}

// A Boltzmann machine without hidden units.
Recipe Boltzmann() {
  Recipe recipe = Rbm();
  recipe.name = "boltzmann";
  recipe.family = BoltzmannSpec::kFamily;
  recipe.hidden_widths.clear();
  recipe.learning_rate = 0.01;
  recipe.weight_penalty = 0.003;
  return recipe;
}

// A restricted Boltzmann machine on real columns.
Recipe GaussianRbm() {
  Recipe recipe = ClassRbm();
  recipe.name = "gaussian_rbm";
  recipe.family = GaussianRbmSpec::kFamily;
  recipe.chains.sampler.steps = 10;     // clusters of rows are further apart than levels
  recipe.density_of_plain_rows = true;  // dequantised: otherwise variances can fall to 0
  recipe.base = kGaussianBase;
  recipe.weight_penalty = 0.001;
  return recipe;
}

}  // namespace

NetworkSpec Recipe::network() const {
  const int64_t hidden_units = hidden_widths.empty() ? 0 : hidden_widths.front();
  if (family == GaussianRbmSpec::kFamily) return GaussianRbmSpec{.hidden_units = hidden_units};
  if (family == BoltzmannSpec::kFamily) return BoltzmannSpec{.edges = edges};
  if (family == RbmSpec::kFamily) return RbmSpec{.hidden_units = hidden_units};
  if (family == MlpSpec::kFamily) return MlpSpec{.hidden_widths = hidden_widths};
  return ResnetSpec{.hidden_widths = hidden_widths, .blocks_per_group = blocks_per_group, .stem_stride = stem_stride};
}

absl::Status Recipe::Validate() const {
  if ((family == RbmSpec::kFamily || family == GaussianRbmSpec::kFamily) && hidden_widths.size() != 1) {
    return absl::InvalidArgumentError(absl::StrCat("hidden_widths has ", hidden_widths.size(), " entries; family ",
                                                   family, " has one, the number of hidden units"));
  }
  if (family == BoltzmannSpec::kFamily && !hidden_widths.empty()) {
    return absl::InvalidArgumentError(
        absl::StrCat("hidden_widths has ", hidden_widths.size(), " entries; family ", family, " has no hidden units"));
  }
  if (family != ResnetSpec::kFamily && (blocks_per_group != 0 || stem_stride != 1)) {
    return absl::InvalidArgumentError(absl::StrCat("blocks_per_group is ", blocks_per_group, " and stem_stride ",
                                                   stem_stride, "; family ", family, " has neither blocks nor a stem"));
  }
  const bool from_base = chains.sampler.start == ChainStart::kBase;
  for (const RecipeSetting& setting : ListSettings(*this)) {
    if (setting.number >= setting.lowest && setting.number <= setting.highest) continue;  // false for NaN
    return absl::InvalidArgumentError(
        absl::StrCat(setting.name, " is ", setting.text, "; ", setting.lowest, " to ", setting.highest, " is allowed"));
  }
  if (from_base && base.empty()) {
    return absl::InvalidArgumentError("chains start from the base density, but the recipe has no base");
  }
  if (!density_of_plain_rows && (mirrored_share + warped_share > 0 || density_jitter.any())) {
    return absl::InvalidArgumentError(
        "mirrored_share, warped_share or density_jitter is above 0, but density_of_plain_rows is not set");
  }
  if (IsAdjusted(chains.sampler.kernel) && MotionOf(chains.sampler.kernel).noise_scale == 0) {
    return absl::InvalidArgumentError("chain_metropolis is set, but chain_noise_scale is 0; above 0 is needed");
  }
  if (HasActivation(network())) return FindActivation(activation).status();
  if (activation.empty()) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat("activation is ", activation, "; family ", family, " has none"));
}

std::map<std::string, std::string> Recipe::Describe() const {
  std::map<std::string, std::string> described;
  for (RecipeSetting& setting : ListSettings(*this)) {
    if (!setting.text.empty()) described[setting.name] = std::move(setting.text);
  }
  return described;
}

absl::Status UseFamily(const std::string& family, Recipe& recipe) {
  if (family == recipe.family) return absl::OkStatus();
  if (family != ResnetSpec::kFamily || HasBlockConditionals(recipe.network())) {
    return absl::InvalidArgumentError(
        absl::StrCat("family is ", family, "; recipe ", recipe.name, " supports only ", recipe.family));
  }
  recipe.family = ResnetSpec::kFamily;
  recipe.hidden_widths = {16, 32, 64};
  recipe.blocks_per_group = 1;
  if (recipe.chains.sampler.start == ChainStart::kBase) return absl::OkStatus();
  // Its gradient in a single pixel is a tenth of the perceptron's; at 0.1 chains fall behind the data and training
  // diverges.
  for (SamplerSettings* const sampler : {&recipe.chains.sampler, &recipe.sampler}) {
    const Motion motion = {.step_size = 1.0F, .noise_scale = MotionOf(sampler->kernel).noise_scale};
    SetMotion(motion, sampler->kernel);
  }
  return absl::OkStatus();
}

absl::Status UseBase(const std::string& base, Recipe& recipe) {
  if (base == recipe.base) return absl::OkStatus();
  if (recipe.base.empty()) {
    return absl::InvalidArgumentError(
        absl::StrCat("base is ", base, "; recipe ", recipe.name, " has a model without one"));
  }
  if (recipe.base == kIndependentBase || base == kIndependentBase) {
    return absl::InvalidArgumentError(
        absl::StrCat("base is ", base, "; recipe ", recipe.name, " supports only ", recipe.base));
  }
  recipe.base = base;
  if (base != kClassGaussiansBase) recipe.base_evidence = 0;
  return absl::OkStatus();
}

absl::Status UseObjective(Objective objective, Recipe& recipe) {
  if (objective == recipe.objective) return absl::OkStatus();
  if (!HasBlockConditionals(recipe.network())) {
    return absl::InvalidArgumentError(absl::StrCat("objective is ", NameOf(objective), "; recipe ", recipe.name,
                                                   " supports only ", NameOf(recipe.objective)));
  }
  recipe.objective = objective;
  recipe.chains.buffer_size = 0;
  return absl::OkStatus();
}

void UseOneClass(Recipe& recipe) {
  recipe.keeps_last = true;
  recipe.patience = recipe.max_epochs;
}

absl::StatusOr<Recipe> FindRecipe(const std::string& name) {
  for (Recipe (*make)() :
       {Boltzmann, ClassRbm, Default, Density, DensityResnet, DensityResnetSmall, GaussianRbm, Notebook, Rbm, Table}) {
    Recipe recipe = make();
    if (recipe.name == name) return recipe;
  }
  return absl::InvalidArgumentError(absl::StrCat(
      "recipe is \"", name,
      "\"; the known ones are: boltzmann, class_rbm, default, density, density_resnet, density_resnet_small, "
      "gaussian_rbm, notebook, rbm, table"));
}

}  // namespace ebm
