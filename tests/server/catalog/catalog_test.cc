#include "server/catalog/catalog.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/catalog/model_chain_settings.h"
#include "tests/support/fake_sink.h"
#include "tests/support/quadratic_energy.h"

namespace ebm::catalog {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class CatalogTest : public testing::Test {
 protected:
  std::shared_ptr<RunningModel> Make(const std::string& name, const std::string& version = "1") {
    auto model = ServedModel::Create({name, version}, QuadraticCheckpoint(),
                                     std::make_unique<QuadraticEnergy>(4, std::vector<float>{-1, 0, 1}, 1.0F));
    return std::make_shared<RunningModel>(*model, &pool_, shared_);
  }
  std::shared_ptr<RunningModel> Add(const std::string& name, const std::string& version = "1") {
    auto model = Make(name, version);
    EXPECT_EQ(catalog_.Add(model), absl::OkStatus());
    return model;
  }

  // A request that runs until it is cancelled.
  static absl::StatusOr<batching::JobId> Submit(RunningModel& model, const std::shared_ptr<batching::FakeSink>& sink) {
    batching::SampleTask task;
    task.settings = std::make_shared<ModelChainSettings>(ChainSettings{.sampler = {.start = ChainStart::kUniform}});
    task.chains = 1;
    task.steps = 1U << 30;
    task.sink = sink;
    const batching::JobId id = model.scheduler().NewJobId();
    const absl::Status status = model.scheduler().Submit(id, std::move(task));
    if (!status.ok()) return status;
    return id;
  }

  const batching::SteadyClock clock_{};
  batching::BatchingObserver observer_;
  batching::MemoryBudget memory_{uint64_t{1} << 30};
  batching::QueueRoom room_;
  batching::WorkerPool pool_{1, &clock_};
  const batching::SharedParts shared_ = {&clock_, pool_.wake_up(), &observer_, &memory_, &room_};
  Catalog catalog_;
};

TEST_F(CatalogTest, AnEmptyNameMeansTheOnlyModel) {
  const auto model = Add("digits");
  EXPECT_EQ(*catalog_.Find("", ""), model);
  EXPECT_EQ(*catalog_.Find("digits", ""), model);
  EXPECT_EQ(*catalog_.Find("digits", "1"), model);
}

TEST_F(CatalogTest, AnEmptyNameIsRefusedIfThereAreSeveralModels) {
  Add("digits");
  Add("letters");
  const auto found = catalog_.Find("", "");
  EXPECT_EQ(found.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(found.status().message()), HasSubstr("model.name: must be set"));
}

TEST_F(CatalogTest, NotFoundListsTheModels) {
  Add("letters");
  Add("digits");
  for (const auto& found : {catalog_.Find("words", ""), catalog_.Find("digits", "2")}) {
    EXPECT_EQ(found.status().code(), absl::StatusCode::kNotFound);
    EXPECT_THAT(std::string(found.status().message()), HasSubstr("digits version 1, letters version 1"));
  }
}

TEST_F(CatalogTest, NotFoundSaysThatTheCatalogIsEmpty) {
  EXPECT_THAT(std::string(catalog_.Find("", "").status().message()), HasSubstr("no model"));
}

TEST_F(CatalogTest, TheHighestNumberIsTheNewestWhateverWasAddedLast) {
  const auto tenth = Add("digits", "10");
  const auto ninth = Add("digits", "9");
  EXPECT_EQ(*catalog_.Find("digits", ""), tenth);
  EXPECT_EQ(*catalog_.Find("digits", "9"), ninth);
  EXPECT_THAT(catalog_.List(), ElementsAre(ninth, tenth));
}

TEST_F(CatalogTest, AnotherModelOfTheSameNameAndVersionIsRefused) {
  const auto first = Add("digits");
  EXPECT_EQ(catalog_.Add(Make("digits")).code(), absl::StatusCode::kAlreadyExists);
  EXPECT_EQ(*catalog_.Find("digits", "1"), first);
}

TEST_F(CatalogTest, ALabelSelectsItsVersion) {
  const auto first = Add("digits", "1");
  const auto second = Add("digits", "2");
  EXPECT_EQ(catalog_.SetLabels("digits", {{"old", "1"}, {"canary", "2"}}), absl::OkStatus());
  EXPECT_EQ(*catalog_.Find("digits", "", "old"), first);
  EXPECT_EQ(*catalog_.Find("", "", "canary"), second);
  EXPECT_EQ(*catalog_.Find("digits", ""), second) << "no version is labelled stable";
  EXPECT_EQ(catalog_.SetLabels("digits", {{"canary", "1"}}), absl::OkStatus());
  EXPECT_EQ(*catalog_.Find("digits", "", "canary"), first);
  EXPECT_EQ(catalog_.Find("digits", "", "old").status().code(), absl::StatusCode::kNotFound);
}

TEST_F(CatalogTest, AnEmptyVersionMeansTheStableOne) {
  const auto first = Add("digits", "1");
  const auto second = Add("digits", "2");
  EXPECT_EQ(catalog_.SetLabels("digits", {{kStableLabel, "1"}}), absl::OkStatus());
  EXPECT_EQ(*catalog_.Find("digits", ""), first);
  EXPECT_EQ(*catalog_.Find("", ""), first);
  EXPECT_EQ(*catalog_.Find("digits", "2"), second);
  EXPECT_EQ(catalog_.Remove("digits", "1"), absl::OkStatus());
  EXPECT_EQ(*catalog_.Find("digits", ""), second) << "its label went with it";
}

TEST_F(CatalogTest, AnUnknownLabelIsNotFoundAndTheLabelsAreListed) {
  Add("digits", "1");
  Add("digits", "2");
  EXPECT_THAT(std::string(catalog_.Find("digits", "", "canary").status().message()),
              HasSubstr("label 'canary' not found; this model has no labels"));
  EXPECT_EQ(catalog_.SetLabels("digits", {{"old", "1"}, {"stable", "2"}}), absl::OkStatus());
  const auto found = catalog_.Find("digits", "", "canary");
  EXPECT_EQ(found.status().code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(std::string(found.status().message()), HasSubstr("the labels old (version 1), stable (version 2)"));
  EXPECT_THAT(std::string(catalog_.Find("letters", "", "old").status().message()), HasSubstr("'letters'"));
}

TEST_F(CatalogTest, AVersionAndALabelTogetherAreRefused) {
  Add("digits", "1");
  EXPECT_EQ(catalog_.SetLabels("digits", {{"old", "1"}}), absl::OkStatus());
  const auto found = catalog_.Find("digits", "1", "old");
  EXPECT_EQ(found.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(found.status().message()), HasSubstr("model.label: 'old' must not be set beside"));
}

TEST_F(CatalogTest, ALabelOfAMissingVersionChangesNothing) {
  const auto first = Add("digits", "1");
  EXPECT_EQ(catalog_.SetLabels("digits", {{"stable", "1"}}), absl::OkStatus());
  EXPECT_EQ(catalog_.SetLabels("digits", {{"canary", "1"}, {"stable", "2"}}).code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(*catalog_.Find("digits", "", "stable"), first);
  EXPECT_FALSE(catalog_.Find("digits", "", "canary").ok());
}

TEST_F(CatalogTest, ARemovedModelFinishesItsRequestsAndIsDestroyedThen) {
  std::weak_ptr<RunningModel> model = Add("digits");
  const auto sink = std::make_shared<batching::FakeSink>();
  const batching::JobId job = *Submit(*model.lock(), sink);
  EXPECT_EQ(catalog_.Remove("digits", "1"), absl::OkStatus());
  EXPECT_EQ(catalog_.Remove("digits", "1").code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(catalog_.Find("digits", "").status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(catalog_.DestroyRetired(), 1U) << "its request runs";
  EXPECT_EQ(catalog_.ListAll().size(), 1U);

  model.lock()->scheduler().Cancel(job, absl::CancelledError("enough"));
  EXPECT_TRUE(model.lock()->scheduler().WaitUntilIdle(clock_.Now() + absl::Minutes(1)));
  {
    const auto held_by_a_call = model.lock();
    EXPECT_EQ(catalog_.DestroyRetired(), 1U);
  }
  EXPECT_EQ(catalog_.DestroyRetired(), 0U);
  EXPECT_TRUE(model.expired());
}

TEST_F(CatalogTest, ADrainCoversRetiredModels) {
  const auto retired = Add("digits");
  const auto sink = std::make_shared<batching::FakeSink>();
  ASSERT_TRUE(Submit(*retired, sink).ok());
  EXPECT_EQ(catalog_.Remove("digits", "1"), absl::OkStatus());
  const absl::Status why = absl::UnavailableError("the server is shutting down");
  catalog_.Drain(clock_.Now(), why);
  EXPECT_TRUE(retired->scheduler().WaitUntilIdle(clock_.Now() + absl::Minutes(1)));
  EXPECT_EQ(sink->summary().status, why);
  EXPECT_EQ(Submit(*retired, sink).status().code(), absl::StatusCode::kUnavailable);
}

TEST_F(CatalogTest, NoModelIsAddedAfterADrain) {
  Add("digits");
  catalog_.Drain(clock_.Now(), absl::UnavailableError("the server is shutting down"));
  EXPECT_EQ(catalog_.Add(Make("letters")).code(), absl::StatusCode::kUnavailable);
}

TEST_F(CatalogTest, ListsByName) {
  Add("letters");
  Add("digits");
  const auto models = catalog_.List();
  ASSERT_EQ(models.size(), 2);
  EXPECT_EQ(models[0]->info().name, "digits");
  EXPECT_EQ(models[1]->info().name, "letters");
}

}  // namespace
}  // namespace ebm::catalog
