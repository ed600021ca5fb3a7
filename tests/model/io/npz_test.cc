#include "model/io/npz.h"

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "model/io/npy.h"
#include "tests/support/zip_file.h"

namespace ebm {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string Npy(const std::vector<float>& values, const std::vector<int64_t>& shape) {
  return SerializeNpy(values, shape);
}

std::string TwoArrays(ZipMethod method) {
  return Zip({{"x.npy", Npy({1, 2, 3, 4}, {2, 2})}, {"y.npy", Npy({0, 1}, {2})}}, method);
}

std::string MessageOf(const std::string& bytes, size_t limit = kMaxDataFileBytes) {
  return std::string(ParseNpz(bytes, "x.npz", limit).status().message());
}

TEST(NpzTest, ArraysComeInTheirOrderStoredOrCompressed) {
  for (const ZipMethod method : {ZipMethod::kStored, ZipMethod::kDeflated}) {
    const std::string bytes = TwoArrays(method);
    EXPECT_TRUE(IsZip(bytes));
    const absl::StatusOr<std::vector<NpzArray>> arrays = ParseNpz(bytes, "x.npz");
    ASSERT_TRUE(arrays.ok()) << arrays.status();
    ASSERT_EQ(arrays->size(), 2U);
    EXPECT_EQ(arrays->front().name, "x");
    EXPECT_THAT(arrays->front().array.shape, ElementsAre(2, 2));
    EXPECT_THAT(arrays->front().array.rows.values(), ElementsAre(1, 2, 3, 4));
    EXPECT_EQ(arrays->back().name, "y");
    EXPECT_THAT(arrays->back().array.shape, ElementsAre(2));
  }
}

// np.savez_compressed(file, a=np.uint8([[7, 8]])) of NumPy 2: each member's header has ZIP64 fields.
TEST(NpzTest, ReadsWhatNumpyWrites) {
  const absl::StatusOr<std::vector<NpzArray>> arrays =
      ParseNpz(absl::HexStringToBytes(
                   "504b03042d000000080000002100044c6badffffffffffffffff05001400612e6e707901001000820000000000000048"
                   "000000000000009bec17ea1b10c9c850c650ad9e925a9c5ca46ea5a05e536aa8aea3a09e965f54529498179f5f94920a"
                   "12774bcc294e058a17672416a402f91a863a0a469a3a0ab50a64032e760e00504b01022d032d00000008000000210004"
                   "4c6bad4800000082000000050000000000000000000000800100000000612e6e7079504b050600000000010001003300"
                   "00007f0000000000"),
               "x.npz");
  ASSERT_TRUE(arrays.ok()) << arrays.status();
  ASSERT_EQ(arrays->size(), 1U);
  EXPECT_EQ(arrays->front().name, "a");
  EXPECT_THAT(arrays->front().array.rows.values(), ElementsAre(7, 8));
}

TEST(NpzTest, RefusesTruncationAtEveryLength) {
  const std::string bytes = TwoArrays(ZipMethod::kDeflated);
  for (size_t length = 0; length < bytes.size(); ++length) {
    const absl::Status status = ParseNpz(bytes.substr(0, length), "x.npz").status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << length;
    EXPECT_THAT(std::string(status.message()), HasSubstr("x.npz: "));
  }
}

TEST(NpzTest, SurvivesDamageOfEveryByte) {
  const std::string bytes = TwoArrays(ZipMethod::kDeflated);
  for (size_t place = 0; place < bytes.size(); ++place) {
    std::string damaged = bytes;
    damaged[place] = static_cast<char>(damaged[place] ^ 0x55);
    const absl::StatusOr<std::vector<NpzArray>> arrays = ParseNpz(damaged, "x.npz");
    EXPECT_TRUE(!arrays.ok() || arrays->size() <= 2) << place;
  }
}

TEST(NpzTest, RefusesAWrongChecksum) {
  std::string bytes = TwoArrays(ZipMethod::kStored);
  bytes[bytes.find("NUMPY") + 130] ^= 1;  // a value
  EXPECT_THAT(MessageOf(bytes), HasSubstr("x.npz: x.npy: CRC error"));
}

// A megabyte of zeros takes a kilobyte; what the archive claims of sizes does not matter.
TEST(NpzTest, TheLimitHoldsForAllMembersTogether) {
  const std::string zeros = Npy(std::vector<float>(1 << 18), {1 << 18, 1});
  const std::string bytes = Zip({{"a.npy", zeros}, {"b.npy", zeros}}, ZipMethod::kDeflated);
  EXPECT_LT(bytes.size(), 10000U);
  EXPECT_THAT(MessageOf(bytes, 2 * zeros.size() - 1), HasSubstr("x.npz: its arrays exceed the limit of "));
  EXPECT_TRUE(ParseNpz(bytes, "x.npz", 2 * zeros.size()).ok());
  std::string lying = bytes;
  for (size_t entry = lying.find("PK\x01\x02"); entry != std::string::npos;
       entry = lying.find("PK\x01\x02", entry + 1)) {
    lying.replace(entry + 24, 4, "\xFF\xFF\xFF\x7F");  // the directory's uncompressed size
  }
  EXPECT_FALSE(ParseNpz(lying, "x.npz", 2 * zeros.size() - 1).ok());
}

TEST(NpzTest, NamesTheMemberThatIsNoNumericArray) {
  EXPECT_THAT(MessageOf(Zip({{"x.npy", "no array"}})), HasSubstr("x.npz: x.npy: not an NPY file"));
  std::string words = Npy({1, 2}, {2});
  words.replace(words.find("<f4"), 3, "<U1");
  EXPECT_THAT(MessageOf(Zip({{"y.npy", words}})), HasSubstr("x.npz: y.npy: dtype '<U1' is not supported"));
}

TEST(NpzTest, NamesWhatOtherArchivesHold) {
  EXPECT_THAT(MessageOf(Zip({{"[Content_Types].xml", "<x/>"}})),
              HasSubstr("x.npz: a ZIP archive with '[Content_Types].xml', which is no NPY file"));
  std::vector<std::pair<std::string, std::string>> many;
  many.reserve(1025);
  for (int i = 0; i < 1025; ++i) many.emplace_back(std::to_string(i) + ".npy", "");
  EXPECT_THAT(MessageOf(Zip(many)), HasSubstr("an archive of 1025 members; at most 1024 are read"));
}

// The directory's end claims 2^40 members.
TEST(NpzTest, RefusesDirectoriesThatClaimAnything) {
  std::string bytes = TwoArrays(ZipMethod::kStored);
  const size_t end = bytes.rfind(std::string("PK\x05\x06", 4));
  const std::string record = std::string("PK\x06\x06\x2C\0\0\0\0\0\0\0", 12) + std::string(12, '\0') +
                             std::string("\0\0\0\0\0\1\0\0\0\0\0\0\0\1\0\0", 16) + std::string(16, '\0');
  const std::string locator = std::string("PK\x06\x07", 4) + std::string(16, '\0');
  bytes.insert(end, record + locator);
  EXPECT_THAT(MessageOf(bytes), HasSubstr("an archive in ZIP64"));
}

}  // namespace
}  // namespace ebm
