// What a run must not overwrite.

#include <filesystem>
#include <sstream>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "model/io/file_bytes.h"
#include "model/offline/train/training_run.h"
#include "tests/model/offline/train/tiny_problem.h"
#include "tests/support/temporary_folder.h"

namespace ebm {
namespace {

using ::testing::HasSubstr;

class RunStartTest : public ::testing::Test {
 protected:
  RunOptions Options(const std::string& name) const {
    return {.recipe = testing::TinyRecipe(), .output = folder_.File(name + ".safetensors"), .seed = 3};
  }
  absl::Status Run(const RunOptions& options) {
    return Train(
               options, data_, [] { return false; }, log_)
        .status();
  }

  const TrainingData data_ = testing::TinyData();
  const TemporaryFolder folder_;
  std::ostringstream log_;
};

TEST_F(RunStartTest, ARunThatIsThereIsNotOverwrittenUnlessAsked) {
  RunOptions options = Options("model");
  ASSERT_TRUE(Run(options).ok());
  const std::string before = *ReadFileBytes(folder_.path() + "/model.state.safetensors");
  const absl::Status again = Run(options);
  EXPECT_EQ(again.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(again.message()),
              HasSubstr("/model.state.safetensors: continue it with --resume, or replace it with --overwrite"));
  EXPECT_EQ(*ReadFileBytes(folder_.path() + "/model.state.safetensors"), before);
  options.start = RunStart::kOverwrite;
  EXPECT_EQ(Run(options), absl::OkStatus());
}

TEST_F(RunStartTest, AModelWithoutAStateIsNotOverwrittenUnlessAsked) {
  RunOptions options = Options("model");
  ASSERT_TRUE(Run(options).ok());
  std::filesystem::remove(folder_.path() + "/model.state.safetensors");
  EXPECT_THAT(std::string(Run(options).message()),
              HasSubstr("model.safetensors is there: replace it with --overwrite"));
  options.output = folder_.path() + "/model.state.safetensors";
  EXPECT_THAT(std::string(Run(options).message()), HasSubstr("the name of a training state"));
}

TEST_F(RunStartTest, AFileThatBlocksASideFileIsToldBeforeTraining) {
  std::filesystem::create_directory(folder_.path() + "/model.metrics.csv");
  EXPECT_THAT(std::string(Run(Options("model")).message()), HasSubstr("model.metrics.csv: it is a folder"));
  EXPECT_FALSE(std::filesystem::exists(folder_.path() + "/model.state.safetensors"));
}

TEST_F(RunStartTest, DataIsNotOverwritten) {
  RunOptions options = Options("model");
  options.inputs = {folder_.path() + "/model.metrics.csv"};
  EXPECT_THAT(std::string(Run(options).message()), HasSubstr("model.metrics.csv: it would overwrite"));
}

TEST_F(RunStartTest, ASecondTrainerOfTheSameOutputIsRefused) {
  const RunOptions options = Options("model");
  absl::Status second;
  bool tried = false;
  const auto try_second = [&] {
    if (!tried) {
      tried = true;
      RunOptions other = options;
      other.start = RunStart::kOverwrite;
      second = Run(other);
    }
    return false;
  };
  EXPECT_EQ(*Train(options, data_, try_second, log_), RunEnd::kFinished);
  EXPECT_TRUE(tried);
  EXPECT_EQ(second.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(second.message()), HasSubstr("another program trains " + options.output));
  EXPECT_FALSE(std::filesystem::exists(folder_.path() + "/model.safetensors.lock"));
}

}  // namespace
}  // namespace ebm
