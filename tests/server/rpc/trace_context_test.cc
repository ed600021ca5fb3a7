#include "server/rpc/trace_context.h"

#include <optional>
#include <string>

#include "gtest/gtest.h"

namespace ebm::rpc {
namespace {

// The example of the specification.
constexpr char kHeader[] = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
const TraceContext kContext = {.trace_id = "0af7651916cd43dd8448eb211c80319c", .parent_id = "b7ad6b7169203331"};

TEST(TraceContextTest, ReadsTheIds) { EXPECT_EQ(ParseTraceParent(kHeader), kContext); }

TEST(TraceContextTest, LaterVersionsMayHaveMoreFields) {
  std::string later = kHeader;
  later.replace(0, 2, "cc");
  EXPECT_EQ(ParseTraceParent(later), kContext);
  EXPECT_EQ(ParseTraceParent(later + "-what-the-future-will-be-like"), kContext);
  EXPECT_EQ(ParseTraceParent(later + ".what-the-future-will-be-like"), std::nullopt);
  EXPECT_EQ(ParseTraceParent(std::string(kHeader) + "-more"), std::nullopt) << "version 00 has four fields";
}

TEST(TraceContextTest, ForbidsVersionFfAndIdsOfZeros) {
  EXPECT_EQ(ParseTraceParent("ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"), std::nullopt);
  EXPECT_EQ(ParseTraceParent("00-00000000000000000000000000000000-b7ad6b7169203331-01"), std::nullopt);
  EXPECT_EQ(ParseTraceParent("00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01"), std::nullopt);
}

TEST(TraceContextTest, RefusesEveryTruncation) {
  const std::string header = kHeader;
  for (size_t length = 0; length < header.size(); ++length) {
    EXPECT_EQ(ParseTraceParent(header.substr(0, length)), std::nullopt) << length;
  }
}

TEST(TraceContextTest, RefusesAWrongCharacterAnywhere) {
  for (const char wrong : {'G', 'A', ' ', '\n', '\0', '\xc3'}) {
    for (size_t at = 0; at + 1 < sizeof(kHeader); ++at) {
      std::string header = kHeader;
      header[at] = wrong;
      EXPECT_EQ(ParseTraceParent(header), std::nullopt) << at;
    }
  }
}

}  // namespace
}  // namespace ebm::rpc
