#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "tests/client/cli/client_harness.h"

namespace ebm::client {
namespace {

using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using Json = nlohmann::json;
using Health = grpc::health::v1::HealthCheckResponse;

v1::ModelVersion Version(const std::string& version, v1::ModelState state, const std::string& reason = "",
                         const std::vector<std::string>& labels = {}) {
  v1::ModelVersion proto;
  proto.set_name("toy");
  proto.set_version(version);
  proto.set_state(state);
  proto.set_reason(reason);
  for (const std::string& label : labels) proto.add_labels(label);
  return proto;
}

class ModelsCommandTest : public ClientHarness {
 protected:
  void SetUp() override {
    server_.versions = {Version("7", v1::MODEL_STATE_READY, "", {"stable", "canary"}),
                        Version("8", v1::MODEL_STATE_FAILED, "the file is damaged")};
  }
};

TEST_F(ModelsCommandTest, AloneItListsAsBefore) {
  ASSERT_EQ(Run({"models", "--format=json"}), 0) << err_;
  EXPECT_EQ(Json::parse(out_)["version"], "7");
  ASSERT_EQ(Run({"models"}), 0);
  EXPECT_THAT(out_, HasSubstr("jem_mlp"));
}

TEST_F(ModelsCommandTest, DescribesAModelWithItsVersions) {
  ASSERT_EQ(Run({"models", "describe"}), 0) << err_;
  EXPECT_THAT(out_, HasSubstr("jem_mlp"));
  EXPECT_THAT(out_, EndsWith("\ntoy 7: ready (stable, canary)\ntoy 8: failed: the file is damaged\n"));
  ASSERT_EQ(Run({"models", "describe", "--format=json"}), 0);
  const Json json = Json::parse(out_);
  EXPECT_EQ(json["model"]["name"], "toy");
  EXPECT_EQ(json["versions"][1], Json::parse(R"({"name": "toy", "version": "8", "state": "failed",
                                                 "reason": "the file is damaged", "labels": []})"));
}

TEST_F(ModelsCommandTest, DescribesAModelThatIsNotLoaded) {
  server_.is_loaded = false;
  ASSERT_EQ(Run({"models", "describe"}), 0) << err_;
  EXPECT_THAT(out_, testing::StartsWith("toy 7: ready"));
  ASSERT_EQ(Run({"models", "describe", "--format=json"}), 0);
  EXPECT_EQ(Json::parse(out_)["model"], nullptr);
  EXPECT_EQ(Run({"classify", "--digit=0"}), 1);
  EXPECT_THAT(err_, HasSubstr("no version of the model is loaded; version 7 is ready; version 8 is failed: the file"));
}

TEST_F(ModelsCommandTest, LoadsAndUnloads) {
  ASSERT_EQ(Run({"models", "load", "--model=toy", "--model_version=7"}), 0) << err_;
  EXPECT_EQ(out_, "toy 7 is loaded\n");
  ASSERT_EQ(Run({"models", "unload", "--model=toy"}), 0) << err_;
  EXPECT_EQ(out_, "toy is unloaded\n");
  EXPECT_THAT(server_.loads, ElementsAre("toy:7", "untoy:"));
  EXPECT_EQ(Run({"models", "load"}), 2);
  EXPECT_THAT(err_, HasSubstr("--model"));
  server_.error = grpc::Status(grpc::StatusCode::NOT_FOUND, "there is no model toy");
  EXPECT_EQ(Run({"models", "load", "--model=toy"}), 1);
}

TEST_F(ModelsCommandTest, WatchShowsChangesUntilAVersionIsReady) {
  server_.versions = {Version("7", v1::MODEL_STATE_LOADING), Version("6", v1::MODEL_STATE_UNLOADING)};
  server_.on_list = [this] {
    if (server_.models_listed == 3) server_.versions = {Version("7", v1::MODEL_STATE_READY)};
  };
  ASSERT_EQ(Run({"models", "watch", "--until_ready", "--interval=0.001"}), 0) << err_;
  EXPECT_EQ(out_, "toy 7: loading\ntoy 6: unloading\ntoy 7: ready\ntoy 6: gone\n");
  EXPECT_EQ(server_.models_listed, 3);
}

TEST_F(ModelsCommandTest, WatchEndsWhenAllHaveFailed) {
  EXPECT_EQ(Run({"models", "watch", "--until_ready", "--model=toy", "--model_version=8"}), 1);
  EXPECT_EQ(out_, "toy 8: failed: the file is damaged\n");
  EXPECT_THAT(err_, HasSubstr("FAILED_PRECONDITION: toy 8: failed: the file is damaged"));
  EXPECT_EQ(Run({"models", "watch", "--until_ready", "--label=canary"}), 0);
  EXPECT_EQ(out_, "toy 7: ready (stable, canary)\n");
}

TEST_F(ModelsCommandTest, ALabelSelectsAVersion) {
  ASSERT_EQ(Run({"classify", "--label=canary", "--input=" + WriteFile("row.csv", "1,0,0,0\n")}), 0) << err_;
  EXPECT_EQ(server_.model_asked.label(), "canary");
  EXPECT_EQ(server_.classify_requests.at(0).model().version(), "7");  // the same for all rows, if the label moves
  EXPECT_EQ(server_.classify_requests.at(0).model().label(), "");
  EXPECT_EQ(Run({"models", "describe", "--label=canary", "--model_version=7"}), 2);
}

class HealthCommandTest : public ClientHarness {};

TEST_F(HealthCommandTest, TheExitStatusSaysWhetherItServes) {
  server_.health = {{"", {Health::SERVING}}, {"liveness", {Health::NOT_SERVING}}};
  EXPECT_EQ(Run({"health"}), 0) << err_;
  EXPECT_EQ(out_, "serving\n");
  EXPECT_EQ(Run({"health", "--service=liveness"}), 1);
  EXPECT_EQ(out_, "not serving\n");
  EXPECT_EQ(err_, "ebm-client: UNAVAILABLE: liveness is not serving\n");
  EXPECT_EQ(Run({"health", "--service=other"}), 1);
  EXPECT_THAT(err_, HasSubstr("NOT_FOUND"));
  EXPECT_EQ(RunBare({"health", "--server=127.0.0.1:1", "--retries=0"}), 1);
  EXPECT_EQ(RunBare({"health"}), 2);
}

TEST_F(HealthCommandTest, WatchShowsEveryChange) {
  server_.health[""] = {Health::SERVING, Health::NOT_SERVING};
  EXPECT_EQ(Run({"health", "--watch"}), 1);
  EXPECT_EQ(out_, "serving\nnot serving\n");
}

}  // namespace
}  // namespace ebm::client
