#include "server/catalog/catalog.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/quadratic_energy.h"

namespace ebm::catalog {
namespace {

using ::testing::HasSubstr;

class CatalogTest : public testing::Test {
 protected:
  std::shared_ptr<RunningModel> Add(const std::string& name) {
    auto model = ServedModel::Create(name, QuadraticCheckpoint(),
                                     std::make_unique<QuadraticEnergy>(4, std::vector<float>{-1, 0, 1}, 1.0F));
    auto running = std::make_shared<RunningModel>(*model, &pool_, shared_);
    catalog_.Add(running);
    return running;
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

TEST_F(CatalogTest, TheModelAddedLastIsTheNewest) {
  Add("digits");
  const auto second = Add("digits");
  EXPECT_EQ(*catalog_.Find("digits", ""), second);
  EXPECT_EQ(catalog_.List().back(), second);
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
