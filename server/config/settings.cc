#include "server/config/settings.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "model/process/command_line.h"

namespace ebm::config {
namespace {

using google::protobuf::Reflection;

absl::Status Refuse(const FieldDescriptor& field, absl::string_view value, absl::string_view allowed) {
  return absl::InvalidArgumentError(absl::StrCat(field.name(), ": ", value, ", must be ", allowed));
}

template <typename Number>
absl::Status CheckNumber(const FieldDescriptor& field, Number number) {
  const v1::Setting& setting = SettingOf(field);
  const auto value = static_cast<double>(number);
  if (value >= setting.min() && value <= setting.max()) return absl::OkStatus();
  return Refuse(field, absl::StrCat(number), absl::StrCat(setting.min(), " to ", static_cast<int64_t>(setting.max())));
}

absl::Status CheckText(const FieldDescriptor& field, const std::string& text) {
  const v1::Setting& setting = SettingOf(field);
  const std::string quoted = absl::StrCat("'", text, "'");
  if (text.empty()) return Refuse(field, quoted, "at least one character; leave the field out instead");
  if (setting.is_address() && !IsHostAndPort(text, 0)) {
    return Refuse(field, quoted, "HOST:PORT with a port of 0 to 65535, and [::1]:PORT for IPv6");
  }
  if (setting.choices().empty() || std::ranges::find(setting.choices(), text) != setting.choices().end()) {
    return absl::OkStatus();
  }
  return Refuse(field, quoted, absl::StrJoin(setting.choices(), " or "));
}

absl::Status CheckTexts(const Message& message, const FieldDescriptor& field) {
  const Reflection& reflection = *message.GetReflection();
  for (int i = 0; i < reflection.FieldSize(message, &field); ++i) {
    const absl::Status status = CheckText(field, reflection.GetRepeatedString(message, &field, i));
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

}  // namespace

const v1::Setting& SettingOf(const FieldDescriptor& field) { return field.options().GetExtension(v1::setting); }

bool IsSet(const Message& message, const FieldDescriptor& field) {
  const Reflection& reflection = *message.GetReflection();
  return field.is_repeated() ? reflection.FieldSize(message, &field) > 0 : reflection.HasField(message, &field);
}

absl::Status SetFromText(const FieldDescriptor& field, absl::string_view text, Message* message) {
  const Reflection& reflection = *message->GetReflection();
  int64_t whole = 0;
  double number = 0;
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_INT32:
      if (!absl::SimpleAtoi(text, &whole) || whole != static_cast<int32_t>(whole)) break;
      reflection.SetInt32(message, &field, static_cast<int32_t>(whole));
      return absl::OkStatus();
    case FieldDescriptor::CPPTYPE_INT64:
      if (!absl::SimpleAtoi(text, &whole)) break;
      reflection.SetInt64(message, &field, whole);
      return absl::OkStatus();
    case FieldDescriptor::CPPTYPE_DOUBLE:
      if (!absl::SimpleAtod(text, &number) || !std::isfinite(number)) break;
      reflection.SetDouble(message, &field, number);
      return absl::OkStatus();
    default:
      if (field.is_repeated()) {
        reflection.AddString(message, &field, std::string(text));
      } else {
        reflection.SetString(message, &field, std::string(text));
      }
      return absl::OkStatus();
  }
  const bool is_whole = field.cpp_type() != FieldDescriptor::CPPTYPE_DOUBLE;
  return Refuse(field, absl::StrCat("'", text, "'"), is_whole ? "a whole number in range" : "a finite number");
}

absl::Status CheckField(const Message& message, const FieldDescriptor& field) {
  const Reflection& reflection = *message.GetReflection();
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_INT32:
      return CheckNumber(field, reflection.GetInt32(message, &field));
    case FieldDescriptor::CPPTYPE_INT64:
      return CheckNumber(field, reflection.GetInt64(message, &field));
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return CheckNumber(field, reflection.GetDouble(message, &field));
    default:
      return field.is_repeated() ? CheckTexts(message, field) : CheckText(field, reflection.GetString(message, &field));
  }
}

void FillDefaults(Message* message) {
  const google::protobuf::Descriptor& descriptor = *message->GetDescriptor();
  for (int i = 0; i < descriptor.field_count(); ++i) {
    const FieldDescriptor& field = *descriptor.field(i);
    const std::string& text = SettingOf(field).default_value();
    if (!IsSet(*message, field) && !text.empty()) SetFromText(field, text, message).IgnoreError();
  }
}

}  // namespace ebm::config
