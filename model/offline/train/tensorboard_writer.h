// TensorBoard event files: scalars and PNG images.
//
// An event file is a sequence of TFRecords (length, masked CRC-32C of the length, data, masked CRC-32C of the data),
// each holding one `tensorflow.Event` message. The three messages that are needed are written field by field here,
// because model/ does not depend on Protobuf:
//
//   Event   { double wall_time = 1; int64 step = 2; string file_version = 3; Summary summary = 5; }
//   Summary { repeated Value value = 1; }   Value { string tag = 1; float simple_value = 2; Image image = 4; }
//   Image   { int32 height = 1; int32 width = 2; int32 colorspace = 3; bytes encoded_image_string = 4; }
//
// colorspace is the number of channels: 1 for gray, 3 for red, green and blue.
//
// Source: tensorflow/core/util/event.proto, tensorflow/core/framework/summary.proto, tensorflow/core/lib/io.

#ifndef EBM_MODEL_OFFLINE_TRAIN_TENSORBOARD_WRITER_H_
#define EBM_MODEL_OFFLINE_TRAIN_TENSORBOARD_WRITER_H_

#include <cstdint>
#include <fstream>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "model/io/color_image.h"

namespace ebm {

// CRC-32C (Castagnoli polynomial, reflected), as TFRecords use it before masking.
uint32_t Crc32c(std::string_view bytes);

// Threads: one. Errors while writing are kept and returned by Flush.
class TensorboardWriter {
 public:
  // Opens <folder>/events.out.tfevents.<unix seconds>.<process id>; creates the folder if it is missing.
  static absl::StatusOr<TensorboardWriter> Open(const std::string& folder, double wall_time);

  // Removes the event files of an earlier run; a missing folder counts as empty.
  static absl::Status Clear(const std::string& folder);

  void AddScalar(std::string_view tag, int64_t step, double wall_time, float value);
  // Errors: those of EncodePng.
  absl::Status AddImage(std::string_view tag, int64_t step, double wall_time, const GrayOrColorImage& image);
  absl::Status Flush();

 private:
  TensorboardWriter(std::string path, std::ofstream out) : path_(std::move(path)), out_(std::move(out)) {}
  void WriteRecord(std::string_view event);

  std::string path_;
  std::ofstream out_;
};

}  // namespace ebm

#endif  // EBM_MODEL_OFFLINE_TRAIN_TENSORBOARD_WRITER_H_
