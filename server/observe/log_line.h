// One line of the log: an event and its fields, as JSON or as text.
//
//   JSON  "event":"model_loaded","checkpoint":"digits.safetensors","seconds":0.21
//   text  model_loaded checkpoint=digits.safetensors seconds=0.21
//
// Nothing that a caller sends can break a line or look like another field: JSON strings are escaped to ASCII, and so is
// a text value unless it is printable ASCII without spaces, quotes, backslashes and '='. What is no UTF-8 is replaced.
// Strings are cut to kMostBytes.
//
// Threads: a free function, reentrant.

#ifndef EBM_SERVER_OBSERVE_LOG_LINE_H_
#define EBM_SERVER_OBSERVE_LOG_LINE_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <variant>

#include "absl/strings/string_view.h"

namespace ebm::observe {

enum class LogFormat { kText, kJson };

inline constexpr size_t kMostBytes = 1024;

// The text is borrowed.
struct LogField {
  absl::string_view name;  // lowercase letters and underscores
  std::variant<absl::string_view, int64_t, double> value;
};

std::string FormatEvent(LogFormat format, absl::string_view event, std::span<const LogField> fields);

}  // namespace ebm::observe

#endif  // EBM_SERVER_OBSERVE_LOG_LINE_H_
