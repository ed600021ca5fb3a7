#include "model/core/model_name.h"

#include <cstddef>
#include <cstdint>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "model/core/utf8.h"

namespace ebm {
namespace {

constexpr size_t kLongest = 128;  // bytes

// Not a control character of ASCII or of Latin-1, which UTF-8 has as C2 80 to C2 9F.
bool IsPrintableCodePoint(absl::string_view bytes) {
  const auto first = static_cast<uint8_t>(bytes[0]);
  if (bytes.size() == 1) return first >= 0x20 && first != 0x7F;
  return first != 0xC2 || static_cast<uint8_t>(bytes[1]) >= 0xA0;
}

bool IsPrintable(absl::string_view text) {
  while (!text.empty()) {
    const size_t length = CodePointLength(text);
    if (length == 0 || !IsPrintableCodePoint(text.substr(0, length))) return false;
    text.remove_prefix(length);
  }
  return true;
}

}  // namespace

absl::Status CheckName(absl::string_view field, absl::string_view text) {
  if (text.empty() || text.size() > kLongest) {
    return absl::InvalidArgumentError(absl::StrCat(field, ": ", text.size(), " bytes, must be 1 to ", kLongest));
  }
  if (IsPrintable(text)) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat(field, ": '", absl::CHexEscape(text), "' is not printable text in UTF-8"));
}

absl::Status CheckModelName(const ModelName& name) {
  if (absl::Status status = CheckName("the model's name", name.name); !status.ok()) return status;
  return CheckName("the model's version", name.version);
}

}  // namespace ebm
