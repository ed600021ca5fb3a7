// The data sets that are known by name or by the files of their folder, with the split on which published figures are
// compared.
//
// Threads: free functions, reentrant.

#ifndef EBM_MODEL_OFFLINE_DATA_KNOWN_DATA_H_
#define EBM_MODEL_OFFLINE_DATA_KNOWN_DATA_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "model/io/labelled_data.h"
#include "model/spec/data_column.h"

namespace ebm {

struct KnownData {
  LabelledData train;  // data units, as the next two
  LabelledData validation;
  LabelledData test;
  std::vector<int64_t> input_shape;
  std::vector<std::string> class_labels;
  std::vector<DataColumn> columns;  // for training
  std::string name;
  std::string sha256;       // of the file of training rows, or Sha256OfFiles of several
  std::string test_sha256;  // of the file of test rows
};

bool IsKnownData(absl::string_view name);

// "digits" (digits.h; the notebook's split and units) or "fashion-mnist" (fashion_mnist.h; the last 10,000 training
// pictures are for validation), or the path of CIFAR-10's folder (cifar10_folder.h). Errors: those of ReadFashionMnist
// and ReadCifar10Folder; InvalidArgument for another name, naming the known ones.
absl::StatusOr<KnownData> ReadKnownData(absl::string_view name);

}  // namespace ebm

#endif  // EBM_MODEL_OFFLINE_DATA_KNOWN_DATA_H_
