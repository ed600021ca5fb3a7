// The folder of CIFAR-10's binary version (model/io/cifar10.h), cifar-10-batches-bin: data_batch_1.bin to
// data_batch_5.bin, test_batch.bin, and batches.meta.txt with the names of the classes. The last batch of training
// pictures is for validation.
//
// Errors: those of file_bytes.h, for a file that is missing too, and of cifar10.h; InvalidArgument for another number
// of names than classes.
//
// Threads: free functions, reentrant.

#ifndef EBM_MODEL_OFFLINE_DATA_CIFAR10_FOLDER_H_
#define EBM_MODEL_OFFLINE_DATA_CIFAR10_FOLDER_H_

#include <string>

#include "absl/status/statusor.h"
#include "model/offline/data/known_data.h"

namespace ebm {

// Whether the folder has the first of the files.
bool IsCifar10Folder(const std::string& path);

absl::StatusOr<KnownData> ReadCifar10Folder(const std::string& path);

}  // namespace ebm

#endif  // EBM_MODEL_OFFLINE_DATA_CIFAR10_FOLDER_H_
