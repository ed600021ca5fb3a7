#include "server/catalog/model_name.h"

#include <cstddef>
#include <cstdint>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace ebm::catalog {
namespace {

constexpr size_t kLongest = 128;  // bytes

// The length of the code point that text starts with; 0 if it is not a printable one in UTF-8 (RFC 3629, section 4).
size_t PrintableLength(absl::string_view text) {
  const auto byte = [text](size_t i) { return i < text.size() ? static_cast<uint8_t>(text[i]) : uint8_t{0}; };
  const auto continues = [&](size_t i) { return (byte(i) & 0xC0) == 0x80; };
  const uint8_t first = byte(0);
  if (first < 0x80) return first >= 0x20 && first != 0x7F ? 1 : 0;
  if (first >= 0xC2 && first <= 0xDF) {
    const bool control = first == 0xC2 && byte(1) < 0xA0;
    return continues(1) && !control ? 2 : 0;
  }
  if (first >= 0xE0 && first <= 0xEF) {
    const bool overlong = first == 0xE0 && byte(1) < 0xA0;
    const bool surrogate = first == 0xED && byte(1) > 0x9F;
    return continues(1) && continues(2) && !overlong && !surrogate ? 3 : 0;
  }
  if (first >= 0xF0 && first <= 0xF4) {
    const bool overlong = first == 0xF0 && byte(1) < 0x90;
    const bool beyond = first == 0xF4 && byte(1) > 0x8F;
    return continues(1) && continues(2) && continues(3) && !overlong && !beyond ? 4 : 0;
  }
  return 0;
}

bool IsPrintable(absl::string_view text) {
  while (!text.empty()) {
    const size_t length = PrintableLength(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

absl::Status Check(absl::string_view field, absl::string_view text) {
  if (text.empty() || text.size() > kLongest) {
    return absl::InvalidArgumentError(absl::StrCat(field, ": ", text.size(), " bytes, must be 1 to ", kLongest));
  }
  if (IsPrintable(text)) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat(field, ": '", absl::CHexEscape(text), "' is not printable text in UTF-8"));
}

}  // namespace

absl::Status CheckModelName(const ModelName& name) {
  if (absl::Status status = Check("the model's name", name.name); !status.ok()) return status;
  return Check("the model's version", name.version);
}

}  // namespace ebm::catalog
