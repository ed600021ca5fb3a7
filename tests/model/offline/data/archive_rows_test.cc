#include "model/offline/data/archive_rows.h"

#include <cstdint>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace ebm {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// Values 0, 1, 2, ...
NpzArray Array(const std::string& name, std::vector<int64_t> shape) {
  int64_t count = 1;
  for (const int64_t size : shape) count *= size;
  std::vector<float> values(static_cast<size_t>(count));
  for (size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(i);
  const int64_t rows = shape.size() == 1 ? 1 : shape.front();
  return {.name = name,
          .array = {.shape = std::move(shape), .rows = MatrixBuffer(std::move(values), rows, count / rows)}};
}

absl::StatusOr<StoredData> Choose(std::vector<NpzArray> arrays) { return RowsOfArchive(std::move(arrays), "x.npz"); }

std::string MessageOf(std::vector<NpzArray> arrays) {
  return std::string(Choose(std::move(arrays)).status().message());
}

std::vector<int64_t> ShapeOf(const absl::StatusOr<StoredData>& data) {
  return data.ok() ? std::get<StoredArray>(data->content).shape : std::vector<int64_t>();
}

TEST(ArchiveRowsTest, TheOnlyArraysThatFitAreRowsAndLabels) {
  for (std::vector<int64_t> labels : {std::vector<int64_t>{3}, std::vector<int64_t>{3, 1}}) {
    const absl::StatusOr<StoredData> data = Choose({Array("arr_1", std::move(labels)), Array("arr_0", {3, 2, 2})});
    ASSERT_TRUE(data.ok()) << data.status();
    EXPECT_THAT(ShapeOf(data), ElementsAre(3, 2, 2));
    EXPECT_THAT(data->labels, ElementsAre("0", "1", "2"));
    EXPECT_THAT(data->notes, IsEmpty());
  }
}

TEST(ArchiveRowsTest, RowsAloneHaveNoLabels) {
  const absl::StatusOr<StoredData> data = Choose({Array("anything", {3, 2})});
  ASSERT_TRUE(data.ok()) << data.status();
  EXPECT_THAT(data->labels, IsEmpty());
  EXPECT_THAT(ShapeOf(Choose({Array("x", {3, 1}), Array("y", {3})})), ElementsAre(3, 1));
}

TEST(ArchiveRowsTest, NamesDecideAmongSeveral) {
  const absl::StatusOr<StoredData> data =
      Choose({Array("x_test", {2, 4}), Array("y_test", {2}), Array("X_train", {3, 4}), Array("y_train", {3})});
  ASSERT_TRUE(data.ok()) << data.status();
  EXPECT_THAT(ShapeOf(data), ElementsAre(3, 4));
  EXPECT_THAT(data->labels, ElementsAre("0", "1", "2"));
  EXPECT_THAT(data->notes, ElementsAre("the rows are the archive's array X_train; not used: x_test, y_test"));
}

TEST(ArchiveRowsTest, WeightsAreNoLabels) {
  NpzArray weights = Array("weights", {2});
  weights.array.rows = MatrixBuffer({0.5F, 1.5F}, 1, 2);
  const absl::StatusOr<StoredData> data = Choose({Array("x", {2, 4}), std::move(weights)});
  ASSERT_TRUE(data.ok()) << data.status();
  EXPECT_THAT(data->labels, IsEmpty());
  EXPECT_THAT(data->notes, ElementsAre(HasSubstr("not used: weights")));
}

TEST(ArchiveRowsTest, AmbiguousArchivesAreRefusedWithTheirArrays) {
  EXPECT_THAT(MessageOf({Array("a", {3, 2}), Array("b", {3, 4})}),
              AllOf(HasSubstr("x.npz: the archive has several arrays that may be the rows: a [3, 2], b [3, 4]"),
                    HasSubstr("name one of them x, and its labels y")));
  EXPECT_THAT(MessageOf({Array("x", {3, 2}), Array("data", {3, 4})}), HasSubstr("several arrays"));
  EXPECT_THAT(
      MessageOf({Array("x", {3, 2}), Array("p", {3}), Array("q", {3, 1})}),
      HasSubstr("several arrays that may be the labels of x [3, 2]: x [3, 2], p [3], q [3, 1]; name one of them y"));
}

TEST(ArchiveRowsTest, RowsHaveTwoAxes) {
  EXPECT_THAT(MessageOf({Array("x", {3}), Array("y", {3})}), HasSubstr("no array of rows, of two or more axes: x [3]"));
}

TEST(ArchiveRowsTest, LabelsThatDoNotFitAreRefused) {
  EXPECT_THAT(MessageOf({Array("x", {3, 2}), Array("y", {4})}),
              HasSubstr("the array y [4] is not one whole number for each row of x [3, 2]"));
  NpzArray broken = Array("labels", {2});
  broken.array.rows = MatrixBuffer({0.5F, 1}, 1, 2);
  EXPECT_THAT(MessageOf({Array("x", {2, 2}), std::move(broken)}), HasSubstr("is not one whole number for each row"));
}

}  // namespace
}  // namespace ebm
