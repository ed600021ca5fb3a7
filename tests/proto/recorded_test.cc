// Recorded messages: each stands as bytes that once travelled (.binpb), and as text that says what they meant (.txtpb).
// Every later build must read the same from the bytes.

#include <filesystem>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "ebm/v1/inference.pb.h"
#include "ebm/v1/model.pb.h"
#include "google/protobuf/message.h"
#include "google/protobuf/text_format.h"
#include "google/protobuf/util/message_differencer.h"
#include "gtest/gtest.h"
#include "model/io/file_bytes.h"

namespace ebm {
namespace {

using google::protobuf::Message;

std::vector<std::string> Recorded() {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(EBM_RECORDED_MESSAGES)) {
    if (entry.path().extension() == ".txtpb") names.push_back(entry.path().stem());
  }
  return names;
}

std::string Read(const std::string& name, const char* extension) {
  return *ReadFileBytes(std::filesystem::path(EBM_RECORDED_MESSAGES) / (name + extension));
}

// The text's first line names its message.
std::unique_ptr<Message> NewMessage(absl::string_view text) {
  absl::ConsumePrefix(&text, "# proto-message: ");
  const std::string name(text.substr(0, text.find('\n')));
  const auto* const type = google::protobuf::DescriptorPool::generated_pool()->FindMessageTypeByName(name);
  return std::unique_ptr<Message>(google::protobuf::MessageFactory::generated_factory()->GetPrototype(type)->New());
}

class RecordedTest : public testing::TestWithParam<std::string> {};

TEST_P(RecordedTest, BytesMeanWhatTheTextSays) {
  const std::string text = Read(GetParam(), ".txtpb");
  const std::unique_ptr<Message> meant = NewMessage(text);
  const std::unique_ptr<Message> read = NewMessage(text);
  ASSERT_TRUE(google::protobuf::TextFormat::ParseFromString(text, meant.get()));
  ASSERT_TRUE(read->ParseFromString(Read(GetParam(), ".binpb")));
  EXPECT_TRUE(google::protobuf::util::MessageDifferencer::Equals(*read, *meant)) << read->DebugString();
}

INSTANTIATE_TEST_SUITE_P(All, RecordedTest, testing::ValuesIn(Recorded()), [](const auto& info) { return info.param; });

// Adds the names of the fields that the message sets, as "message.field".
void AddFields(const Message& message, std::set<std::string>& fields) {
  std::vector<const google::protobuf::FieldDescriptor*> set;
  message.GetReflection()->ListFields(message, &set);
  for (const auto* field : set) {
    fields.insert(field->full_name());
    if (field->cpp_type() != google::protobuf::FieldDescriptor::CPPTYPE_MESSAGE || field->is_map()) continue;
    if (field->is_repeated()) {
      for (int i = 0; i < message.GetReflection()->FieldSize(message, field); ++i) {
        AddFields(message.GetReflection()->GetRepeatedMessage(message, field, i), fields);
      }
    } else {
      AddFields(message.GetReflection()->GetMessage(message, field), fields);
    }
  }
}

// So that no field can change its number unseen.
TEST(RecordedFieldsTest, EveryFieldOfARequestOrResponseIsRecorded) {
  std::set<std::string> recorded;
  for (const std::string& name : Recorded()) {
    const std::string text = Read(name, ".txtpb");
    const std::unique_ptr<Message> message = NewMessage(text);
    ASSERT_TRUE(google::protobuf::TextFormat::ParseFromString(text, message.get()));
    AddFields(*message, recorded);
  }
  for (const auto* file : {v1::SamplerSettings::descriptor()->file(), v1::Tensor::descriptor()->file(),
                           v1::SampleRequest::descriptor()->file(), v1::Model::descriptor()->file()}) {
    for (int i = 0; i < file->message_type_count(); ++i) {
      const google::protobuf::Descriptor& type = *file->message_type(i);
      for (int j = 0; j < type.field_count(); ++j) {
        EXPECT_TRUE(recorded.contains(type.field(j)->full_name())) << type.field(j)->full_name();
      }
    }
  }
}

}  // namespace
}  // namespace ebm
