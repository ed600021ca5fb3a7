// Draws chains on a terminal while they run. Each call overwrites the drawing of the call before.

#ifndef EBM_CLIENT_CLI_LIVE_VIEW_H_
#define EBM_CLIENT_CLI_LIVE_VIEW_H_

#include <cstdint>
#include <ostream>
#include <string>

#include "client/cli/terminal_picture.h"
#include "model/core/matrix_view.h"

namespace ebm::client {

class LiveView {
 public:
  // lines: height of the terminal. Chains that do not fit are not drawn.
  LiveView(std::ostream& out, const GalleryLayout& layout, int64_t lines) : out_(out), layout_(layout), lines_(lines) {}

  // states: [chains, D]; title: one line under the pictures.
  void Show(ConstMatrix states, const std::string& title);

 private:
  std::ostream& out_;
  const GalleryLayout layout_;
  const int64_t lines_;
  int64_t drawn_lines_ = 0;
};

}  // namespace ebm::client

#endif  // EBM_CLIENT_CLI_LIVE_VIEW_H_
