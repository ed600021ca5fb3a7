#include "client/fetch/fetch_source.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace ebm::client {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(FetchSourceTest, ATextWithoutASchemeIsAPath) {
  for (const char* path : {"m.bin", "/models/m.bin", "a:b", "http:/x"}) {
    const FetchSource source = ParseFetchSource(path).value();
    EXPECT_EQ(source.kind, SourceKind::kFile);
    EXPECT_EQ(source.location, path);
  }
}

TEST(FetchSourceTest, AFileAddressIsDecoded) {
  const FetchSource source = ParseFetchSource("file:///models/a%20model.bin").value();
  EXPECT_EQ(source.kind, SourceKind::kFile);
  EXPECT_EQ(source.location, "/models/a model.bin");
}

TEST(FetchSourceTest, AnAddressKeepsItsSecretsFromTheDisplay) {
  const std::string text = "https://user:secret@host:8443/a/m.bin?signature=secret#secret";
  const FetchSource source = ParseFetchSource(text).value();
  EXPECT_EQ(source.kind, SourceKind::kHttps);
  EXPECT_EQ(source.location, text);
  EXPECT_EQ(source.display, "https://host:8443/a/m.bin?...");
  EXPECT_EQ(ParseFetchSource("http://host/m.bin").value().kind, SourceKind::kHttp);
}

TEST(FetchSourceTest, RefusesWhatIsNoAddressAndKeepsItsSecrets) {
  for (const char* text :
       {"https://", "https://user:secret@:99999/m", "s3://secret/m", "file://secret/m", "://secret"}) {
    const absl::Status status = ParseFetchSource(text).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << text;
    EXPECT_THAT(std::string(status.message()), Not(HasSubstr("secret"))) << text;
  }
}

}  // namespace
}  // namespace ebm::client
