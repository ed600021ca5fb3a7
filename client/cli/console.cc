#include "client/cli/console.h"

#include <langinfo.h>
#include <locale.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdlib>
#include <iostream>
#include <string_view>

namespace ebm::client {
namespace {

bool LocaleIsUtf8() {
  const locale_t locale = newlocale(LC_CTYPE_MASK, "", nullptr);
  if (locale == nullptr) return false;
  const bool utf8 = std::string_view(nl_langinfo_l(CODESET, locale)) == "UTF-8";
  freelocale(locale);
  return utf8;
}

bool TakesColors() {
  const char* terminal = std::getenv("TERM");
  const char* no_color = std::getenv("NO_COLOR");
  return terminal != nullptr && std::string_view(terminal) != "dumb" && (no_color == nullptr || *no_color == '\0');
}

bool HasTrueColor() {
  const char* colors = std::getenv("COLORTERM");
  if (colors == nullptr) return false;
  return std::string_view(colors) == "truecolor" || std::string_view(colors) == "24bit";
}

PictureStyle ChooseStyle(bool is_terminal) {
  if (!LocaleIsUtf8()) return PictureStyle::kAscii;
  if (!is_terminal || !TakesColors()) return PictureStyle::kShades;
  return HasTrueColor() ? PictureStyle::kTrueColorBlocks : PictureStyle::kHalfBlocks;
}

winsize TerminalSize(int file) {
  winsize size{};
  const bool known = ioctl(file, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 && size.ws_row > 0;
  return known ? size : winsize{.ws_row = 24, .ws_col = 80, .ws_xpixel = 0, .ws_ypixel = 0};
}

}  // namespace

Console StandardConsole() {
  const winsize size = TerminalSize(STDOUT_FILENO);
  const bool out_is_terminal = isatty(STDOUT_FILENO) == 1;
  return {.out = std::cout,
          .err = std::cerr,
          .out_is_terminal = out_is_terminal,
          .err_is_terminal = isatty(STDERR_FILENO) == 1,
          .columns = size.ws_col,
          .lines = size.ws_row,
          .picture_style = ChooseStyle(out_is_terminal)};
}

}  // namespace ebm::client
