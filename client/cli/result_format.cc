#include "client/cli/result_format.h"

#include <bit>
#include <cstring>
#include <limits>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"

namespace ebm::client {
namespace {

static_assert(std::endian::native == std::endian::little, "numbers are copied as they are into little-endian fields");

std::string NpyField(const ResultColumn& column) {
  const char* const type = column.kind == ResultColumn::Kind::kNumber ? "<f4" : "<i4";
  const std::string shape = column.count > 1 ? absl::StrCat(", (", column.count, ",)") : "";
  return absl::StrCat("('", column.name, "', '", type, "'", shape, ")");
}

void AppendBytes(const auto& number, std::string& bytes) {
  bytes.append(reinterpret_cast<const char*>(&number), sizeof(number));
}

}  // namespace

std::string ResultColumn::Text() const { return count > 1 ? absl::StrCat(name, " x ", count) : name; }

std::string ResultFormat::Text() const {
  return absl::StrJoin(columns_, ", ",
                       [](std::string* out, const ResultColumn& column) { absl::StrAppend(out, column.Text()); });
}

std::string ResultFormat::Header(int64_t rows) const {
  return kind_ == ResultFileKind::kNpy ? NpyHeader(rows) : CsvHeader();
}

// NEP 1, version 2.0. Blanks fill it up to the length that it has for the largest number of rows.
std::string ResultFormat::NpyHeader(int64_t rows) const {
  const std::string fields = absl::StrJoin(
      columns_, ", ", [](std::string* out, const ResultColumn& column) { absl::StrAppend(out, NpyField(column)); });
  const auto dictionary = [&fields](int64_t count) {
    return absl::StrCat("{'descr': [", fields, "], 'fortran_order': False, 'shape': (", count, ",), }");
  };
  constexpr absl::string_view kStart("\x93NUMPY\x02\x00", 8);
  constexpr size_t kAlignment = 64;
  const size_t prefix = kStart.size() + sizeof(uint32_t);
  const size_t longest = prefix + dictionary(std::numeric_limits<int64_t>::max()).size() + 1;
  const size_t length = (longest + kAlignment - 1) / kAlignment * kAlignment;
  std::string text = dictionary(rows);
  text.resize(length - prefix - 1, ' ');
  text += '\n';
  std::string header(kStart);
  AppendBytes(static_cast<uint32_t>(text.size()), header);
  return header + text;
}

std::string ResultFormat::CsvHeader() const {
  std::vector<std::string> names;
  for (const ResultColumn& column : columns_) {
    for (int64_t i = 0; i < column.count; ++i) {
      names.push_back(column.count > 1 ? absl::StrCat(column.name, "_", i) : column.name);
    }
  }
  return absl::StrCat(absl::StrJoin(names, ","), "\n");
}

std::vector<ResultColumn::Kind> ResultFormat::KindsOfValues() const {
  std::vector<ResultColumn::Kind> kinds;
  for (const ResultColumn& column : columns_) kinds.insert(kinds.end(), static_cast<size_t>(column.count), column.kind);
  return kinds;
}

std::string ResultFormat::Rows(ConstMatrix values) const {
  const std::vector<ResultColumn::Kind> kinds = KindsOfValues();
  std::string bytes;
  for (int64_t row = 0; row < values.rows(); ++row) {
    for (size_t i = 0; i < kinds.size(); ++i) {
      const float value = values.row(row)[i];
      const bool is_whole = kinds[i] == ResultColumn::Kind::kWholeNumber;
      if (kind_ == ResultFileKind::kCsv) {
        absl::StrAppend(&bytes, i > 0 ? "," : "", absl::StrFormat("%.9g", value));
      } else if (is_whole) {
        AppendBytes(static_cast<int32_t>(value), bytes);
      } else {
        AppendBytes(value, bytes);
      }
    }
    if (kind_ == ResultFileKind::kCsv) bytes += '\n';
  }
  return bytes;
}

}  // namespace ebm::client
