#include "server/repository/catalog_store.h"

#include <filesystem>
#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/temporary_folder.h"

namespace ebm::repository {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::Pair;

constexpr char kFixtures[] = EBM_CHECKPOINTS;

class CatalogStoreTest : public testing::Test {
 protected:
  CatalogStore Store() {
    CatalogStoreOptions options = {.folder = folder_.path()};
    const auto make_running = [this](std::shared_ptr<const catalog::ServedModel> model) {
      return std::make_shared<catalog::RunningModel>(std::move(model), &pool_, shared_);
    };
    return {std::move(options), make_running, &catalog_};
  }
  LoadOrder Order(int64_t version, ModelSettings settings = {}) {
    const std::string path = folder_.File("model.safetensors");
    std::filesystem::copy_file(std::string(kFixtures) + "/v1_mlp_langevin.safetensors", path,
                               std::filesystem::copy_options::skip_existing);
    return {.name = "digits", .version = {.number = version, .path = path}, .settings = std::move(settings)};
  }

  const TemporaryFolder folder_;
  const batching::SteadyClock clock_{};
  batching::BatchingObserver observer_;
  batching::MemoryBudget memory_{uint64_t{1} << 30};
  batching::QueueRoom room_;
  batching::WorkerPool pool_{1, &clock_};
  const batching::SharedParts shared_ = {&clock_, pool_.wake_up(), &observer_, &memory_, &room_};
  catalog::Catalog catalog_;
};

TEST_F(CatalogStoreTest, LoadsAVersionThatRequestsThenFind) {
  CatalogStore store = Store();
  EXPECT_EQ(store.Load(Order(3)), absl::OkStatus());
  store.SetLabels("digits", {{"canary", 3}});
  const auto found = catalog_.Find("digits", "", "canary");
  ASSERT_TRUE(found.ok()) << found.status();
  EXPECT_EQ((*found)->info().version, "3");
}

TEST_F(CatalogStoreTest, AModelsOwnPrecisionAndLimitsOverrideTheServers) {
  CatalogStore store = Store();
  EXPECT_EQ(store.Load(Order(1, {.precision = Precision::kBf16, .max_rows = 5, .max_steps = 9})), absl::OkStatus());
  const inference::ModelInfo& info = (*catalog_.Find("digits", "1"))->info();
  EXPECT_EQ(info.precision, Precision::kBf16);
  EXPECT_EQ(info.limits.max_rows, 5);
  EXPECT_EQ(info.limits.max_steps, 9U);
  EXPECT_EQ(info.limits.max_chains, inference::RequestLimits().max_chains);
}

TEST_F(CatalogStoreTest, LimitsBeyondTheQueueAreRefused) {
  CatalogStore store = Store();
  const absl::Status refused = store.Load(Order(1, {.max_rows = 1'000'000}));
  EXPECT_EQ(refused.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(refused.message()), HasSubstr("limits.max_rows: 1000000, must be at most the server's"));
}

TEST_F(CatalogStoreTest, AFileThatIsCutShortIsRefusedWithoutTheServersPaths) {
  CatalogStore store = Store();
  const LoadOrder order = Order(1);
  std::filesystem::resize_file(order.version.path, std::filesystem::file_size(order.version.path) - 1);
  const absl::Status refused = store.Load(order);
  EXPECT_EQ(refused.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(refused.message()), Not(HasSubstr(folder_.path())));
  EXPECT_THAT(catalog_.ListAll(), IsEmpty());
}

TEST_F(CatalogStoreTest, AVersionIsLockedAgainstRemovalWhileItCanBeFound) {
  CatalogStore store = Store();
  const LoadOrder order = Order(1);
  EXPECT_EQ(store.Load(order), absl::OkStatus());
  EXPECT_FALSE(VersionLock::Claim(order.version.path).ok());
  store.Retire("digits", 1);
  EXPECT_TRUE(VersionLock::Claim(order.version.path).ok());
}

TEST_F(CatalogStoreTest, ARetiredVersionIsDestroyedWhenNobodyHoldsIt) {
  CatalogStore store = Store();
  EXPECT_EQ(store.Load(Order(1)), absl::OkStatus());
  {
    const auto held = *catalog_.Find("digits", "1");
    store.Retire("digits", 1);
    EXPECT_EQ(store.DestroyRetired(), 1U);
    EXPECT_THAT(store.Retired(), ElementsAre(Pair("digits", 1)));
  }
  EXPECT_EQ(store.DestroyRetired(), 0U);
  EXPECT_THAT(store.Retired(), IsEmpty());
}

}  // namespace
}  // namespace ebm::repository
