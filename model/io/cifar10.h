// The binary files of CIFAR-10 (Krizhevsky 2009, https://www.cs.toronto.edu/~kriz/cifar.html): records of 3073 bytes, a
// label from 0 to 9 and a colour picture of 32 x 32 pixels, its red values first, then the green and the blue ones.
//
// The format has no header. Bytes are taken for it if they are whole records with such labels, and no text.
//
// Errors: InvalidArgument with the source for other bytes, with the first record (from 1) that has another label.

#ifndef EBM_MODEL_IO_CIFAR10_H_
#define EBM_MODEL_IO_CIFAR10_H_

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "model/io/picture_set.h"

namespace ebm {

inline constexpr int64_t kCifar10Side = 32;
inline constexpr uint8_t kCifar10Classes = 10;

struct Cifar10Pictures {
  PictureSet pictures;
  std::vector<uint8_t> labels;  // [n]
};

bool IsCifar10(absl::string_view bytes);

// `source` names the bytes in errors.
absl::StatusOr<Cifar10Pictures> ParseCifar10(absl::string_view bytes, absl::string_view source);

}  // namespace ebm

#endif  // EBM_MODEL_IO_CIFAR10_H_
