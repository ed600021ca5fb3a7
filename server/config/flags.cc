#include "server/config/flags.h"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "server/config/settings.h"

namespace ebm::config {
namespace {

// The names of numbers are CLI11's own, by which ParseCommandLine knows that they are numbers.
std::string TypeName(const FieldDescriptor& field) {
  const v1::Setting& setting = SettingOf(field);
  const std::string range = absl::StrCat(" in [", setting.min(), " - ", static_cast<int64_t>(setting.max()), "]");
  if (field.cpp_type() == FieldDescriptor::CPPTYPE_DOUBLE) return absl::StrCat("FLOAT", range);
  if (field.cpp_type() != FieldDescriptor::CPPTYPE_STRING) return absl::StrCat("INT", range);
  if (setting.is_address()) return "HOST:PORT";
  return setting.choices().empty() ? "TEXT" : absl::StrJoin(setting.choices(), "|");
}

absl::Status SetAndCheck(const FieldDescriptor& field, const std::string& text, Message* message) {
  const absl::Status status = SetFromText(field, text, message);
  return status.ok() ? CheckField(*message, field) : status;
}

// An error text for CLI11, which puts the flag's name before it; empty for a valid value.
std::string ErrorOf(const FieldDescriptor& field, const std::string& text, const Message& prototype) {
  const std::unique_ptr<Message> trial(prototype.New());
  const absl::Status status = SetAndCheck(field, text, trial.get());
  return status.ok() ? "" : std::string(status.message().substr(field.name().size() + 2));
}

void AddFlag(const FieldDescriptor& field, Message* message, CLI::App* app) {
  const v1::Setting& setting = SettingOf(field);
  const std::string name = absl::StrCat("--", field.name());
  CLI::Option* option = nullptr;
  if (field.is_repeated()) {
    const auto set = [&field, message](const std::vector<std::string>& texts) {
      message->GetReflection()->ClearField(message, &field);
      for (const std::string& text : texts) SetAndCheck(field, text, message).IgnoreError();
    };
    option = app->add_option_function<std::vector<std::string>>(name, set, setting.help())->delimiter(',');
  } else {
    const auto set = [&field, message](const std::string& text) { SetAndCheck(field, text, message).IgnoreError(); };
    option = app->add_option_function<std::string>(name, set, setting.help());
  }
  option->type_name(TypeName(field))->default_str(setting.default_value());
  option->check(
      CLI::Validator([&field, message](const std::string& text) { return ErrorOf(field, text, *message); }, ""));
  if (!setting.environment().empty()) option->envname(setting.environment());
}

}  // namespace

void AddFlags(CLI::App* app, Message* message) {
  const google::protobuf::Descriptor& descriptor = *message->GetDescriptor();
  for (int i = 0; i < descriptor.field_count(); ++i) AddFlag(*descriptor.field(i), message, app);
}

}  // namespace ebm::config
