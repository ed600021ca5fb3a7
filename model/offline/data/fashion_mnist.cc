#include "model/offline/data/fashion_mnist.h"

#include <filesystem>
#include <iterator>

#include "absl/strings/str_cat.h"

namespace ebm {

absl::StatusOr<DataRows> ReadFashionMnist(FashionMnistPart part, const std::string& folder) {
  if (!std::filesystem::exists(folder)) {
    return absl::NotFoundError(
        absl::StrCat("fashion-mnist: ", folder, " is missing; install the package dataset-fashion-mnist"));
  }
  const std::string prefix = absl::StrCat(folder, part == FashionMnistPart::kTrain ? "/train-" : "/t10k-");
  return ReadRowsForModel({.rows = prefix + "images-idx3-ubyte.gz", .labels = prefix + "labels-idx1-ubyte.gz"},
                          {.input_shape = {kFashionMnistHeight, kFashionMnistWidth},
                           .columns = {DataColumn()},
                           .class_labels = {std::begin(kFashionMnistLabels), std::end(kFashionMnistLabels)}});
}

}  // namespace ebm
