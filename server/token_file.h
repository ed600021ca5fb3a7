// The file of the callers' tokens, which takes effect when it changes.
//
// Threads: one at a time.

#ifndef EBM_SERVER_TOKEN_FILE_H_
#define EBM_SERVER_TOKEN_FILE_H_

#include <string>
#include <utility>

#include "absl/status/status.h"
#include "server/access/access.h"

namespace ebm {

class TokenFile {
 public:
  // access: borrowed.
  TokenFile(std::string path, access::Access* access) : path_(std::move(path)), access_(*access) {}

  // Reads the file if its text differs from the one before. While a text has mistakes, the tokens before it stay.
  // Errors: those of reading and of TokenTable::Parse; each text is complained of once.
  absl::Status Refresh();

 private:
  const std::string path_;
  access::Access& access_;
  std::string text_;
  bool is_readable_ = true;
};

}  // namespace ebm

#endif  // EBM_SERVER_TOKEN_FILE_H_
