// Rows of pictures: which axis of an array has the channels, gray or colour, and the columns that describe the values.
//
// A row is a picture [height, width] or [3, height, width]: its red values first, then the green and the blue ones. An
// 8-bit picture's values 0 to 255 are mapped onto the range of the model's values, or of each channel, which is 0 to
// 255 itself for a model that was trained on such pictures.
//
// Errors: InvalidArgument with the source: sizes that differ from the model's, a model whose inputs are no pictures, an
// array [n, a, b, c] with 1 or 3 for both a and c, where no shape tells which has the channels.
//
// Threads: free functions, reentrant.

#ifndef EBM_MODEL_OFFLINE_DATA_PICTURE_ROWS_H_
#define EBM_MODEL_OFFLINE_DATA_PICTURE_ROWS_H_

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "model/core/matrix_view.h"
#include "model/io/color_image.h"
#include "model/io/picture_set.h"
#include "model/io/stored_array.h"
#include "model/offline/data/match_columns.h"
#include "model/spec/data_column.h"
#include "model/spec/image_shape.h"

namespace ebm {

inline constexpr DataRange kPictureRange = {0, 255};

// Whether two shapes differ only in axes of size 1.
bool HaveSameShape(std::span<const int64_t> a, std::span<const int64_t> b);

// How a model's rows are shown as pictures; nothing if they are none. A square number of inputs without columns of
// their own is a gray picture, three times one with a column for each channel a colour picture.
std::optional<PictureFormat> PictureFormatOf(const InputFormat& format);

PictureSet OnePicture(const ColorImage& image);

// Rows to train on. shape: what a row's shape was stated to be; if it has no say, pictures that are gray throughout
// become [n, h, w], others [n, 3, h, w].
StoredArray PictureRows(const PictureSet& pictures, std::span<const int64_t> shape);

// Rows for a model, whose shape decides on colours.
absl::StatusOr<StoredArray> PictureRowsForModel(const PictureSet& pictures, const std::string& source,
                                                const InputFormat& format);

// Moves the channels of an array with four axes to the front: [n, h, w, 3] becomes [n, 3, h, w]; one channel loses its
// axis. shape: the rows' stated or the model's, which decides if it has two axes or more. Without it, 1 or 3 is a
// number of channels; an array with neither in front nor at the end stays as it is.
absl::StatusOr<StoredArray> WithChannelsFirst(StoredArray array, std::span<const int64_t> shape,
                                              absl::string_view source);

// How many columns describe the values of a row of this shape: one for each channel of [3, h, w], otherwise one.
int64_t DescribedChannels(std::span<const int64_t> shape);

// What describes rows [n, C] of pictures but for its scaling: one column, or three called red, green and blue.
// range: of the format; unset: of each channel's values. step: unset: 1 for whole numbers of a small range.
std::vector<DataColumn> DescribePictures(ConstMatrix rows, int64_t channels, const std::optional<DataRange>& range,
                                         std::optional<float> step);

}  // namespace ebm

#endif  // EBM_MODEL_OFFLINE_DATA_PICTURE_ROWS_H_
