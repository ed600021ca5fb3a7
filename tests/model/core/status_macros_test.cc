#include "model/core/status_macros.h"

#include <gtest/gtest.h>

#include <memory>

namespace ebm {
namespace {

absl::StatusOr<std::unique_ptr<int>> Box(const absl::Status& status, int value) {
  if (!status.ok()) return status;
  return std::make_unique<int>(value);
}

// The sum of two boxes; `reached` counts the lines passed.
absl::StatusOr<int> Sum(const absl::Status& first, const absl::Status& second, int& reached) {
  EBM_ASSIGN_OR_RETURN(const std::unique_ptr<int> a, Box(absl::OkStatus(), 3));
  ++reached;
  EBM_RETURN_IF_ERROR(first);
  ++reached;
  EBM_ASSIGN_OR_RETURN(const std::unique_ptr<int> b, Box(second, 4));
  ++reached;
  return *a + *b;
}

TEST(StatusMacrosTest, SuccessGoesOnWithTheValueMovedOut) {
  int reached = 0;
  const absl::StatusOr<int> sum = Sum(absl::OkStatus(), absl::OkStatus(), reached);
  ASSERT_TRUE(sum.ok());
  EXPECT_EQ(*sum, 7);
  EXPECT_EQ(reached, 3);
}

TEST(StatusMacrosTest, AnErrorReturnsAtOnceAndUnchanged) {
  int reached = 0;
  const absl::Status error = absl::NotFoundError("no such row");
  EXPECT_EQ(Sum(error, absl::OkStatus(), reached).status(), error);
  EXPECT_EQ(reached, 1);
  EXPECT_EQ(Sum(absl::OkStatus(), error, reached).status(), error);
  EXPECT_EQ(reached, 3);
}

}  // namespace
}  // namespace ebm
