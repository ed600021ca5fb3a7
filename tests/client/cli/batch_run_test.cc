#include "client/cli/batch_run.h"

#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "tests/client/cli/client_harness.h"

namespace ebm::client {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr int kRows = 100;

std::string BytesOf(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

bool Exists(const std::string& path) { return std::filesystem::exists(path); }

class BatchRunTest : public ClientHarness {
 protected:
  void SetUp() override {
    for (const char* const end : {"", ".partial", ".progress"}) std::remove((output_ + end).c_str());
    std::remove(csv_output_.c_str());
  }

  static std::string Csv(int rows, int changed_row = -1) {
    std::string text = "p,q,r,s\n";
    for (int i = 0; i < rows; ++i) absl::StrAppend(&text, i, ",0.5,", i == changed_row ? 2 : 1, ",0.1\n");
    return text;
  }

  int Score(const std::string& input, const std::vector<std::string>& more = {}) {
    std::vector<std::string> args = {"score", "--input=" + input, "--rows_per_request=7", "--retries=0"};
    args.insert(args.end(), more.begin(), more.end());
    return Run(args);
  }

  // Answers to this many requests, and then the server fails.
  void Interrupt(size_t requests) {
    server_.score_requests.clear();
    server_.error_after = requests;
    server_.error = grpc::Status(grpc::StatusCode::INTERNAL, "failed");
    EXPECT_EQ(Score(input_, {"--output=" + output_, "--in_flight=1"}), 1);
    server_.error = grpc::Status::OK;
    server_.score_requests.clear();
  }

  const std::string input_ = WriteFile("batch.csv", Csv(kRows));
  const std::string output_ = testing::TempDir() + "/batch.npy";
  const std::string csv_output_ = testing::TempDir() + "/batch_scores.csv";
};

TEST_F(BatchRunTest, WritesNamedFieldsInTheOrderOfTheRows) {
  ASSERT_EQ(Score(input_, {"--output=" + output_}), 0) << err_;
  EXPECT_THAT(out_, HasSubstr("100 rows answered by toy 7"));
  EXPECT_THAT(out_, HasSubstr("columns: log_density, max_softmax, gradient_norm, percentile\n"));
  const std::string bytes = BytesOf(output_);
  EXPECT_THAT(bytes, StartsWith("\x93NUMPY"));
  EXPECT_THAT(bytes, HasSubstr("{'descr': [('log_density', '<f4'), ('max_softmax', '<f4'), ('gradient_norm', '<f4'), "
                               "('percentile', '<f4')], 'fortran_order': False, 'shape': (100,), }"));
  const size_t header = bytes.find('\n') + 1;
  EXPECT_EQ(header % 64, 0U);
  ASSERT_EQ(bytes.size(), header + kRows * 16);
  for (size_t row = 0; row < kRows; ++row) {
    float values[4];
    std::memcpy(values, &bytes[header + 16 * row], sizeof(values));
    EXPECT_EQ(values[0], static_cast<float>(row) + 0.5F + 1.0F + 0.1F) << row;
    EXPECT_EQ(values[3], 12.5F);
  }
  EXPECT_FALSE(Exists(output_ + ".partial") || Exists(output_ + ".progress"));
  EXPECT_EQ(server_.score_requests.size(), 15U);
}

TEST_F(BatchRunTest, WritesCsvWithExactNumbers) {
  ASSERT_EQ(Score(input_, {"--output=" + csv_output_, "--format=json"}), 0) << err_;
  EXPECT_EQ(nlohmann::json::parse(out_)["rows"], kRows);
  EXPECT_THAT(BytesOf(csv_output_), StartsWith("log_density,max_softmax,gradient_norm,percentile\n"
                                               "1.60000002,0.5,2.5,12.5\n2.5999999,0.5,2.5,12.5\n"));
}

TEST_F(BatchRunTest, ClassifyWritesClassesAsWholeNumbers) {
  ASSERT_EQ(Run({"classify", "--input=" + input_, "--output=" + output_}), 0) << err_;
  const std::string bytes = BytesOf(output_);
  EXPECT_THAT(bytes, HasSubstr("[('class', '<i4'), ('probabilities', '<f4', (3,))]"));
  int32_t y = 0;
  std::memcpy(&y, &bytes[bytes.find('\n') + 1 + 16 * 5], sizeof(y));
  EXPECT_EQ(y, 5 % 3);
}

TEST_F(BatchRunTest, WhatEndedEarlyGoesOnBehindTheRowsThatHaveAnswers) {
  ASSERT_EQ(Score(input_, {"--output=" + output_}), 0);
  const std::string whole = BytesOf(output_);
  for (const size_t requests : {0, 1, 6, 14}) {
    SetUp();
    Interrupt(requests);
    EXPECT_THAT(err_, HasSubstr(absl::StrCat("INTERNAL: failed; the answers of ", 7 * requests, " rows are kept")));
    EXPECT_FALSE(Exists(output_));
    ASSERT_EQ(Score(input_, {"--output=" + output_, "--resume"}), 0) << err_;
    EXPECT_THAT(err_, HasSubstr(absl::StrCat("resuming behind row ", 7 * requests, ",")));
    EXPECT_EQ(server_.score_requests.size(), 15 - requests);
    EXPECT_EQ(BytesOf(output_), whole) << requests;
  }
}

// As after a kill, between an answer and its record.
TEST_F(BatchRunTest, BytesBehindTheRecordAreDropped) {
  ASSERT_EQ(Score(input_, {"--output=" + output_}), 0);
  const std::string whole = BytesOf(output_);
  Interrupt(3);
  std::ofstream(output_ + ".partial", std::ios::app) << "half a row";
  ASSERT_EQ(Score(input_, {"--output=" + output_, "--resume"}), 0) << err_;
  EXPECT_EQ(BytesOf(output_), whole);
}

TEST_F(BatchRunTest, ResumingChecksInputModelAndQuestion) {
  Interrupt(5);
  const std::vector<std::string> resume = {"--output=" + output_, "--resume"};
  EXPECT_EQ(Score(WriteFile("changed.csv", Csv(kRows, 3)), resume), 2);
  EXPECT_THAT(err_, HasSubstr("is not the input whose first 35 rows have answers"));
  EXPECT_EQ(Score(input_, {"--output=" + output_, "--resume", "--model_version=8"}), 2);
  EXPECT_THAT(err_, HasSubstr("with version '7', and not with '8'"));
  EXPECT_EQ(Run({"classify", "--input=" + input_, "--output=" + output_, "--resume"}), 2);
  EXPECT_THAT(err_, HasSubstr("score: log_density"));
  std::remove((output_ + ".partial").c_str());
  ASSERT_EQ(Score(input_, resume), 0);
  EXPECT_THAT(err_, HasSubstr("nothing to resume"));
}

// Rows behind those that have answers may have been added meanwhile.
TEST_F(BatchRunTest, ResumingReadsWhatTheInputHasNow) {
  const std::string growing = WriteFile("growing.csv", Csv(kRows, 90));
  ASSERT_EQ(Score(growing, {"--output=" + output_}), 0);
  const std::string whole = BytesOf(output_);
  SetUp();
  Interrupt(5);
  ASSERT_EQ(Score(growing, {"--output=" + output_, "--resume"}), 0) << err_;
  EXPECT_EQ(BytesOf(output_), whole);
}

TEST_F(BatchRunTest, WithoutResumeItBeginsAnew) {
  Interrupt(5);
  ASSERT_EQ(Score(input_, {"--output=" + output_}), 0);
  EXPECT_EQ(server_.score_requests.size(), 15U);
}

TEST_F(BatchRunTest, InputsThatAreReadWholeResumeToo) {
  server_.model.set_input_shape(0, 8);
  server_.model.set_input_shape(1, 8);
  const std::vector<std::string> args = {"score", "--digits=0:60", "--rows_per_request=10", "--retries=0",
                                         "--output=" + output_};
  ASSERT_EQ(Run(args), 0) << err_;
  const std::string whole = BytesOf(output_);
  server_.score_requests.clear();
  server_.error_after = 2;
  server_.error = grpc::Status(grpc::StatusCode::INTERNAL, "failed");
  EXPECT_EQ(Run(args), 1);
  server_.error = grpc::Status::OK;
  std::vector<std::string> resume = args;
  resume.emplace_back("--resume");
  ASSERT_EQ(Run(resume), 0) << err_;
  EXPECT_EQ(BytesOf(output_), whole);
}

TEST_F(BatchRunTest, ErrorsNameTheRowOfTheInput) {
  server_.error_after = 5;
  server_.error = grpc::Status(grpc::StatusCode::INVALID_ARGUMENT, "inputs: row 2 is not finite");
  EXPECT_EQ(Score(input_, {"--output=" + output_, "--in_flight=1"}), 1);
  EXPECT_THAT(err_, HasSubstr("inputs: row 37 is not finite"));
  server_.error = grpc::Status::OK;
  const std::string bad = WriteFile("bad.csv", Csv(50) + "1,2,3,\n");
  EXPECT_EQ(Score(bad, {"--output=" + output_}), 2);
  EXPECT_THAT(err_, HasSubstr("row 2: column 4 has no value"));
  EXPECT_THAT(err_, HasSubstr("(counted from row 50 of the file on); the answers of 49 rows are kept"));
}

TEST_F(BatchRunTest, RefusesWhatItCannotDo) {
  for (const std::vector<std::string>& more : {std::vector<std::string>{"--output=scores.txt"},
                                               {"--output=/no/such/folder/scores.npy"},
                                               {"--output=" + output_, "--pictures"},
                                               {"--output=" + output_, "--explain"},
                                               {"--output=" + output_, "--false_positive_rate=0.1"},
                                               {"--resume"}}) {
    EXPECT_EQ(Score(input_, more), 2) << more.back();
  }
}

TEST_F(BatchRunTest, ShowsHowFarItIs) {
  err_is_terminal_ = true;
  ASSERT_EQ(Score(input_, {"--output=" + output_}), 0);
  EXPECT_THAT(err_, HasSubstr(" rows"));
  EXPECT_THAT(err_, HasSubstr("%"));
}

}  // namespace
}  // namespace ebm::client
