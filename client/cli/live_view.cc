#include "client/cli/live_view.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

namespace ebm::client {

void LiveView::Show(ConstMatrix states, const std::string& title) {
  constexpr int64_t kTitleAndPrompt = 2;
  const int64_t shown = std::min(states.rows(), GalleryCapacity(layout_, lines_ - kTitleAndPrompt));
  const std::string text = absl::StrCat(DrawGallery(states.rows_from(0, shown), {}, layout_), "\x1b[K", title, "\n");
  if (drawn_lines_ > 0) out_ << "\x1b[" << drawn_lines_ << "A\r";
  out_ << text << std::flush;
  drawn_lines_ = std::ranges::count(text, '\n');
}

}  // namespace ebm::client
