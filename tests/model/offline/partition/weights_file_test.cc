#include "model/offline/partition/weights_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <string>

#include "model/checkpoint/safetensors.h"
#include "model/io/file_bytes.h"

namespace ebm {
namespace {

using ::testing::HasSubstr;

class WeightsFileTest : public testing::Test {
 protected:
  void Write(const SafetensorsFile& file) { ASSERT_TRUE(WriteSafetensors(file, path_).ok()); }
  SafetensorsFile Written() const { return ReadSafetensors(path_).value(); }
  std::string Refusal() const { return std::string(ReadWeights(path_).status().message()); }

  const std::string path_ = testing::TempDir() + "/part.safetensors";
  EstimatePart part_ = {.source = {.model_sha256 = "ab", .base = {.name = "uniform", .box = Box{-1, 2}}, .seed = 7},
                        .weights = {.first_chain = 5,
                                    .forward = {1.0 / 3, -2e-300},
                                    .reverse = {4, 5},
                                    .path = {.betas = {0, 0.1, 1}, .step_sizes = {0.1F, 0.2F, 0.3F}},
                                    .acceptance = 1.0 / 7,
                                    .length = 1.0 / 9}};
};

TEST_F(WeightsFileTest, KeepsEveryBit) {
  for (const bool has_box : {true, false}) {
    if (!has_box) part_.source.base = {.name = "gaussian_mixture", .box = {}};
    ASSERT_TRUE(WriteWeights(part_, path_).ok());
    const EstimatePart read = ReadWeights(path_).value();
    EXPECT_EQ(read.source, part_.source);
    EXPECT_EQ(read.weights.first_chain, 5);
    EXPECT_EQ(read.weights.forward, part_.weights.forward);
    EXPECT_EQ(read.weights.reverse, part_.weights.reverse);
    EXPECT_EQ(read.weights.path.betas, part_.weights.path.betas);
    EXPECT_EQ(read.weights.path.step_sizes, part_.weights.path.step_sizes);
    EXPECT_EQ(read.weights.acceptance, part_.weights.acceptance);
    EXPECT_EQ(read.weights.length, part_.weights.length);
  }
}

TEST_F(WeightsFileTest, RefusesWhatIsNoPart) {
  ASSERT_TRUE(WriteWeights(part_, path_).ok());
  const SafetensorsFile good = Written();
  SafetensorsFile file = good;
  file.metadata["kind"] = "ebm.training_state";
  Write(file);
  EXPECT_THAT(Refusal(), HasSubstr("holds 'ebm.training_state'"));
  file = good;
  file.metadata.erase("part");
  Write(file);
  EXPECT_THAT(Refusal(), HasSubstr("metadata 'part' is missing"));
  file = good;
  file.metadata["part"] = "{}";
  Write(file);
  EXPECT_THAT(Refusal(), HasSubstr("model_sha256"));
  file = good;
  file.tensors.pop_back();
  Write(file);
  EXPECT_THAT(Refusal(), HasSubstr("is missing"));
}

TEST_F(WeightsFileTest, RefusesWeightsThatAreNotFiniteOrDoNotMatch) {
  part_.weights.reverse.push_back(6);
  ASSERT_TRUE(WriteWeights(part_, path_).ok());
  EXPECT_THAT(Refusal(), HasSubstr("must have equal sizes"));
  part_.weights.reverse = {std::numeric_limits<double>::quiet_NaN(), 0};
  ASSERT_TRUE(WriteWeights(part_, path_).ok());
  EXPECT_THAT(Refusal(), HasSubstr("tensor reverse has values that are not finite"));
  part_.weights.reverse = {1};
  ASSERT_TRUE(WriteWeights(part_, path_).ok());
  EXPECT_THAT(Refusal(), HasSubstr("tensor reverse is not a vector of 2 values or more"));
}

TEST_F(WeightsFileTest, RefusesAFileThatIsCutShort) {
  ASSERT_TRUE(WriteWeights(part_, path_).ok());
  const std::string bytes = ReadFileBytes(path_).value();
  for (const size_t size : {size_t{0}, size_t{7}, bytes.size() / 2, bytes.size() - 1}) {
    ASSERT_TRUE(WriteFileBytes(bytes.substr(0, size), path_).ok());
    EXPECT_THAT(Refusal(), HasSubstr("part.safetensors"));
  }
}

}  // namespace
}  // namespace ebm
