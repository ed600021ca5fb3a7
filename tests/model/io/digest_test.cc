#include "model/io/digest.h"

#include <utility>

#include "gtest/gtest.h"

namespace ebm {
namespace {

// Test vectors of FIPS 180-4, as published in NIST's "Examples with Intermediate Values".
constexpr char kEmpty[] = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
constexpr char kAbc[] = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

TEST(Sha256HexTest, MatchesThePublishedVectors) {
  EXPECT_EQ(Sha256Hex(""), kEmpty);
  EXPECT_EQ(Sha256Hex("abc"), kAbc);
}

TEST(Sha256Test, TakesBytesInPartsAndGoesOnAfterADigest) {
  Sha256 digest;
  EXPECT_EQ(digest.Hex(), kEmpty);
  digest.Update("a");
  EXPECT_EQ(digest.Hex(), Sha256Hex("a"));
  Sha256 moved = std::move(digest);
  moved.Update("bc");
  EXPECT_EQ(moved.Hex(), kAbc);
}

// (cd folder && sha256sum a/x b | sha256sum), in any order of the arguments.
TEST(Sha256OfFilesTest, IsTheDigestOfWhatSha256sumPrints) {
  EXPECT_EQ(Sha256OfFiles({{.name = "b", .sha256 = kEmpty}, {.name = "a/x", .sha256 = kAbc}}),
            "05b025834d40760017562f6379409e115cc16e0327885fdc388140f5074a7732");
}

}  // namespace
}  // namespace ebm
