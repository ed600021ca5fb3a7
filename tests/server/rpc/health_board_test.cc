#include "server/rpc/health_board.h"

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"

namespace ebm::rpc {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class Recorder final : public HealthListener {
 public:
  explicit Recorder(std::string service) : service_(std::move(service)) {}

  const std::string& service() const override { return service_; }
  void Changed(Health health) override { events.push_back(health == Health::kServing ? "serving" : "not serving"); }
  void Ended() override { events.push_back("ended"); }

  std::vector<std::string> events;

 private:
  const std::string service_;
};

class HealthBoardTest : public testing::Test {
 protected:
  HealthBoard board_{{"", "a.Service"}};
};

TEST_F(HealthBoardTest, IsLiveButNotReadyAtFirst) {
  EXPECT_EQ(board_.Find(""), Health::kNotServing);
  EXPECT_EQ(board_.Find("a.Service"), Health::kNotServing);
  EXPECT_EQ(board_.Find(kLiveness), Health::kServing);
  EXPECT_EQ(board_.Find("b.Service"), std::nullopt);
}

TEST_F(HealthBoardTest, ReadinessAndLivenessAreApart) {
  board_.SetReady(Health::kServing);
  board_.SetLiveness(Health::kNotServing);
  EXPECT_EQ(board_.Find("a.Service"), Health::kServing);
  EXPECT_EQ(board_.Find(kLiveness), Health::kNotServing);
}

TEST_F(HealthBoardTest, AListenerHearsOfItsServiceOnly) {
  const auto service = std::make_shared<Recorder>("a.Service");
  const auto liveness = std::make_shared<Recorder>(kLiveness);
  EXPECT_EQ(board_.Listen(service), Health::kNotServing);
  EXPECT_EQ(board_.Listen(liveness), Health::kServing);
  board_.SetReady(Health::kServing);
  board_.SetReady(Health::kNotServing);
  EXPECT_THAT(service->events, ElementsAre("serving", "not serving"));
  EXPECT_THAT(liveness->events, IsEmpty());
}

TEST_F(HealthBoardTest, AListenerThatIsGoneIsForgotten) {
  board_.Listen(std::make_shared<Recorder>(""));
  board_.SetReady(Health::kServing);
}

TEST_F(HealthBoardTest, TheEndEndsPresentAndLaterListeners) {
  const auto present = std::make_shared<Recorder>("");
  board_.Listen(present);
  board_.End();
  const auto later = std::make_shared<Recorder>("");
  board_.Listen(later);
  EXPECT_THAT(present->events, ElementsAre("ended"));
  EXPECT_THAT(later->events, ElementsAre("ended"));
}

}  // namespace
}  // namespace ebm::rpc
