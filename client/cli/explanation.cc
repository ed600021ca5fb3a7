#include "client/cli/explanation.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "client/cli/command_status.h"
#include "client/cli/imputation.h"
#include "client/cli/picture_shape.h"
#include "client/cli/terminal_picture.h"
#include "model/core/status_macros.h"
#include "model/io/file_bytes.h"
#include "model/io/npy.h"
#include "model/io/output_file.h"
#include "model/io/png.h"
#include "model/offline/data/class_labels.h"
#include "model/offline/data/image_sheet.h"
#include "model/spec/candidate_values.h"

namespace ebm::client {
namespace {

constexpr size_t kMostInText = 3;
constexpr float kLeastInText = 0.05F;  // rounds to +0.1 nats
constexpr DataRange kHeatRange = {.minimum = 0, .maximum = 1};

bool IsSheet(const std::string& path) { return absl::EndsWith(path, ".png"); }

std::string NameOfValue(const ExplainedValue& explained) {
  return explained.has_own_name ? explained.column->name : absl::StrCat("value ", explained.index);
}

std::string ValueText(const DataColumn& column, float value) {
  const std::string* const name = CategoryName(column, value);
  return name != nullptr ? *name : NumberText(value);
}

// What was tried is a point of a grid, whose last digits mean nothing.
std::string BestValueText(const DataColumn& column, float value) {
  const std::string* const name = CategoryName(column, value);
  return name != nullptr ? *name : absl::StrFormat("%.4g", value);
}

// The sum over a pixel's channels, as a share of the row's largest: [height * width].
std::vector<float> HeatOf(std::span<const float> rises, const ImageShape& shape) {
  std::vector<float> heat(static_cast<size_t>(shape.pixels()));
  for (size_t i = 0; i < rises.size(); ++i) heat[i % heat.size()] += rises[i] > 0 ? rises[i] : 0;
  const float largest = std::ranges::max(heat);
  for (float& value : heat) value = largest > 0 ? value / largest : 0;
  return heat;
}

absl::StatusOr<SheetLayout> HeatSheet(const ModelDescription& model) {
  EBM_ASSIGN_OR_RETURN(PictureFormat picture, PictureFormatOf(model));
  picture.shape.channels = 1;
  picture.ranges = {kHeatRange};
  return SheetLayout{.picture = std::move(picture)};
}

// A row's picture, a column of pixels between them, and its heat map, gray in every channel: the lines of each channel.
std::vector<float> SideBySide(std::span<const float> row, std::span<const float> heat, const PictureFormat& picture) {
  const auto width = static_cast<size_t>(picture.shape.width);
  std::vector<float> both;
  both.reserve(2 * row.size() + row.size() / width);
  for (size_t at = 0; at < row.size(); at += width) {
    const DataRange& range = picture.ranges[at / heat.size()];
    both.insert(both.end(), row.begin() + at, row.begin() + at + width);
    both.push_back((range.minimum + range.maximum) / 2);
    for (size_t x = 0; x < width; ++x) {
      both.push_back(range.minimum + (range.maximum - range.minimum) * heat[(at + x) % heat.size()]);
    }
  }
  return both;
}

}  // namespace

int64_t RowsExplainedAtOnce(const ModelDescription& model) {
  const CandidateGrid grid = CandidateGridFor(model.num_values());
  int64_t evaluations = 0;
  for (const DataColumn* const column : ColumnsOfValues(model.columns, model.num_values()))
    evaluations += MostCandidates(*column, grid);
  return std::max<int64_t>(1, kMaxExplanationEvaluations / evaluations);
}

std::vector<ExplainedValue> SortedByRise(const ModelDescription& model, std::span<const float> row,
                                         std::span<const float> rises, std::span<const float> best_values) {
  const std::vector<const DataColumn*> columns = ColumnsOfValues(model.columns, model.num_values());
  std::vector<ExplainedValue> sorted;
  sorted.reserve(columns.size());
  for (size_t i = 0; i < columns.size(); ++i) {
    const bool has_own_name = !columns[i]->name.empty() && std::ranges::count(columns, columns[i]) == 1;
    sorted.push_back({.column = columns[i],
                      .index = static_cast<int64_t>(i),
                      .has_own_name = has_own_name,
                      .value = row[i],
                      .rise = rises[i],
                      .best_value = best_values[i]});
  }
  const auto key = [](const ExplainedValue& explained) { return std::isnan(explained.rise) ? -1 : explained.rise; };
  std::ranges::stable_sort(sorted, std::greater<>(), key);
  return sorted;
}

const std::string* CategoryName(const DataColumn& column, float value) {
  const auto named = std::ranges::find(column.values, value, &CategoryValue::code);
  return named == column.values.end() ? nullptr : &named->name;
}

std::string ExplanationText(std::span<const ExplainedValue> sorted) {
  std::vector<std::string> parts;
  parts.reserve(kMostInText);
  for (const ExplainedValue& explained : sorted.first(std::min(sorted.size(), kMostInText))) {
    if (!(explained.rise >= kLeastInText)) break;
    parts.push_back(absl::StrFormat("%s = %s (+%.1f nats at %s)", NameOfValue(explained),
                                    ValueText(*explained.column, explained.value), explained.rise,
                                    BestValueText(*explained.column, explained.best_value)));
  }
  return absl::StrJoin(parts, ", ");
}

absl::Status CheckExplanationPath(const std::string& path, const ModelDescription& model, int64_t rows) {
  if (!absl::EndsWith(path, ".npy") && !IsSheet(path)) {
    return UsageError(absl::StrCat("--explain_output: '", path, "' ends in neither .npy nor .png"));
  }
  if (const absl::Status writable = CheckWritable(path); !writable.ok()) {
    return UsageError(absl::StrCat("--explain_output: ", writable.message()));
  }
  if (!IsSheet(path)) return absl::OkStatus();
  EBM_ASSIGN_OR_RETURN(const SheetLayout layout, AsUsage(HeatSheet(model)));
  const SheetSize size = SizeOfSheet(rows, layout);
  if (size.height <= kMaxPngPixels / size.width) return absl::OkStatus();
  return UsageError(absl::StrCat("--explain_output: a sheet of ", rows, " heat maps has ", size.width, " x ",
                                 size.height, " pixels; the limit is ", kMaxPngPixels, "; write a .npy file"));
}

absl::Status WriteExplanation(const std::string& path, ConstMatrix rises, const ModelDescription& model) {
  if (!IsSheet(path)) return WriteFileBytes(SerializeNpy(rises), path);
  EBM_ASSIGN_OR_RETURN(const PictureFormat picture, AsUsage(PictureFormatOf(model)));
  EBM_ASSIGN_OR_RETURN(const SheetLayout layout, AsUsage(HeatSheet(model)));
  MatrixBuffer heat(rises.rows(), picture.shape.pixels());
  for (int64_t i = 0; i < rises.rows(); ++i) {
    std::ranges::copy(HeatOf(rises.row(i), picture.shape), heat.row(i).begin());
  }
  EBM_ASSIGN_OR_RETURN(const std::string sheet, EncodePng(RenderSheet(heat.view(), layout)));
  return WriteFileBytes(sheet, path);
}

absl::Status DrawExplained(ConstMatrix rows, ConstMatrix rises, std::span<const std::string> captions,
                           const ModelDescription& model, const Console& console) {
  EBM_ASSIGN_OR_RETURN(GalleryLayout layout, AsUsage(GalleryLayoutFor(model, console)));
  const ImageShape shape = layout.picture.shape;
  std::vector<float> drawn;
  for (int64_t i = 0; i < rises.rows(); ++i) {
    const std::vector<float> both = SideBySide(rows.row(i), HeatOf(rises.row(i), shape), layout.picture);
    drawn.insert(drawn.end(), both.begin(), both.end());
  }
  layout.picture.shape.width = 2 * shape.width + 1;
  console.out << DrawGallery(ConstMatrix(drawn.data(), rises.rows(), std::ssize(drawn) / rises.rows()), captions,
                             layout);
  return absl::OkStatus();
}

}  // namespace ebm::client
