// `ebm-client score --explain`.

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "model/core/matrix_view.h"
#include "model/io/file_bytes.h"
#include "model/io/npy.h"
#include "nlohmann/json.hpp"
#include "tests/client/cli/client_harness.h"

namespace ebm::client {
namespace {

using ::testing::HasSubstr;

class ScoreExplanationTest : public ClientHarness {
 protected:
  const std::string plain_ = "--input=" + WriteFile("plain.csv", "1,0,0,0\n2,0,0,0\n");
};

TEST_F(ScoreExplanationTest, ScoreExplainsEachRowUnderItsLine) {
  const std::string input = "--input=" + WriteFile("explained.csv", "1,0,0.25,3\n0,0,0,0\n");
  ASSERT_EQ(Run({"score", input, "--explain"}), 0) << err_;
  EXPECT_TRUE(server_.score_requests.at(0).include_explanation());
  EXPECT_EQ(out_,
            "row  log density  percentile  max softmax  gradient norm\n"
            "  0       4.2500        12.5       0.5000            2.5\n"
            "   value 3 = 3 (+3.0 nats at 0), value 0 = 1 (+1.0 nats at 0), value 2 = 0.25 (+0.2 nats at 0)\n"
            "  1       0.0000        12.5       0.5000            2.5\n"
            "\n"
            "2 rows scored by toy 7; mean log density 2.1250, lowest 0.0000 (row 1)\n");
  ASSERT_EQ(Run({"score", plain_}), 0) << err_;
  EXPECT_FALSE(server_.score_requests.at(1).include_explanation());
}

TEST_F(ScoreExplanationTest, AnExplanationInJsonHasAllColumnsFromTheLargestRiseOn) {
  const std::string input = "--input=" + WriteFile("explained.csv", "1,0,0.25,3\n");
  ASSERT_EQ(Run({"score", input, "--explain", "--format=json"}), 0) << err_;
  const auto explanation = nlohmann::json::parse(out_)["explanation"];
  ASSERT_EQ(explanation.size(), 4U);
  EXPECT_EQ(explanation[0].dump(), R"({"best_value":0.0,"column":3,"rise":3.0,"value":3.0})");
  EXPECT_EQ(explanation[3]["column"], 1);
}

// 400 values of 8 candidates each: ten rows take 32000 of the 32768 evaluations of a request.
TEST_F(ScoreExplanationTest, ExplainedRowsAreDividedByTheirEvaluations) {
  server_.model.mutable_input_shape()->Set(0, 20);
  server_.model.mutable_input_shape()->Set(1, 20);
  const std::vector<float> values(size_t{11} * 400);
  const std::string input = "--input=" + WriteFile("many.npy", SerializeNpy(ConstMatrix(values.data(), 11, 400)));
  ASSERT_EQ(Run({"score", input, "--explain", "--format=json"}), 0) << err_;
  ASSERT_EQ(server_.score_requests.size(), 2U);
  EXPECT_EQ(server_.score_requests[0].inputs().shape(0), 10);
  ASSERT_EQ(Run({"score", input, "--explain", "--rows_per_request=6", "--format=json"}), 0) << err_;
  EXPECT_EQ(server_.score_requests.size(), 4U);
}

TEST_F(ScoreExplanationTest, AHeatMapStandsBesideItsPicture) {
  const std::string input = "--input=" + WriteFile("picture.csv", "16,0,0,8\n");
  ASSERT_EQ(Run({"score", input, "--explain", "--pictures"}), 0) << err_;
  EXPECT_THAT(out_, HasSubstr("@@  ++@@    \n  ++++  ++  \n")) << "white, black, a gray line between, and again";
}

TEST_F(ScoreExplanationTest, RisesAreWrittenAsNumbersOrAsASheet) {
  const std::string numbers = testing::TempDir() + "/rises.npy";
  ASSERT_EQ(Run({"score", plain_, "--explain", "--explain_output=" + numbers}), 0) << err_;
  EXPECT_EQ(*ReadFileBytes(numbers),
            SerializeNpy(ConstMatrix(std::vector<float>{1, 0, 0, 0, 2, 0, 0, 0}.data(), 2, 4)));
  const std::string sheet = testing::TempDir() + "/rises.png";
  ASSERT_EQ(Run({"score", plain_, "--explain", "--explain_output=" + sheet}), 0) << err_;
  EXPECT_THAT(*ReadFileBytes(sheet), HasSubstr("PNG"));
}

TEST_F(ScoreExplanationTest, AnOutputOfRisesThatCannotBeIsStatus2BeforeAnythingIsAsked) {
  EXPECT_EQ(Run({"score", plain_, "--explain_output=x.npy"}), 2) << "needs --explain";
  for (const char* path : {"rises.gif", "/no/such/folder/x.npy"}) {
    EXPECT_EQ(Run({"score", plain_, "--explain", absl::StrCat("--explain_output=", path)}), 2);
    EXPECT_THAT(err_, HasSubstr("--explain_output"));
  }
  server_.model.clear_input_shape();
  server_.model.add_input_shape(3);  // no pictures
  const std::string three = "--input=" + WriteFile("three.csv", "1,2,3\n");
  EXPECT_EQ(Run({"score", three, "--explain", "--explain_output=" + testing::TempDir() + "/x.png"}), 2);
  EXPECT_TRUE(server_.score_requests.empty());
}

TEST_F(ScoreExplanationTest, AnExplanationOfAnotherSizeIsMalformed) {
  server_.change_score = [](v1::ScoreResponse& response) {
    *response.mutable_best_values() = FloatTensor({1, 2, 3, 4}, 2);
  };
  EXPECT_EQ(Run({"score", plain_, "--explain"}), 1);
  EXPECT_THAT(err_, HasSubstr("best_values.shape[1] is 2, expected 4"));
}

}  // namespace
}  // namespace ebm::client
