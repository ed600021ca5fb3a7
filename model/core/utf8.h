// UTF-8 (RFC 3629, section 4).
//
// Threads: a free function, reentrant.

#ifndef EBM_MODEL_CORE_UTF8_H_
#define EBM_MODEL_CORE_UTF8_H_

#include <cstddef>

#include "absl/strings/string_view.h"

namespace ebm {

// The number of bytes of the code point that text starts with; 0 if it does not start with one.
size_t CodePointLength(absl::string_view text);

}  // namespace ebm

#endif  // EBM_MODEL_CORE_UTF8_H_
