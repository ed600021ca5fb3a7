#include "client/cli/run_client.h"

#include <algorithm>
#include <sstream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "model/core/matrix_view.h"
#include "model/core/version.h"
#include "model/io/npy.h"
#include "nlohmann/json.hpp"
#include "tests/client/cli/client_harness.h"

namespace ebm::client {
namespace {

using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::StartsWith;

void ExpectOneLine(const std::string& text) {
  EXPECT_THAT(text, StartsWith("ebm-client: "));
  EXPECT_THAT(text, EndsWith("\n"));
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 1) << text;
}

class RunClientTest : public ClientHarness {
 protected:
  void ExpectEachIsOneLineAndStatus2(const std::vector<std::vector<std::string>>& calls) {
    for (const auto& call : calls) {
      EXPECT_EQ(RunBare(call), 2) << testing::PrintToString(call);
      ExpectOneLine(err_);
      EXPECT_EQ(out_, "") << testing::PrintToString(call);
    }
  }

  const std::string server_flag_ = "--server=127.0.0.1:1";
  // Three labelled rows. The toy model answers b, c, a, so it is wrong about the second row.
  const std::string labelled_ = "--input=" + WriteFile("labelled.csv", "1,0,0,0,1\n2,0,0,0,0\n3,1,1,1,0\n");
  const std::string plain_ = "--input=" + WriteFile("plain.csv", "1,0,0,0\n2,0,0,0\n");
};

TEST_F(RunClientTest, HelpIsNoError) {
  EXPECT_EQ(RunBare({"--help"}), 0);
  EXPECT_THAT(out_, HasSubstr("classify"));
  EXPECT_EQ(RunBare({"sample", "--help"}), 0);
  EXPECT_THAT(out_, HasSubstr("--step_size"));
  EXPECT_EQ(err_, "");
}

TEST_F(RunClientTest, TakesGrpcTargets) {
  for (const std::string& target : {"ipv4:" + server_.address(), "dns:///" + server_.address(),
                                    "ipv4:" + server_.address() + "," + server_.address()}) {
    EXPECT_EQ(RunBare({"models", "--server=" + target}), 0) << err_;
  }
  for (const std::string target : {"ipv4:127.0.0.1", "ipv4:127.0.0.1:1,", "dns:///host", "host", "dns:", "unix:"}) {
    EXPECT_EQ(RunBare({"models", "--server=" + target}), 2) << target;
    ExpectOneLine(err_);
  }
}

TEST_F(RunClientTest, FlagsOfTheConnectionThatDoNotFitAreUsageErrors) {
  const std::string token = WriteFile("token", "secret");
  ExpectEachIsOneLineAndStatus2({{"models", server_flag_, "--token_file=" + token},
                                 {"models", server_flag_, "--tls_cert=" + token},
                                 {"models", server_flag_, "--tls_ca=/no/such"},
                                 {"models", server_flag_, "--retries=5"},
                                 {"models", server_flag_, "--deadline=0"}});
  EXPECT_EQ(Run({"models", "--token_file=" + token, "--token_without_tls"}), 0) << err_;
}

TEST_F(RunClientTest, AWrongCallIsOneLineAndStatus2) {
  ExpectEachIsOneLineAndStatus2({
      {},
      {"frobnicate"},
      {"classify"},
      {"classify", server_flag_},
      {"classify", server_flag_, "--digit=1", "--digits=1:2"},
      {"classify", server_flag_, "--digit=x"},
      {"classify", server_flag_, "--digits=1790:100"},
      {"classify", server_flag_, "--input=/no/such/file"},
      {"classify", server_flag_, "--input=/"},
      {"classify", server_flag_, "--digit=1", "--rows_per_request=0"},
      {"classify", "--server=nowhere", "--digit=1"},
      {"classify", "--server=a:b", "--digit=1"},
      {"classify", "--server=:1", "--digit=1"},
      {"classify", "--server=a:65536", "--digit=1"},
      {"score", server_flag_, "--digit=1", "--format=xml"},
      {"score", server_flag_, "--digit=1", "--deadline=0"},
      {"score", server_flag_, "--digit=1", "--deadline=nan"},
      {"models", server_flag_, "--bogus=1"},
      {"models", server_flag_, "extra"},
  });
}

TEST_F(RunClientTest, AWrongCallOfSampleIsOneLineAndStatus2) {
  ExpectEachIsOneLineAndStatus2({
      {"sample", server_flag_, "--chains=0"},
      {"sample", server_flag_, "--chains=1.5"},
      {"sample", server_flag_, "--steps=5000000000"},
      {"sample", server_flag_, "--step_size=0"},
      {"sample", server_flag_, "--step_size=inf"},
      {"sample", server_flag_, "--noise=-0.1"},
      {"sample", server_flag_, "--class=-1"},
      {"sample", server_flag_, "--seed=abc"},
      {"sample", server_flag_, "--clamp=1"},
      {"sample", server_flag_, "--clamp=0:1", "--no_clamp"},
      {"sample", server_flag_, "--start=middle"},
      {"sample", server_flag_, "--start=uniform", "--start_digit=1"},
      {"sample", server_flag_, "--start_states=/no/such/file"},
      {"sample", server_flag_, "--held=/no/such/file"},
      {"sample", server_flag_, "--held=x", "--held_rows=0:1"},
      {"sample", server_flag_, "--output=x.gif"},
      {"sample", server_flag_, "--output=/no/such/folder/x.npy"},
      {"sample", server_flag_, "--live"},
  });
}

TEST_F(RunClientTest, AServerThatCannotBeReachedIsOneLineAndStatus1) {
  EXPECT_EQ(RunBare({"models", "--server=127.0.0.1:1"}), 1);
  ExpectOneLine(err_);
  EXPECT_THAT(err_, StartsWith("ebm-client: UNAVAILABLE: "));
}

TEST_F(RunClientTest, AServersRefusalIsOneLineAndStatus1) {
  server_.error = grpc::Status(grpc::StatusCode::INVALID_ARGUMENT, "inputs: 3 rows,\nlimit 2");
  for (const char* command : {"classify", "score"}) {
    EXPECT_EQ(Run({command, labelled_}), 1);
    EXPECT_EQ(err_, "ebm-client: INVALID_ARGUMENT: inputs: 3 rows, limit 2\n");
    EXPECT_EQ(out_, "");
  }
  EXPECT_EQ(Run({"sample"}), 1);
  EXPECT_EQ(err_, "ebm-client: INVALID_ARGUMENT: inputs: 3 rows, limit 2\n");
}

// The second request fails: rows 2 and 3 of the input, of which the server calls row 3 its row 1.
TEST_F(RunClientTest, AnErrorInALaterRowNamesItsPlaceInTheInputAndLosesNoAnswer) {
  const std::string input = "--input=" + WriteFile("rows.csv", "1,0,0,0\n2,0,0,0\n0,0,0,0\n1,0,0,0\n");
  server_.error_after = 1;
  server_.error = grpc::Status(grpc::StatusCode::INVALID_ARGUMENT, "inputs: row 1 has values so large");
  EXPECT_EQ(Run({"classify", input, "--rows_per_request=2"}), 1);
  EXPECT_EQ(err_, "ebm-client: INVALID_ARGUMENT: inputs: row 3 has values so large\n");
  EXPECT_THAT(out_, HasSubstr("  1      c"));
  EXPECT_THAT(out_, HasSubstr("2 rows classified by toy 7"));
  EXPECT_EQ(Run({"score", input, "--rows_per_request=2", "--format=json"}), 1);
  EXPECT_EQ(err_, "ebm-client: INVALID_ARGUMENT: inputs: row 3 has values so large\n");
  EXPECT_EQ(std::count(out_.begin(), out_.end(), '\n'), 2);
}

TEST_F(RunClientTest, RequestsAreSplitByBytesToo) {
  constexpr int kSide = 720;  // a row of 2 MiB, which does not fit with another
  server_.model.clear_input_shape();
  server_.model.add_input_shape(kSide);
  server_.model.add_input_shape(kSide);
  const std::vector<float> values(size_t{3} * kSide * kSide);
  const std::string input =
      "--input=" + WriteFile("wide.npy", SerializeNpy(ConstMatrix(values.data(), 3, kSide * kSide)));
  ASSERT_EQ(Run({"classify", input}), 0) << err_;
  EXPECT_EQ(server_.classify_requests.size(), 3U);
}

TEST_F(RunClientTest, RowsThatDoNotFitTheModelAreStatus2AndNeverSent) {
  const std::string wide = "--input=" + WriteFile("wide.csv", "1,2,3,4,5,6\n");
  for (const char* command : {"classify", "score"}) {
    EXPECT_EQ(Run({command, wide}), 2);
    ExpectOneLine(err_);
    EXPECT_THAT(err_, HasSubstr("a row has 6 values; the model takes 4, or 5 with a label"));
  }
  EXPECT_TRUE(server_.classify_requests.empty());
  EXPECT_TRUE(server_.score_requests.empty());
}

TEST_F(RunClientTest, ClassifyPrintsATableAndTheAccuracy) {
  ASSERT_EQ(Run({"classify", labelled_}), 0) << err_;
  EXPECT_EQ(out_,
            "row  class  probability  next  probability  true\n"
            "  0      b       75.0 %     a       12.5 %     b\n"
            "  1      c       75.0 %     a       12.5 %     a  wrong\n"
            "  2      a       75.0 %     b       12.5 %     a\n"
            "\n"
            "3 rows classified by toy 7; accuracy 66.67 % (2 of 3)\n");
  EXPECT_EQ(err_, "");
}

TEST_F(RunClientTest, ClassifyWithoutLabelsReportsNoAccuracy) {
  ASSERT_EQ(Run({"classify", plain_}), 0) << err_;
  EXPECT_THAT(out_, EndsWith("\n2 rows classified by toy 7\n"));
}

TEST_F(RunClientTest, ClassifyJsonIsOneObjectPerLine) {
  ASSERT_EQ(Run({"classify", labelled_, "--format=json"}), 0) << err_;
  std::istringstream lines(out_);
  int rows = 0;
  for (std::string line; std::getline(lines, line); ++rows) {
    const auto json = nlohmann::json::parse(line);
    EXPECT_EQ(json["row"], rows);
    EXPECT_EQ(json["class"], (rows + 1) % 3);
    EXPECT_EQ(json["probabilities"].size(), 3U);
  }
  EXPECT_EQ(rows, 3);
  EXPECT_THAT(err_, HasSubstr("accuracy 66.67 %"));
}

TEST_F(RunClientTest, ClassifyAsksInRequestsOfTheGivenSize) {
  ASSERT_EQ(Run({"classify", labelled_, "--rows_per_request=2", "--format=json"}), 0) << err_;
  const std::string in_two = out_;
  ASSERT_EQ(server_.classify_requests.size(), 2U);
  EXPECT_THAT(server_.classify_requests[0].inputs().shape(), ElementsAre(2, 4));
  EXPECT_THAT(server_.classify_requests[1].inputs().shape(), ElementsAre(1, 4));
  EXPECT_EQ(server_.classify_requests[1].model().version(), "7");
  ASSERT_EQ(Run({"classify", labelled_, "--format=json"}), 0) << err_;
  EXPECT_EQ(out_, in_two);
}

TEST_F(RunClientTest, PicturesStandWithTheirAnswers) {
  ASSERT_EQ(Run({"classify", plain_, "--pictures"}), 0) << err_;
  EXPECT_THAT(out_, HasSubstr("0: b 75.0 %  1: c 75.0 %"));
}

TEST_F(RunClientTest, PicturesOfWhatIsNoPictureAreStatus2) {
  server_.model.clear_input_shape();
  server_.model.add_input_shape(3);
  const std::string three = "--input=" + WriteFile("three.csv", "1,2,3\n");
  EXPECT_EQ(Run({"classify", three, "--pictures"}), 2);
  ExpectOneLine(err_);
}

TEST_F(RunClientTest, ScorePrintsATable) {
  ASSERT_EQ(Run({"score", plain_}), 0) << err_;
  EXPECT_EQ(out_,
            "row  log density  percentile  max softmax  gradient norm\n"
            "  0       1.0000        12.5       0.5000            2.5\n"
            "  1       2.0000        12.5       0.5000            2.5\n"
            "\n"
            "2 rows scored by toy 7; mean log density 1.5000, lowest 1.0000 (row 0)\n");
}

TEST_F(RunClientTest, ScoreDoesWithoutPercentilesWhereTheModelHasNone) {
  server_.model.clear_capabilities();
  ASSERT_EQ(Run({"score", plain_, "--format=json"}), 0) << err_;
  EXPECT_FALSE(server_.score_requests.at(0).include_percentile());
  EXPECT_THAT(out_,
              StartsWith(R"({"row":0,"log_density":1.0,"max_softmax":0.5,"gradient_norm":2.5,"percentile":null})"));
}

TEST_F(RunClientTest, ScoreShowsPValuesAndLnPWhereTheModelHasThem) {
  server_.Calibrate(4);
  ASSERT_EQ(Run({"score", plain_}), 0) << err_;
  EXPECT_EQ(
      out_,
      "row  log density  percentile  max softmax  gradient norm   ln p  bits/dim  p-value\n"
      "  0       1.0000        12.5       0.5000            2.5  -3.00     3.250   0.2000\n"
      "  1       2.0000        12.5       0.5000            2.5  -2.00     3.250   0.4000\n"
      "\n"
      "2 rows scored by toy 7; mean log density 1.5000, lowest 1.0000 (row 0)\n"
      "ln p in nats, with standard error 0.125 from ln Z; bits/dim are for the rows as given: for discrete data, first "
      "add noise that is uniform within half a step to either side\n");
}

// The first row's p-value is exactly the rate, 1 / 5.
TEST_F(RunClientTest, AFalsePositiveRateFlagsRowsAndCountsThem) {
  server_.Calibrate(4);
  ASSERT_EQ(Run({"score", plain_, "--false_positive_rate=0.2"}), 0) << err_;
  EXPECT_THAT(out_, HasSubstr(" 0.2000  outlier\n"));
  EXPECT_THAT(out_, HasSubstr(" 0.4000\n"));
  EXPECT_THAT(out_, HasSubstr("\n1 of 2 rows are outliers: p-value at most 0.2"));
  EXPECT_EQ(std::count(out_.begin(), out_.end(), '\n'), 7) << "the count is the last line";

  ASSERT_EQ(Run({"score", plain_, "--false_positive_rate=0.2", "--rows_per_request=1", "--format=json"}), 0) << err_;
  std::istringstream lines(out_);
  std::vector<bool> outliers;
  for (std::string line; std::getline(lines, line);) {
    const auto json = nlohmann::json::parse(line);
    outliers.push_back(json["outlier"]);
    EXPECT_EQ(json["log_z_standard_error"], 0.125);
    EXPECT_EQ(json["bits_per_dimension"], 3.25);
  }
  EXPECT_THAT(outliers, ElementsAre(true, false));
  EXPECT_THAT(err_, StartsWith("1 of 2 rows are outliers"));
}

// The p-values are 1/5 and 2/5, in requests of their own: both are flagged at 0.4, since 2/5 <= 2 * 0.4 / 2.
TEST_F(RunClientTest, AFalseDiscoveryRateIsOfAllRowsTogether) {
  server_.Calibrate(4);
  ASSERT_EQ(Run({"score", plain_, "--false_discovery_rate=0.4"}), 0) << err_;
  EXPECT_THAT(out_, HasSubstr(" 0.2000  outlier\n"));
  EXPECT_THAT(out_, HasSubstr(" 0.4000  outlier\n"));
  EXPECT_THAT(out_, HasSubstr("2 of 2 rows are outliers: of rows flagged in this way, on average at most 40 %"));
  ASSERT_EQ(Run({"score", plain_, "--false_discovery_rate=0.3", "--format=json"}), 0) << err_;
  EXPECT_THAT(out_, Not(HasSubstr("\"outlier\":true"))) << "1/5 is above 0.3 / 2";
  EXPECT_EQ(Run({"score", plain_, "--false_discovery_rate=0.3", "--false_positive_rate=0.3"}), 2);
  EXPECT_EQ(Run({"score", plain_, "--false_discovery_rate=0.1"}), 2) << "below the smallest p-value";
}

TEST_F(RunClientTest, AFalsePositiveRateThatCouldFlagNothingIsStatus2) {
  server_.Calibrate(4);
  for (const char* rate : {"0.19", "0", "nan"}) {
    EXPECT_EQ(Run({"score", plain_, absl::StrCat("--false_positive_rate=", rate)}), 2) << rate;
    ExpectOneLine(err_);
    EXPECT_EQ(out_, "");
  }
  EXPECT_THAT(err_, HasSubstr("is below 1/5, the smallest p-value of 4 calibration rows"));
  EXPECT_EQ(Run({"score", plain_, "--false_positive_rate=1.5"}), 2);
  EXPECT_TRUE(server_.score_requests.empty());
}

TEST_F(RunClientTest, AFalsePositiveRateNeedsACalibratedModel) {
  EXPECT_EQ(Run({"score", plain_, "--false_positive_rate=0.2"}), 1);
  ExpectOneLine(err_);
  EXPECT_THAT(err_, HasSubstr("--false_positive_rate: model toy holds no calibration scores"));
  EXPECT_TRUE(server_.score_requests.empty());
}

TEST_F(RunClientTest, ClassifyAsksForCalibratedProbabilitiesByFlag) {
  ASSERT_EQ(Run({"classify", plain_}), 0) << err_;
  EXPECT_FALSE(server_.classify_requests.back().calibrated());
  ASSERT_EQ(Run({"classify", plain_, "--calibrated"}), 0) << err_;
  EXPECT_TRUE(server_.classify_requests.back().calibrated());
}

TEST_F(RunClientTest, ModelsSaysWhatAModelIsCalibratedFor) {
  server_.Calibrate(4);
  ASSERT_EQ(Run({"models"}), 0) << err_;
  EXPECT_THAT(out_, HasSubstr("p-values from 4 rows; calibrated probabilities; ln p"));
}

TEST_F(RunClientTest, NamesItsVersion) {
  ASSERT_EQ(RunBare({"--version"}), 0) << err_;
  EXPECT_EQ(out_, absl::StrCat("ebm-client ", kVersion, "\n"));
}

TEST_F(RunClientTest, ModelsDescribesEachModel) {
  ASSERT_EQ(Run({"models"}), 0) << err_;
  EXPECT_THAT(out_, HasSubstr("toy 7"));
  EXPECT_THAT(out_, HasSubstr("[2, 2], values from 0 to 16"));
  ASSERT_EQ(Run({"models", "--format=json"}), 0) << err_;
  const auto json = nlohmann::json::parse(out_);
  EXPECT_EQ(json["name"], "toy");
  EXPECT_EQ(json["input_shape"], nlohmann::json({2, 2}));
  EXPECT_EQ(json["sampler_defaults"]["steps"], 20);
}

}  // namespace
}  // namespace ebm::client
