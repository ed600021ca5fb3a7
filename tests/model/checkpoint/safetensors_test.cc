#include "model/checkpoint/safetensors.h"

#include <sys/resource.h>

#include <cstdint>
#include <limits>
#include <ostream>
#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/temporary_folder.h"

namespace ebm {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string WithLength(uint64_t length, const std::string& rest) {
  return std::string(reinterpret_cast<const char*>(&length), sizeof(length)) + rest;
}

std::string WithHeader(const std::string& header, const std::string& data = "") {
  return WithLength(header.size(), header + data);
}

std::string Entry(const std::string& name, const std::string& shape, const std::string& offsets) {
  return absl::StrCat("\"", name, "\":{\"dtype\":\"F32\",\"shape\":", shape, ",\"data_offsets\":", offsets, "}");
}

std::string WithEntries(const std::vector<std::string>& entries, const std::string& data = "") {
  return WithHeader(absl::StrCat("{", absl::StrJoin(entries, ","), "}"), data);
}

SafetensorsFile SmallFile() {
  const std::vector<float> floats = {1, 2, 3, 4};
  const std::vector<int64_t> integers = {-1, std::numeric_limits<int64_t>::max()};
  const std::vector<uint8_t> bytes = {7};
  return {{{"key", "value \"quoted\" \xC3\xA9"}},
          {MakeRawTensor<int64_t>("order", {2}, integers), MakeRawTensor<float>("weight", {2, 2}, floats),
           MakeRawTensor<float>("empty", {0, 5}, {}), MakeRawTensor<uint8_t>("scalar", {}, bytes)}};
}

TEST(SafetensorsTest, WritesTheBytesThatTheFormatSays) {
  const std::vector<float> values = {1};
  const SafetensorsFile file{{{"a", "b"}}, {MakeRawTensor<float>("x", {1}, values)}};
  const std::string header = R"({"__metadata__":{"a":"b"},"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})";
  const std::string blanks(80 - header.size(), ' ');
  EXPECT_EQ(SerializeSafetensors(file), WithHeader(header + blanks, std::string("\0\0\x80\x3F", 4)));
}

TEST(SafetensorsTest, ComesBackAsItWas) {
  const absl::StatusOr<SafetensorsFile> file = ParseSafetensors(SerializeSafetensors(SmallFile()));
  ASSERT_TRUE(file.ok()) << file.status();
  EXPECT_EQ(*file, SmallFile());
  EXPECT_THAT(ValuesOf<float>(*file->Find("weight")).value(), ElementsAre(1, 2, 3, 4));
  EXPECT_THAT(ValuesOf<int64_t>(*file->Find("order")).value(), ElementsAre(-1, std::numeric_limits<int64_t>::max()));
  EXPECT_THAT(ValuesOf<uint8_t>(*file->Find("scalar")).value(), ElementsAre(7));
  EXPECT_EQ(file->Find("none"), nullptr);
}

TEST(SafetensorsTest, ComesBackFromAFile) {
  const TemporaryFolder folder;
  ASSERT_TRUE(WriteSafetensors(SmallFile(), folder.File("x.safetensors")).ok());
  EXPECT_EQ(ReadSafetensors(folder.File("x.safetensors")).value(), SmallFile());
}

TEST(SafetensorsTest, NamesTheFileInErrors) {
  const TemporaryFolder folder;
  const std::string path = folder.Write("x.safetensors", "short");
  EXPECT_THAT(std::string(ReadSafetensors(path).status().message()),
              HasSubstr(path + ": a file of 5 bytes is not a safetensors file"));
}

TEST(SafetensorsTest, PutsWideItemsFirstSoThatAllAreAligned) {
  const std::vector<uint8_t> narrow = {1};
  const std::vector<double> wide = {2};
  const SafetensorsFile file{{},
                             {MakeRawTensor<uint8_t>("narrow", {1}, narrow), MakeRawTensor<double>("wide", {1}, wide)}};
  const SafetensorsFile read = ParseSafetensors(SerializeSafetensors(file)).value();
  EXPECT_EQ(read.tensors[0].name, "wide");
  EXPECT_EQ(read.tensors[1].name, "narrow");
}

TEST(SafetensorsTest, WrittenAgainIsTheSameBytes) {
  const std::string bytes = SerializeSafetensors(SmallFile());
  EXPECT_EQ(SerializeSafetensors(ParseSafetensors(bytes).value()), bytes);
}

TEST(SafetensorsTest, RefusesValuesOfAnotherDtype) {
  EXPECT_THAT(std::string(ValuesOf<float>(*SmallFile().Find("order")).status().message()),
              HasSubstr("tensor 'order': dtype is I64, not F32"));
}

TEST(SafetensorsTest, ReplacesBytesThatAreNoUtf8) {
  const SafetensorsFile file{{{"key", "\xFF"}}, {}};
  EXPECT_EQ(ParseSafetensors(SerializeSafetensors(file)).value().metadata.at("key"), "\xEF\xBF\xBD");
}

TEST(SafetensorsTest, ReadsHeadersThatOthersOrderAndSpaceOtherwise) {
  const std::string header = absl::StrCat("{ ", Entry("b", "[1]", "[4, 8]"), " ,\n", Entry("a", "[]", "[0,4]"), "}   ");
  const absl::StatusOr<SafetensorsFile> file = ParseSafetensors(WithHeader(header, "12345678"));
  ASSERT_TRUE(file.ok()) << file.status();
  EXPECT_EQ(file->tensors[0].name, "a");
  EXPECT_EQ(file->tensors[1].bytes, "5678");
}

struct BadFile {
  std::string bytes;
  std::string message;
};

void PrintTo(const BadFile& bad, std::ostream* out) { *out << absl::CHexEscape(bad.bytes.substr(0, 200)); }

class BadSafetensorsTest : public ::testing::TestWithParam<BadFile> {};

TEST_P(BadSafetensorsTest, IsRefusedWithTheReason) {
  const absl::StatusOr<SafetensorsFile> file = ParseSafetensors(GetParam().bytes);
  EXPECT_EQ(file.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(file.status().message()), HasSubstr(GetParam().message));
}

std::string Data(size_t size) { return std::string(size, '\0'); }

INSTANTIATE_TEST_SUITE_P(
    Headers, BadSafetensorsTest,
    ::testing::Values(BadFile{"", "a file of 0 bytes"}, BadFile{WithLength(0, ""), "does not begin with '{'"},
                      BadFile{WithLength(1 << 30, "{}"), "the header claims 1073741824 bytes; the limit is 4194304"},
                      BadFile{WithLength(~uint64_t{0}, "{}"),
                              "the header claims 18446744073709551615 bytes; the limit is"},
                      BadFile{"version https://git-lfs.github.com/spec/v1\noid sha256:0", "but a Git LFS pointer"},
                      BadFile{"PK\x03\x04 archive of PyTorch", "not a safetensors file, but a ZIP archive"},
                      BadFile{WithLength(4, std::string("{}\0\0", 4)), "the header holds a NUL byte"},
                      BadFile{WithLength(3, "{}"), "the header claims 3 bytes, the file has 2 left"},
                      BadFile{WithHeader(" {}"), "does not begin with '{'"},
                      BadFile{WithHeader("{"), "the header is not valid JSON"},
                      BadFile{WithHeader("{}{}"), "the header is not valid JSON"},
                      BadFile{WithHeader("{\"\xFF\":1}"), "the header is not valid JSON"},
                      BadFile{WithHeader("{}", "x"), "the tensors take 0 bytes, the file holds 1 bytes of data"},
                      BadFile{WithHeader("{\"__metadata__\":[]}"), "'__metadata__' is not a map of strings"},
                      BadFile{WithHeader("{\"__metadata__\":{\"a\":1}}"), "'__metadata__' is not a map of strings"},
                      BadFile{WithHeader("{\"a\\n\":1}"), "tensor 'a\\n': its description is not an object"}));

INSTANTIATE_TEST_SUITE_P(
    Descriptions, BadSafetensorsTest,
    ::testing::Values(
        BadFile{WithHeader(R"({"a":{"shape":[],"data_offsets":[0,4]}})", Data(4)),
                "the fields must be 'dtype', 'shape' and"},
        BadFile{WithHeader(R"({"a":{"dtype":"F32","shape":[],"offsets":[0,4]}})", Data(4)),
                "'data_offsets' is missing"},
        BadFile{WithHeader(R"({"a":{"dtype":"F32","sharp":[],"data_offsets":[0,4]}})", Data(4)), "'shape' is missing"},
        BadFile{WithHeader(R"({"a":{"dtype":"BF16","shape":[2],"data_offsets":[0,4]}})", Data(4)),
                "tensor 'a': dtype 'BF16' is not one of F64, F32, I64, I32 and U8"},
        BadFile{WithEntries({Entry("a", "[-1]", "[0,4]")}, Data(4)), "'shape' holds -1"},
        BadFile{WithEntries({Entry("a", "[1.0]", "[0,4]")}, Data(4)), "not a list of whole numbers"},
        BadFile{WithEntries({Entry("a", "[9223372036854775808]", "[0,4]")}, Data(4)), "below 2^63"},
        BadFile{WithEntries({Entry("a", "[1,1,1,1,1,1,1,1,1]", "[0,4]")}, Data(4)), "9 dimensions exceed"},
        BadFile{WithEntries({Entry("a", "[4611686018427387904,4]", "[0,0]")}), "more than 2^64 bytes"},
        BadFile{WithEntries({Entry("a", "[2]", "[0,4]")}, Data(4)), "the shape takes 8 bytes, the range [0, 4)"},
        BadFile{WithEntries({Entry("a", "[1]", "[0,4,8]")}, Data(4)), "not two whole numbers"},
        BadFile{WithEntries({Entry("a", "[1]", "[-4,0]")}, Data(4)), "not two whole numbers"},
        BadFile{WithEntries({Entry("a", "[1]", "[0,18446744073709551616]")}, Data(4)), "not two whole numbers"},
        BadFile{WithEntries({Entry("a", "[1]", "[4,0]")}, Data(4)), "the range [4, 0) does not lie within"},
        BadFile{WithEntries({Entry("a", "[1]", "[18446744073709551612,0]")}, Data(4)), "does not lie within"},
        BadFile{WithEntries({Entry("a", "[1]", "[4,8]")}, Data(4)), "does not lie within the 4 bytes of data"}));

INSTANTIATE_TEST_SUITE_P(
    Tilings, BadSafetensorsTest,
    ::testing::Values(BadFile{WithEntries({Entry("a", "[1]", "[0,4]"), Entry("b", "[1]", "[0,4]")}, Data(4)),
                              "tensor 'b': its range begins at 0, not where the one before ends, 4"},
                      BadFile{WithEntries({Entry("a", "[2]", "[0,8]"), Entry("b", "[1]", "[4,8]")}, Data(8)),
                              "overlap"},
                      BadFile{WithEntries({Entry("a", "[1]", "[0,4]"), Entry("b", "[1]", "[8,12]")}, Data(12)), "gap"},
                      BadFile{WithEntries({Entry("a", "[1]", "[4,8]")}, Data(8)), "begins at 4"},
                      BadFile{WithEntries({Entry("a", "[1]", "[0,4]")}, Data(8)), "take 4 bytes, the file holds 8"},
                      BadFile{WithEntries({Entry("a", "[1]", "[0,4]"), Entry("a", "[1]", "[4,8]")}, Data(8)),
                              "the header holds a name twice"},
                      BadFile{WithHeader(R"({"__metadata__":{"a":"1","a":"2"}})"), "the header holds a name twice"}));

// Peak resident memory of this process, in KiB.
int64_t PeakMemory() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss;
}

TEST(SafetensorsTest, HostileHeadersCostNeitherTimeNorMemory) {
  std::vector<std::string> many_tensors;
  for (int i = 0; i <= 50000; ++i) many_tensors.push_back(Entry(absl::StrCat(i), "[0]", "[0,0]"));
  const std::string deep = absl::StrCat("{\"a\":", std::string(kMaxHeaderBytes - 5, '['));

  const int64_t before = PeakMemory();
  EXPECT_THAT(std::string(ParseSafetensors(WithEntries(many_tensors)).status().message()),
              HasSubstr("the header names 50001 tensors; the limit is 16384"));
  EXPECT_THAT(std::string(ParseSafetensors(WithHeader(deep)).status().message()), HasSubstr("nests too deeply"));
  EXPECT_FALSE(ParseSafetensors(WithEntries({Entry("a", "[1000000000000]", "[0,4000000000000]")})).ok());
  constexpr int64_t kLimit = 256 << 10;  // enough for sanitizers, far below the sizes that the headers claim
  EXPECT_LT(PeakMemory() - before, kLimit);
}

}  // namespace
}  // namespace ebm
