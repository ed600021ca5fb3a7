#include "model/offline/data/known_data.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "model/core/status_macros.h"
#include "model/io/digest.h"
#include "model/offline/data/cifar10_folder.h"
#include "model/offline/data/digits.h"
#include "model/offline/data/fashion_mnist.h"

namespace ebm {
namespace {

constexpr char kDigits[] = "digits";
constexpr char kFashionMnist[] = "fashion-mnist";

LabelledData TakeRange(const LabelledData& data, const RowRange& range) {
  const ConstMatrix rows = data.rows.view().rows_from(range.first, range.count);
  const auto label = data.labels.begin() + range.first;
  return {MatrixBuffer({rows.values().begin(), rows.values().end()}, rows.rows(), rows.cols()),
          {label, label + range.count}};
}

std::vector<std::string> DigitsLabels() {
  std::vector<std::string> labels(kDigitsClasses);
  for (size_t k = 0; k < labels.size(); ++k) labels[k] = absl::StrCat(k);
  return labels;
}

// The notebook's units: x -> 2 x / 17 - 1, so that 0..16 is mapped into [-1, 1), with space for the step above the
// highest value.
KnownData DigitsData() {
  const LabelledData digits = Digits();
  const std::string sha256 = Sha256Hex(DigitsCsv());
  return {.train = TakeRange(digits, kDigitsTrain),
          .validation = TakeRange(digits, kDigitsValidation),
          .test = TakeRange(digits, kDigitsTest),
          .input_shape = {kDigitsHeight, kDigitsWidth},
          .class_labels = DigitsLabels(),
          .columns = {{.range = kDigitsRange, .scaling = {.scale = 2.0F / 17.0F, .offset = -1.0F}, .step = 1}},
          .name = kDigits,
          .sha256 = sha256,
          .test_sha256 = sha256};
}

// Maps pixels from 0..255 to [-1, 1].
absl::StatusOr<KnownData> FashionMnistData() {
  constexpr int64_t kValidationRows = 10000;
  EBM_ASSIGN_OR_RETURN(DataRows train, ReadFashionMnist(FashionMnistPart::kTrain));
  EBM_ASSIGN_OR_RETURN(DataRows test, ReadFashionMnist(FashionMnistPart::kTest));
  const int64_t rows = train.data.rows.rows() - kValidationRows;
  return KnownData{.train = TakeRange(train.data, {0, rows}),
                   .validation = TakeRange(train.data, {rows, kValidationRows}),
                   .test = std::move(test.data),
                   .input_shape = {kFashionMnistHeight, kFashionMnistWidth},
                   .class_labels = {std::begin(kFashionMnistLabels), std::end(kFashionMnistLabels)},
                   .columns = {{.range = {0, 255}, .scaling = {.scale = 2.0F / 255.0F, .offset = -1.0F}, .step = 1}},
                   .name = kFashionMnist,
                   .sha256 = std::move(train.sha256),
                   .test_sha256 = std::move(test.sha256)};
}

}  // namespace

bool IsKnownData(absl::string_view name) {
  return name == kDigits || name == kFashionMnist || IsCifar10Folder(std::string(name));
}

absl::StatusOr<KnownData> ReadKnownData(absl::string_view name) {
  if (name == kDigits) return DigitsData();
  if (name == kFashionMnist) return FashionMnistData();
  if (std::string folder(name); IsCifar10Folder(folder)) return ReadCifar10Folder(folder);
  return absl::InvalidArgumentError(absl::StrCat("data is \"", name, "\"; the known data sets are ", kDigits, ", ",
                                                 kFashionMnist, " and the folder of CIFAR-10"));
}

}  // namespace ebm
