#include "proto/text/text_file.h"

#include <algorithm>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "google/protobuf/io/tokenizer.h"

namespace ebm {
namespace {

using google::protobuf::TextFormat;

// Protobuf counts lines and columns from 0; a column is where the mistake was noticed.
class MistakeList final : public google::protobuf::io::ErrorCollector {
 public:
  MistakeList(absl::string_view file, Quotes quotes) : file_(file), quotes_(quotes) {}

  void AddError(int line, google::protobuf::io::ColumnNumber column, const std::string& message) override {
    constexpr size_t kMost = 20;  // a binary file can have one in every line
    if (mistakes_.size() >= kMost) return;
    const std::string place = line < 0 ? file_ : absl::StrCat(file_, ":", line + 1, ":", column + 1);
    mistakes_.push_back(absl::StrCat(place, ": ", quotes_ == Quotes::kShown ? message : "is not valid here"));
  }

  // A name that does not exist: what follows is read all the same, so that all mistakes are named at once.
  void AddWarning(int line, google::protobuf::io::ColumnNumber column, const std::string& message) override {
    AddError(line, column, message);
  }

  bool empty() const { return mistakes_.empty(); }
  std::string Text() const { return absl::StrJoin(mistakes_, "\n"); }

 private:
  const std::string file_;
  const Quotes quotes_;
  std::vector<std::string> mistakes_;
};

}  // namespace

absl::Status ParseText(const std::string& file, const std::string& text, google::protobuf::Message* message,
                       TextPlaces* places, Quotes quotes) {
  MistakeList mistakes(file, quotes);
  TextFormat::Parser parser;
  parser.RecordErrorsTo(&mistakes);
  parser.AllowUnknownField(true);
  if (places != nullptr) {
    places->file_ = file;
    places->type_ = message->GetDescriptor();
    parser.WriteLocationsTo(&places->tree_);
  }
  if (parser.ParseFromString(text, message) && mistakes.empty()) return absl::OkStatus();
  return absl::InvalidArgumentError(mistakes.Text());
}

std::string TextPlaces::In(const Tree& tree, const google::protobuf::Descriptor& type, absl::string_view field,
                           int element) const {
  const auto* const descriptor = type.FindFieldByName(std::string(field));
  if (descriptor == nullptr) return file_;
  int index = descriptor->is_repeated() ? std::max(element, 0) : -1;
  TextFormat::ParseLocation place = tree.GetLocation(descriptor, index);
  while (place.line < 0 && index > 0) place = tree.GetLocation(descriptor, --index);  // a list has one place
  return place.line < 0 ? file_ : absl::StrCat(file_, ":", place.line + 1, ":", place.column + 1);
}

std::string TextPlaces::Of(absl::string_view field, int element) const {
  return type_ == nullptr ? file_ : In(tree_, *type_, field, element);
}

std::string TextPlaces::OfInner(absl::string_view outer, absl::string_view field, int element) const {
  const auto* const descriptor = type_ == nullptr ? nullptr : type_->FindFieldByName(std::string(outer));
  if (descriptor == nullptr || descriptor->message_type() == nullptr) return file_;
  const Tree* const inner = tree_.GetTreeForNested(descriptor, -1);
  return inner == nullptr ? Of(outer) : In(*inner, *descriptor->message_type(), field, element);
}

}  // namespace ebm
