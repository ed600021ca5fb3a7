#include "model/core/guarded.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <new>
#include <stdexcept>

namespace ebm {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

template <typename Exception>
absl::Status StatusOf(const Exception& exception) {
  return Guarded([&]() -> absl::Status { throw exception; });
}

TEST(GuardedTest, PassesOnTheStatusOfWorkThatThrowsNothing) {
  EXPECT_EQ(Guarded([] { return absl::OkStatus(); }), absl::OkStatus());
  EXPECT_EQ(Guarded([] { return absl::NotFoundError("x"); }), absl::NotFoundError("x"));
}

TEST(GuardedTest, ALackOfMemoryIsResourceExhausted) {
  EXPECT_EQ(StatusOf(std::bad_alloc()).code(), absl::StatusCode::kResourceExhausted);
  const absl::Status torch = StatusOf(std::runtime_error("DefaultCPUAllocator: not enough memory: 5 bytes\nframe 0"));
  EXPECT_EQ(torch.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_THAT(torch.message(), HasSubstr("5 bytes"));
}

TEST(GuardedTest, OtherExceptionsAreInternalWithTheirFirstLine) {
  const absl::Status status = StatusOf(std::runtime_error("no such operator\nframe 0\nframe 1"));
  EXPECT_EQ(status.code(), absl::StatusCode::kInternal);
  EXPECT_THAT(status.message(), HasSubstr("no such operator"));
  EXPECT_THAT(status.message(), Not(HasSubstr("frame")));
  EXPECT_EQ(StatusOf(7).code(), absl::StatusCode::kInternal);
}

}  // namespace
}  // namespace ebm
