// The core serves any protocol: that of line_protocol.h classifies and samples through it.

#include <memory>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/server/inference/fake_model.h"
#include "tests/server/inference/line_protocol.h"

namespace ebm::inference {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class SecondProtocolTest : public testing::Test {
 protected:
  std::vector<std::string> Answers(const std::string& line) {
    LineCall call(model_, parts_);
    call.Start(line);
    for (int round = 0; round < 20; ++round) {
      model_->Crank(1);
      delivery_.Deliver();
    }
    return call.answers();
  }

  const std::shared_ptr<FakeModel> model_ = std::make_shared<FakeModel>();
  OpenCalls open_calls_;
  HandDelivery delivery_;
  const CallParts parts_ = {.clock = &model_->clock(), .open_calls = &open_calls_, .delivery = &delivery_};
};

TEST_F(SecondProtocolTest, Classifies) {
  EXPECT_THAT(Answers("classify 4 2 2 2"), ElementsAre("class 2"));
  EXPECT_THAT(Answers("classify 0 2 2 2"), ElementsAre("class 0"));
}

TEST_F(SecondProtocolTest, Samples) {
  EXPECT_THAT(Answers("sample 2 3"),
              ElementsAre(StartsWith("frame 1 "), StartsWith("frame 2 "), StartsWith("frame 3 "), "done 2"));
}

TEST_F(SecondProtocolTest, ErrorsAreThoseOfTheCore) {
  EXPECT_THAT(Answers("classify 4 2 2"), ElementsAre(HasSubstr("inputs.shape: [1, 3]")));
  EXPECT_THAT(Answers("sample 0 3"), ElementsAre(HasSubstr("chains: 0, must be 1 to 1024")));
}

}  // namespace
}  // namespace ebm::inference
