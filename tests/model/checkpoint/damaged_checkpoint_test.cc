// Reads every truncation and every small corruption of a small checkpoint.

#include <string>

#include "gtest/gtest.h"
#include "model/checkpoint/checkpoint.h"
#include "tests/model/checkpoint/checkpoint_samples.h"

namespace ebm {
namespace {

TEST(DamagedCheckpointTest, TruncationAtEveryLengthIsRefused) {
  const std::string bytes = SerializeCheckpoint(SmallCheckpoint());
  for (size_t length = 0; length < bytes.size(); ++length) {
    const absl::Status status = ParseCheckpoint(bytes.substr(0, length)).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << length;
  }
}

TEST(DamagedCheckpointTest, BytesAfterTheEndAreRefused) {
  const std::string bytes = SerializeCheckpoint(SmallCheckpoint());
  EXPECT_FALSE(ParseCheckpoint(bytes + std::string(1, '\0')).ok());
  EXPECT_FALSE(ParseCheckpoint(bytes + bytes).ok());
}

// If a file with a flipped bit is accepted, its content is the same: the bit was in a blank, or in the name of the
// digest itself.
TEST(DamagedCheckpointTest, NoFlippedBitChangesWhatIsRead) {
  const Checkpoint original = SmallCheckpoint();
  std::string bytes = SerializeCheckpoint(original);
  for (size_t bit = 0; bit < 8 * bytes.size(); ++bit) {
    const char mask = static_cast<char>(1 << bit % 8);
    bytes[bit / 8] ^= mask;
    const absl::StatusOr<Checkpoint> parsed = ParseCheckpoint(bytes);
    if (parsed.ok()) {
      EXPECT_EQ(*parsed, original) << "bit " << bit;
    } else {
      EXPECT_EQ(parsed.status().code(), absl::StatusCode::kInvalidArgument) << "bit " << bit;
      EXPECT_FALSE(parsed.status().message().empty()) << "bit " << bit;
    }
    bytes[bit / 8] ^= mask;
  }
}

TEST(DamagedCheckpointTest, NoByteReplacedByAQuoteBraceOrDigitChangesWhatIsRead) {
  const std::string bytes = SerializeCheckpoint(SmallCheckpoint());
  for (const char replacement : {'"', '{', '}', '[', ']', ',', ':', '9', '-', '\0', '\xFF'}) {
    for (size_t i = 0; i < bytes.size(); ++i) {
      std::string damaged = bytes;
      damaged[i] = replacement;
      const absl::StatusOr<Checkpoint> parsed = ParseCheckpoint(damaged);
      if (!parsed.ok()) continue;
      EXPECT_EQ(*parsed, SmallCheckpoint()) << i;
    }
  }
}

}  // namespace
}  // namespace ebm
