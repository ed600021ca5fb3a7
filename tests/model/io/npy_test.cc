#include "model/io/npy.h"

#include <cmath>
#include <cstdint>
#include <limits>
#include <ostream>
#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace ebm {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsNan;

std::string WithHeader(int version, const std::string& header, const std::string& data) {
  std::string bytes = "\x93NUMPY";
  bytes.push_back(static_cast<char>(version));
  bytes.push_back('\0');
  const auto length = static_cast<uint32_t>(header.size());
  bytes.append(reinterpret_cast<const char*>(&length), version == 1 ? 2 : 4);
  return bytes + header + data;
}

std::string Header(const std::string& descr, const std::string& shape) {
  return absl::StrCat("{'descr': '", descr, "', 'fortran_order': False, 'shape': ", shape, ", }\n");
}

template <typename T>
std::string Bytes(const std::vector<T>& values) {
  return std::string(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T));
}

template <typename T>
void ExpectReads(const std::string& descr) {
  const T low = std::numeric_limits<T>::is_signed ? static_cast<T>(-2) : static_cast<T>(2);
  const std::vector<T> values = {low, 0, 1, 100};
  const absl::StatusOr<StoredArray> array = ParseNpy(WithHeader(1, Header(descr, "(2, 2)"), Bytes(values)), "x.npy");
  ASSERT_TRUE(array.ok()) << descr << " " << array.status();
  EXPECT_THAT(array->rows.values(), ElementsAre(static_cast<float>(low), 0, 1, 100)) << descr;
}

TEST(ParseNpyTest, ReadsEveryListedDtype) {
  ExpectReads<float>("<f4");
  ExpectReads<double>("<f8");
  ExpectReads<int8_t>("|i1");
  ExpectReads<int16_t>("<i2");
  ExpectReads<int32_t>("<i4");
  ExpectReads<int64_t>("<i8");
  ExpectReads<uint8_t>("|u1");
  ExpectReads<uint16_t>("<u2");
  ExpectReads<uint32_t>("<u4");
  ExpectReads<uint64_t>("<u8");
}

// As numpy does: other programs write byte orders where they mean nothing.
TEST(ParseNpyTest, TakesEveryByteOrder) {
  ExpectReads<uint8_t>("<u1");
  ExpectReads<int8_t>(">i1");
  ExpectReads<uint8_t>("u1");
  ExpectReads<float>("=f4");
  ExpectReads<float>("f4");
  const auto big = ParseNpy(WithHeader(1, Header(">i2", "(1, 2)"), std::string("\x01\x02\xFF\xFE", 4)), "x.npy");
  ASSERT_TRUE(big.ok()) << big.status();
  EXPECT_THAT(big->rows.values(), ElementsAre(0x102, -2));
}

// 1, -2, the smallest number, the largest, the smallest without leading zeros: from IEEE 754.
TEST(ParseNpyTest, ReadsHalfPrecision) {
  const auto halves =
      ParseNpy(WithHeader(1, Header("<f2", "(1, 5)"), Bytes<uint16_t>({0x3C00, 0xC000, 1, 0x7BFF, 0x0400})), "x.npy");
  ASSERT_TRUE(halves.ok()) << halves.status();
  EXPECT_THAT(halves->rows.values(), ElementsAre(1, -2, std::ldexp(1.0F, -24), 65504, std::ldexp(1.0F, -14)));
  EXPECT_FALSE(ParseNpy(WithHeader(1, Header("<f2", "(1, 1)"), Bytes<uint16_t>({0x7C00})), "x.npy").ok());
  const auto missing = ParseNpy(WithHeader(1, Header("<f2", "(1, 1)"), Bytes<uint16_t>({0x7E00})), "x.npy");
  EXPECT_THAT(missing->rows.row(0), ElementsAre(IsNan()));
}

TEST(ParseNpyTest, NanIsAMissingValue) {
  const auto array = ParseNpy(
      WithHeader(1, Header("<f8", "(1, 2)"), Bytes<double>({std::numeric_limits<double>::quiet_NaN(), 2})), "x.npy");
  EXPECT_THAT(array->rows.row(0), ElementsAre(IsNan(), 2));
}

TEST(ParseNpyTest, ReadsFortranOrder) {
  const auto fortran = [](const std::string& shape, const std::vector<uint8_t>& values) {
    return ParseNpy(
        WithHeader(1, absl::StrCat("{'descr': '|u1', 'fortran_order': True, 'shape': ", shape, "}"), Bytes(values)),
        "x.npy");
  };
  EXPECT_THAT(fortran("(2, 3)", {0, 3, 1, 4, 2, 5})->rows.values(), ElementsAre(0, 1, 2, 3, 4, 5));
  EXPECT_THAT(fortran("(2, 2, 2)", {0, 4, 2, 6, 1, 5, 3, 7})->rows.values(), ElementsAre(0, 1, 2, 3, 4, 5, 6, 7));
  EXPECT_THAT(fortran("(3,)", {0, 1, 2})->rows.values(), ElementsAre(0, 1, 2));
  EXPECT_THAT(fortran("(1, 3)", {0, 1, 2})->rows.values(), ElementsAre(0, 1, 2));
}

TEST(ParseNpyTest, TakesTheLongNumbersOfPython2) {
  EXPECT_THAT(ParseNpy(WithHeader(1, Header("|u1", "(1L, 2L)"), "ab"), "x.npy")->shape, ElementsAre(1, 2));
}

TEST(ParseNpyTest, ReadsBoolAsZeroAndOne) {
  const absl::StatusOr<StoredArray> matrix =
      ParseNpy(WithHeader(1, Header("|b1", "(1, 2)"), std::string("\x01\x00", 2)), "x.npy");
  ASSERT_TRUE(matrix.ok()) << matrix.status();
  EXPECT_THAT(matrix->rows.values(), ElementsAre(1, 0));
}

TEST(ParseNpyTest, ReadsAllThreeVersions) {
  for (const int version : {1, 2, 3}) {
    EXPECT_TRUE(ParseNpy(WithHeader(version, Header("<f4", "(1, 1)"), Bytes<float>({1})), "x.npy").ok()) << version;
  }
}

TEST(ParseNpyTest, ReadsKeysInAnyOrderAndEitherQuote) {
  const std::string header = "{\"shape\":(1,2),'fortran_order':False,\"descr\":\"<f4\"}";
  EXPECT_TRUE(ParseNpy(WithHeader(1, header, Bytes<float>({1, 2})), "x.npy").ok());
}

TEST(ParseNpyTest, FlattensAllButTheFirstDimension) {
  const absl::StatusOr<StoredArray> matrix =
      ParseNpy(WithHeader(1, Header("|u1", "(2, 3, 2)"), std::string(12, '\x05')), "x.npy");
  ASSERT_TRUE(matrix.ok()) << matrix.status();
  EXPECT_EQ(matrix->rows.rows(), 2);
  EXPECT_EQ(matrix->rows.cols(), 6);
}

TEST(ParseNpyTest, ReadsOneDimensionAsOneRow) {
  const absl::StatusOr<StoredArray> matrix =
      ParseNpy(WithHeader(1, Header("|u1", "(3,)"), std::string(3, '\x05')), "x.npy");
  ASSERT_TRUE(matrix.ok()) << matrix.status();
  EXPECT_EQ(matrix->rows.rows(), 1);
  EXPECT_EQ(matrix->rows.cols(), 3);
}

TEST(SerializeNpyTest, WritesWhatNumpyWrites) {
  const std::vector<float> values = {1, 2, 3};
  const std::vector<int64_t> shape = {3};
  const std::string header = "{'descr': '<f4', 'fortran_order': False, 'shape': (3,), }";
  const std::string expected = absl::StrCat(absl::string_view("\x93NUMPY\x01\x00\x76\x00", 10), header,
                                            std::string(128 - 10 - header.size() - 1, ' '), "\n", Bytes(values));
  EXPECT_EQ(SerializeNpy(values, shape), expected);
}

TEST(SerializeNpyTest, ComesBackAsItWas) {
  const MatrixBuffer matrix({1, -2.5F, 3e-30F, 4, 5, 6}, 3, 2);
  const absl::StatusOr<StoredArray> read = ParseNpy(SerializeNpy(matrix.view()), "x.npy");
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->rows.values(), matrix.values());
  EXPECT_EQ(read->rows.rows(), 3);
}

struct BadNpy {
  std::string bytes;
  std::string message;
};

void PrintTo(const BadNpy& bad, std::ostream* out) { *out << absl::CHexEscape(bad.bytes); }

class BadNpyTest : public ::testing::TestWithParam<BadNpy> {};

TEST_P(BadNpyTest, IsRefusedWithTheReason) {
  const absl::StatusOr<StoredArray> matrix = ParseNpy(GetParam().bytes, "x.npy");
  EXPECT_EQ(matrix.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(matrix.status().message()), HasSubstr("x.npy: " + GetParam().message));
}

const std::string kFour = Bytes<float>({1});  // NOLINT(cert-err58-cpp): test data

INSTANTIATE_TEST_SUITE_P(
    Files, BadNpyTest,
    ::testing::Values(
        BadNpy{"", "not an NPY file"}, BadNpy{"\x93NUMPY", "not an NPY file"},
        BadNpy{WithHeader(4, "", ""), "NPY version 4 is not one of 1, 2 and 3"},
        BadNpy{"\x93NUMPY\x01" + std::string("\0\x05", 2), "the file ends within the header"},
        BadNpy{WithHeader(2, "{}", "").substr(0, 12) + "{", "the header claims 2 bytes, the file has 1 left"},
        BadNpy{WithHeader(1, Header("<f16", "(1, 1)"), kFour), "dtype '<f16' is not supported"},
        BadNpy{WithHeader(1, Header("|O", "(1, 1)"), kFour), "dtype '|O' is not supported"},
        BadNpy{WithHeader(1, Header("", "(1, 1)"), kFour), "dtype '' is not supported"},
        BadNpy{WithHeader(1, Header("<c8", "(1, 1)"), kFour), "dtype '<c8' is not supported"},
        BadNpy{WithHeader(1, "{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,), }", kFour),
               "damaged header at byte 11: structured dtypes are not supported"},
        BadNpy{WithHeader(1, "{'descr': '<f4', 'fortran_order': 0, 'shape': (1, 1), }", kFour),
               "damaged header at byte 34: expected True or False"},
        BadNpy{WithHeader(1, "{'descr': '<f4', 'shape': (1, 1), }", kFour), "damaged header at byte 35: a key of"},
        BadNpy{WithHeader(1, "{'shape': (1,), 'shape': (1,), }", kFour),
               "damaged header at byte 23: a key occurs twice"},
        BadNpy{WithHeader(1, Header("<f4", "(1, 1)") + "x", kFour), "damaged header at byte 60: expected nothing"},
        BadNpy{WithHeader(1, Header("<f4", "()"), kFour), "the array is a single number without dimensions"},
        BadNpy{WithHeader(1, Header("<f4", "(0, 5)"), ""), "shape (0, 5) holds no values"},
        BadNpy{WithHeader(1, Header("<f4", "(-1, 5)"), kFour), "damaged header at byte 51: expected a whole number"},
        BadNpy{WithHeader(1, Header("<f4", "(99999999999999999999,)"), kFour), "damaged header at byte 51: expected a"},
        BadNpy{WithHeader(1, Header("<f4", "(4611686018427387904, 4)"), kFour),
               "shape (4611686018427387904, 4) exceeds 2^63 bytes"},
        BadNpy{WithHeader(1, Header("<f4", "(4611686018427387904,)"), kFour),
               "shape (4611686018427387904) exceeds 2^63 bytes"},
        BadNpy{WithHeader(1, Header("<f4", "(1000000000, 1000)"), kFour),
               "shape (1000000000, 1000) takes 4000000000000 bytes, the file holds 4"},
        BadNpy{WithHeader(1, Header("<f4", "(1, 1)"), kFour + "x"), "shape (1, 1) takes 4 bytes, the file holds 5"},
        BadNpy{WithHeader(1, Header("<f4", "(2, 2)"), Bytes<float>({1, 2, 3, -std::numeric_limits<float>::infinity()})),
               "row 2, column 2: -inf is not finite in float32"},
        BadNpy{WithHeader(1, Header("<f8", "(1, 1)"), Bytes<double>({1e300})),
               "row 1, column 1: inf is not finite in float32"}));

TEST(ParseNpyTest, RefusesTruncationAtEveryLength) {
  const MatrixBuffer matrix({1, 2, 3, 4}, 2, 2);
  const std::string bytes = SerializeNpy(matrix.view());
  for (size_t length = 0; length < bytes.size(); ++length) {
    EXPECT_FALSE(ParseNpy(bytes.substr(0, length), "x.npy").ok()) << length;
  }
}

TEST(ParseNpyTest, RefusesTooManyDimensions) {
  std::string shape = "(";
  for (int i = 0; i < 65; ++i) shape += "1,";
  EXPECT_FALSE(ParseNpy(WithHeader(1, Header("<f4", shape + ")"), kFour), "x.npy").ok());
}

}  // namespace
}  // namespace ebm
