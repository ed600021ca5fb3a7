// Fashion-MNIST (Xiao et al. 2017, arXiv:1708.07747): 60,000 and 10,000 pictures of clothes, 28x28 pixels from 0 to
// 255, ten classes, MIT licence. Read from Debian's package dataset-fashion-mnist.

#ifndef EBM_MODEL_OFFLINE_DATA_FASHION_MNIST_H_
#define EBM_MODEL_OFFLINE_DATA_FASHION_MNIST_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "model/offline/data/reader.h"

namespace ebm {

// Where the package puts its files.
inline constexpr char kFashionMnistFolder[] = "/usr/share/datasets/fashion-mnist";

inline constexpr const char* kFashionMnistLabels[] = {"T-shirt/top", "Trouser", "Pullover", "Dress", "Coat",
                                                      "Sandal",      "Shirt",   "Sneaker",  "Bag",   "Ankle boot"};

inline constexpr int64_t kFashionMnistHeight = 28;
inline constexpr int64_t kFashionMnistWidth = 28;

enum class FashionMnistPart { kTrain, kTest };

// Errors: those of ReadRowsForModel; NotFound, with the package's name, where the folder is missing.
absl::StatusOr<DataRows> ReadFashionMnist(FashionMnistPart part, const std::string& folder = kFashionMnistFolder);

}  // namespace ebm

#endif  // EBM_MODEL_OFFLINE_DATA_FASHION_MNIST_H_
