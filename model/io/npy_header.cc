#include "model/io/npy_header.h"

#include <algorithm>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "model/core/status_macros.h"

namespace ebm {
namespace {

// numpy itself stops at 64 dimensions.
constexpr size_t kMaxDimensions = 64;

class Scanner {
 public:
  explicit Scanner(absl::string_view text) : text_(text) {}

  // Takes the token if it comes next.
  bool Take(absl::string_view token) {
    SkipBlanks();
    if (!absl::StartsWith(text_.substr(position_), token)) return false;
    position_ += token.size();
    return true;
  }

  absl::Status Expect(absl::string_view token) {
    return Take(token) ? absl::OkStatus() : Error(absl::StrCat("expected ", token));
  }

  absl::StatusOr<std::string> QuotedString() {
    SkipBlanks();
    const char quote = position_ < text_.size() ? text_[position_] : '\0';
    if (quote != '\'' && quote != '"') return Error("expected a quoted string");
    const size_t end = text_.find(quote, position_ + 1);
    if (end == absl::string_view::npos) return Error("the quoted string has no end");
    std::string content(text_.substr(position_ + 1, end - position_ - 1));
    position_ = end + 1;
    return content;
  }

  // A number that is not negative; Python 2 wrote 5L for a long one.
  absl::StatusOr<int64_t> Integer() {
    SkipBlanks();
    size_t end = position_;
    while (end < text_.size() && absl::ascii_isdigit(text_[end])) ++end;
    int64_t value = 0;
    if (!absl::SimpleAtoi(text_.substr(position_, end - position_), &value)) {
      return Error("expected a whole number below 2^63");
    }
    position_ = end;
    Take("L");
    return value;
  }

  bool AtEnd() {
    SkipBlanks();
    return position_ == text_.size();
  }

  absl::Status Error(absl::string_view what) const {
    return absl::InvalidArgumentError(absl::StrCat("damaged header at byte ", position_, ": ", what));
  }

 private:
  void SkipBlanks() {
    while (position_ < text_.size() && absl::ascii_isspace(text_[position_])) ++position_;
  }

  const absl::string_view text_;
  size_t position_ = 0;
};

absl::StatusOr<bool> ParseBool(Scanner& scanner) {
  if (scanner.Take("True")) return true;
  if (scanner.Take("False")) return false;
  return scanner.Error("expected True or False");
}

// A Python tuple: "()", "(5,)", "(3, 4)".
absl::StatusOr<std::vector<int64_t>> ParseShape(Scanner& scanner) {
  std::vector<int64_t> shape;
  EBM_RETURN_IF_ERROR(scanner.Expect("("));
  while (!scanner.Take(")")) {
    if (shape.size() == kMaxDimensions) return scanner.Error(absl::StrCat("more than ", kMaxDimensions, " dimensions"));
    EBM_ASSIGN_OR_RETURN(const int64_t size, scanner.Integer());
    shape.push_back(size);
    if (scanner.Take(",")) continue;
    EBM_RETURN_IF_ERROR(scanner.Expect(")"));
    break;
  }
  return shape;
}

absl::StatusOr<std::string> ParseDescr(Scanner& scanner) {
  if (scanner.Take("[")) return scanner.Error("structured dtypes are not supported");
  return scanner.QuotedString();
}

// The value after `key` and its colon.
absl::Status ParseField(absl::string_view key, Scanner& scanner, NpyHeader& header) {
  if (key == "descr") {
    EBM_ASSIGN_OR_RETURN(header.descr, ParseDescr(scanner));
  } else if (key == "fortran_order") {
    EBM_ASSIGN_OR_RETURN(header.fortran_order, ParseBool(scanner));
  } else if (key == "shape") {
    EBM_ASSIGN_OR_RETURN(header.shape, ParseShape(scanner));
  } else {
    return scanner.Error("the keys are 'descr', 'fortran_order' and 'shape'");
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<NpyHeader> ParseNpyHeader(absl::string_view text) {
  Scanner scanner(text);
  NpyHeader header;
  std::vector<std::string> keys;
  EBM_RETURN_IF_ERROR(scanner.Expect("{"));
  while (!scanner.Take("}")) {
    EBM_ASSIGN_OR_RETURN(const std::string key, scanner.QuotedString());
    if (std::find(keys.begin(), keys.end(), key) != keys.end()) return scanner.Error("a key occurs twice");
    EBM_RETURN_IF_ERROR(scanner.Expect(":"));
    EBM_RETURN_IF_ERROR(ParseField(key, scanner, header));
    keys.push_back(key);
    if (scanner.Take(",")) continue;
    EBM_RETURN_IF_ERROR(scanner.Expect("}"));
    break;
  }
  if (keys.size() != 3) return scanner.Error("a key of 'descr', 'fortran_order' and 'shape' is missing");
  if (!scanner.AtEnd()) return scanner.Error("expected nothing after the dictionary");
  return header;
}

}  // namespace ebm
