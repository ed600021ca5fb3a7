#include "server/rpc/request_ids.h"

#include <set>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace ebm::rpc {
namespace {

TEST(RequestIdsTest, TakesPrintableAsciiOfUpTo128Bytes) {
  EXPECT_TRUE(IsRequestId("a"));
  EXPECT_TRUE(IsRequestId("job 7/part:2 {\"x\"}~"));
  EXPECT_TRUE(IsRequestId(std::string(128, 'x')));
}

TEST(RequestIdsTest, TakesNothingElse) {
  for (const std::string& id : {std::string(), std::string(129, 'x'), std::string("line\nbreak"), std::string("tab\t"),
                                std::string("zero\0", 5), std::string("\x7f"), std::string("na\xc3\xafve")}) {
    EXPECT_FALSE(IsRequestId(id)) << id;
  }
}

TEST(RequestIdsTest, MakesIdsOf32HexadecimalDigitsThatDiffer) {
  RequestIds ids;
  std::set<std::string> made;
  for (int i = 0; i < 1000; ++i) {
    const std::string id = ids.Next();
    EXPECT_THAT(id, ::testing::MatchesRegex("[0-9a-f]*"));
    EXPECT_EQ(id.size(), 32U);
    EXPECT_TRUE(IsRequestId(id));
    made.insert(id);
  }
  EXPECT_EQ(made.size(), 1000U);
}

TEST(RequestIdsTest, OtherSeedsMakeOtherIds) {
  RequestIds first({1, 2, 3, 4});
  RequestIds again({1, 2, 3, 4});
  RequestIds other_key({5, 2, 3, 4});
  RequestIds other_counter({1, 2, 3, 5});
  const std::string id = first.Next();
  EXPECT_EQ(again.Next(), id);
  EXPECT_NE(other_key.Next(), id);
  EXPECT_NE(other_counter.Next(), id);
}

}  // namespace
}  // namespace ebm::rpc
