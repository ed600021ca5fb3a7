#include "model/offline/train/auto_recipe.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "model/spec/image_shape.h"
#include "model/spec/model_spec.h"

namespace ebm {
namespace {

constexpr double kMinutesOfTables = 1;
// With more rows than this, a tenth of them is enough to calibrate on.
constexpr int64_t kMostRowsOfFolds = 800;
constexpr int64_t kFolds = 5;
constexpr int64_t kSmallPicture = 144;      // pixels
constexpr int64_t kLargestWithBase = 4096;  // values, for a Gaussian's covariance

int64_t SmallestClass(const TrainingData& data) {
  std::vector<int64_t> rows(data.class_labels.size());
  for (const int32_t label : data.train.labels) ++rows[static_cast<size_t>(label)];
  return std::ranges::min(rows);
}

// Makes `epochs` last for about as many batches as at the number of rows that a recipe was tuned on.
int64_t EpochsFor(int64_t epochs, int64_t rows, int64_t tuned_rows, int64_t fewest, int64_t most) {
  const double scaled = static_cast<double>(epochs) * static_cast<double>(tuned_rows) / static_cast<double>(rows);
  return std::clamp(static_cast<int64_t>(std::lround(scaled)), fewest, most);
}

void SetEpochs(int64_t epochs, Recipe& recipe) {
  recipe.max_epochs = epochs;
  recipe.patience = epochs;
}

class Chooser {
 public:
  explicit Chooser(const TrainingData& data)
      : data_(data),
        spec_{.input_shape = data.input_shape, .class_labels = data.class_labels, .columns = data.columns} {}

  absl::StatusOr<RecipeChoice> Choose() {
    const bool is_picture = HasImageShape(spec_);
    if (!is_picture && spec_.dimension() > kLargestWithBase) {
      return absl::InvalidArgumentError(absl::StrCat("recipe is auto, which takes rows of at most ", kLargestWithBase,
                                                     " coordinates for tables; these have ", spec_.dimension(),
                                                     "; --recipe=default has no such limit"));
    }
    Say(is_picture ? DescribePicture() : DescribeTable());
    if (!is_picture) {
      TakeTable();
    } else if (ImageShapeOf(spec_).height * ImageShapeOf(spec_).width <= kSmallPicture) {
      TakeSmallPictures();
    } else if (spec_.dimension() <= kLargestWithBase) {
      TakeLargerPictures();
    } else {
      TakeLargestPictures();
    }
    ChooseBase();
    choice_.recipe.name = absl::StrCat(kAutoRecipe, ": ", choice_.recipe.name);
    return std::move(choice_);
  }

 private:
  void Say(std::string reason) { choice_.reasons.push_back(std::move(reason)); }

  int64_t rows() const { return data_.train.rows.rows(); }

  std::string DescribePicture() const {
    const ImageShape shape = ImageShapeOf(spec_);
    return absl::StrCat("auto: ", rows(), " pictures of ", shape.height, " x ", shape.width,
                        shape.channels == 3 ? " in colour" : "", ", ", CountClasses());
  }

  std::string DescribeTable() const {
    return absl::StrCat("auto: a table of ", rows(), " rows, ", spec_.num_values(), " values in ", spec_.dimension(),
                        " coordinates, ", CountClasses());
  }

  std::string CountClasses() const {
    return spec_.num_classes() == 1 ? "one class" : absl::StrCat(spec_.num_classes(), " classes");
  }

  void Take(const char* name) { choice_.recipe = *FindRecipe(name); }

  void TakeTable() {
    Take("table");
    if (rows() <= kMostRowsOfFolds) choice_.recipe.calibration_folds = kFolds;
    choice_.minutes = kMinutesOfTables;
  }

  void TakeSmallPictures() {
    constexpr int64_t kTunedRows = 1080;
    Take("density");
    SetEpochs(EpochsFor(choice_.recipe.max_epochs, rows(), kTunedRows, 40, choice_.recipe.max_epochs), choice_.recipe);
  }

  void TakeLargerPictures() {
    constexpr int64_t kTunedRows = 50000;
    Take("density_resnet");
    SetEpochs(EpochsFor(choice_.recipe.max_epochs, rows(), kTunedRows, 10, 5 * choice_.recipe.max_epochs),
              choice_.recipe);
    choice_.recipe.stem_stride = StemStride();
  }

  // A covariance would be too large.
  void TakeLargestPictures() {
    Take("default");
    const absl::Status usable = UseFamily(ResnetSpec::kFamily, choice_.recipe);
    choice_.recipe.stem_stride = StemStride();
    Say(absl::StrCat("rows of ", spec_.dimension(), " values: no base density, and so no ln p(x)"));
  }

  int64_t StemStride() const {
    const ImageShape shape = ImageShapeOf(spec_);
    const int64_t side = std::max(shape.height, shape.width);
    return side <= 16 ? 1 : side <= 32 ? 2 : 4;
  }

  void ChooseBase() {
    Recipe& recipe = choice_.recipe;
    if (recipe.base != kClassGaussiansBase || spec_.num_classes() == 1) return;
    const int64_t square = spec_.dimension() * spec_.dimension();
    const int64_t smallest = SmallestClass(data_);
    const bool is_too_large = square > kMostBaseNumbers / spec_.num_classes();
    if (!is_too_large && smallest >= 2) return;
    const absl::Status usable = UseBase(kGaussianBase, recipe);
    Say(is_too_large ? absl::StrCat("one Gaussian as base density, since one per class would have ",
                                    square * spec_.num_classes(), " numbers")
                     : "one Gaussian as base density, since the smallest class has fewer than two rows");
  }

  const TrainingData& data_;
  const ModelSpec spec_;
  RecipeChoice choice_;
};

}  // namespace

absl::StatusOr<RecipeChoice> ChooseRecipe(const TrainingData& data) { return Chooser(data).Choose(); }

std::string DescribeRecipe(const Recipe& recipe) {
  const std::string folds =
      recipe.calibration_folds == 0 ? "" : absl::StrCat(", calibrated by ", recipe.calibration_folds, " folds");
  const std::string widths = absl::StrJoin(recipe.hidden_widths, ",");
  return absl::StrCat("recipe ", recipe.name, ": ", recipe.family, widths.empty() ? "" : " ", widths, ", ",
                      recipe.base.empty() ? "no base density" : absl::StrCat("base ", recipe.base), ", at most ",
                      recipe.max_epochs, " epochs", folds);
}

}  // namespace ebm
