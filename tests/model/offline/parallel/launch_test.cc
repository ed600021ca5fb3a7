#include "model/offline/parallel/launch.h"

#include <map>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace ebm {
namespace {

using ::testing::HasSubstr;

absl::StatusOr<Launch> Read(const std::map<std::string, std::string>& variables) {
  return ReadLaunch([&variables](const char* name) -> std::optional<std::string> {
    const auto found = variables.find(name);
    if (found == variables.end()) return std::nullopt;
    return found->second;
  });
}

std::string ErrorOf(const std::map<std::string, std::string>& variables) {
  return std::string(Read(variables).status().message());
}

TEST(ReadLaunchTest, WithoutASizeAProcessTrainsAlone) {
  EXPECT_EQ(*Read({}), Launch{});
  EXPECT_EQ(*Read({{"JOB_COMPLETION_INDEX", "3"}}), Launch{}) << "any Indexed Job sets it";
  EXPECT_EQ(*Read({{"WORLD_SIZE", "1"}, {"RANK", "0"}}), Launch{});
}

TEST(ReadLaunchTest, Torchrun) {
  const Launch expected = {.rank = 1, .size = 2, .host = "host", .port = 1234, .server = StoreServer::kLauncher};
  EXPECT_EQ(*Read({{"RANK", "1"},
                   {"WORLD_SIZE", "2"},
                   {"MASTER_ADDR", "host"},
                   {"MASTER_PORT", "1234"},
                   {"PET_NNODES", "1"},
                   {"TORCHELASTIC_USE_AGENT_STORE", "True"}}),
            expected);
}

TEST(ReadLaunchTest, TrainJobSetsItsOwnVariablesOnly) {
  const std::map<std::string, std::string> job = {{"PET_NNODES", "3"},
                                                  {"PET_NODE_RANK", "2"},
                                                  {"PET_NPROC_PER_NODE", "1"},
                                                  {"PET_MASTER_ADDR", "trainer-0"},
                                                  {"PET_MASTER_PORT", "29400"}};
  EXPECT_EQ(*Read(job), (Launch{.rank = 2, .size = 3, .host = "trainer-0", .port = 29400}));
  std::map<std::string, std::string> two_per_node = job;
  two_per_node["PET_NPROC_PER_NODE"] = "2";
  EXPECT_THAT(ErrorOf(two_per_node), HasSubstr("PET_NPROC_PER_NODE: '2'"));
}

TEST(ReadLaunchTest, MpirunAndIndexedJobsNeedAnAddress) {
  std::map<std::string, std::string> mpi = {{"OMPI_COMM_WORLD_SIZE", "2"}, {"OMPI_COMM_WORLD_RANK", "1"}};
  EXPECT_THAT(ErrorOf(mpi), HasSubstr("MASTER_ADDR or PET_MASTER_ADDR: unset"));
  mpi["MASTER_ADDR"] = "localhost";
  EXPECT_EQ(*Read(mpi), (Launch{.rank = 1, .size = 2, .host = "localhost", .port = 29500}));
  EXPECT_EQ(Read({{"WORLD_SIZE", "4"}, {"JOB_COMPLETION_INDEX", "3"}, {"MASTER_ADDR", "train-0.train"}})->rank, 3);
}

TEST(ReadLaunchTest, NamesTheVariableThatIsWrong) {
  EXPECT_THAT(ErrorOf({{"WORLD_SIZE", "two"}}), HasSubstr("WORLD_SIZE: 'two', must be a whole number from 1"));
  EXPECT_THAT(ErrorOf({{"WORLD_SIZE", "2"}, {"RANK", "2"}}),
              HasSubstr("RANK: '2', must be a whole number from 0 to 1"));
  EXPECT_THAT(ErrorOf({{"WORLD_SIZE", "2"}}), HasSubstr("RANK or"));
  EXPECT_THAT(ErrorOf({{"WORLD_SIZE", "2"}, {"RANK", "0"}, {"MASTER_ADDR", "a"}, {"MASTER_PORT", "0"}}),
              HasSubstr("MASTER_PORT: '0'"));
}

}  // namespace
}  // namespace ebm
