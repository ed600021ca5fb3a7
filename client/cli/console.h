// Where a command writes, and what it may assume of the reader: a value, so that tests give their own.

#ifndef EBM_CLIENT_CLI_CONSOLE_H_
#define EBM_CLIENT_CLI_CONSOLE_H_

#include <ostream>

#include "client/cli/terminal_picture.h"

namespace ebm::client {

struct Console {
  std::ostream& out;  // answers
  std::ostream& err;  // errors, warnings, progress
  bool out_is_terminal = false;
  bool err_is_terminal = false;
  int64_t columns = 80;  // of the terminal
  int64_t lines = 24;
  PictureStyle picture_style = PictureStyle::kAscii;
};

// std::cout and std::cerr. Pictures take colours on a terminal (unless NO_COLOR is set or TERM is dumb), gray shades
// where the locale is UTF-8, and ASCII elsewhere.
Console StandardConsole();

}  // namespace ebm::client

#endif  // EBM_CLIENT_CLI_CONSOLE_H_
