// Where a command writes, and what the terminal supports. It is passed as a value, so that tests can give their own.

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
  int64_t columns = 80;  // width of the terminal
  int64_t lines = 24;    // height of the terminal
  PictureStyle picture_style = PictureStyle::kAscii;
};

// std::cout and std::cerr. Pictures are ASCII unless the locale is UTF-8. With a UTF-8 locale they are coloured half
// blocks on a terminal (unless NO_COLOR is set or TERM is dumb), and gray shades otherwise. Blocks have 24-bit colours
// if COLORTERM is truecolor or 24bit, and those of the 256-colour palette otherwise.
Console StandardConsole();

}  // namespace ebm::client

#endif  // EBM_CLIENT_CLI_CONSOLE_H_
