// Messages written by people as text-format Protobuf: settings of a model, of a server. Every mistake is named with its
// place, FILE:LINE:COLUMN, counted from 1.
//
// Errors: InvalidArgument, with one line for each mistake.
//
// Source: https://protobuf.dev/reference/protobuf/textformat-spec/.
//
// Threads: free functions, reentrant. A TextPlaces belongs to one thread at a time.

#ifndef EBM_PROTO_TEXT_TEXT_FILE_H_
#define EBM_PROTO_TEXT_TEXT_FILE_H_

#include <cstddef>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "google/protobuf/message.h"
#include "google/protobuf/text_format.h"

namespace ebm {

// Whether errors quote the text. Texts with secrets are not quoted.
enum class Quotes { kShown, kHidden };

// Where fields are in the text, for errors about their values.
class TextPlaces {
 public:
  // "FILE:LINE:COLUMN" of the field of the whole message; of its element if it is repeated; "FILE" if it is not there.
  std::string Of(absl::string_view field, int element = -1) const;
  // The same for a field of a message inside, which is not repeated.
  std::string OfInner(absl::string_view outer, absl::string_view field, int element = -1) const;

 private:
  friend absl::Status ParseText(const std::string& file, const std::string& text, google::protobuf::Message* message,
                                TextPlaces* places, Quotes quotes);
  using Tree = google::protobuf::TextFormat::ParseInfoTree;

  std::string In(const Tree& tree, const google::protobuf::Descriptor& type, absl::string_view field,
                 int element) const;

  std::string file_;
  const google::protobuf::Descriptor* type_ = nullptr;
  Tree tree_;
};

// Replaces the message by what the text says. Names of fields that do not exist are mistakes, as are fields given
// twice. file: its name in errors. places may be null.
absl::Status ParseText(const std::string& file, const std::string& text, google::protobuf::Message* message,
                       TextPlaces* places = nullptr, Quotes quotes = Quotes::kShown);

}  // namespace ebm

#endif  // EBM_PROTO_TEXT_TEXT_FILE_H_
