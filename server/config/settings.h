// Fields of a configuration message by their options (proto/ebm/config/v1/setting.proto): their text, their limits and
// their defaults.
//
// Errors: InvalidArgument with the field, the value and what is allowed.
//
// Threads: free functions, reentrant.

#ifndef EBM_SERVER_CONFIG_SETTINGS_H_
#define EBM_SERVER_CONFIG_SETTINGS_H_

#include <functional>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "ebm/config/v1/setting.pb.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"

namespace ebm::config {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

const v1::Setting& SettingOf(const FieldDescriptor& field);

// Whether the field is set, or has an element.
bool IsSet(const Message& message, const FieldDescriptor& field);

// Sets the field from the text of a flag; a repeated field gets one more element. Numbers are decimal.
absl::Status SetFromText(const FieldDescriptor& field, absl::string_view text, Message* message);

// Checks the value of a field that is set.
absl::Status CheckField(const Message& message, const FieldDescriptor& field);

// Sets the fields that are not set and have a default.
void FillDefaults(Message* message);

}  // namespace ebm::config

#endif  // EBM_SERVER_CONFIG_SETTINGS_H_
