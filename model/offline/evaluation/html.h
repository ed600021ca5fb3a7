// The building blocks of HTML pages. Parameters described as text are escaped; all functions return HTML.

#ifndef EBM_MODEL_OFFLINE_EVALUATION_HTML_H_
#define EBM_MODEL_OFFLINE_EVALUATION_HTML_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace ebm::html {

// Escapes text for use in an element or in a quoted attribute; bytes that are not UTF-8 become the replacement
// character.
std::string Escape(absl::string_view text);

// <name>content</name>, with attributes such as R"(class="note")".
std::string Element(absl::string_view name, absl::string_view content, absl::string_view attributes = "");

// A table of HTML cells with a header; the first column holds the names of the rows.
std::string Table(const std::vector<std::string>& head, const std::vector<std::vector<std::string>>& rows);

// A picture inside the page. png: the file's bytes; width: CSS pixels, at most; alternative: what it shows, as text.
std::string Picture(absl::string_view png, int width, absl::string_view alternative);

// A whole page. title: text; style: CSS; body: HTML.
std::string Page(absl::string_view title, absl::string_view style, absl::string_view body);

}  // namespace ebm::html

#endif  // EBM_MODEL_OFFLINE_EVALUATION_HTML_H_
