#include "client/cli/json_output.h"

#include <limits>

#include "gtest/gtest.h"

namespace ebm::client {
namespace {

TEST(ClassifyJsonTest, HasTheAgreedKeys) {
  const ClassifyAnswer answer{
      .model = {}, .probabilities = MatrixBuffer({0.1F, 0.9F}, 1, 2), .classes = {1}, .class_labels = {"zero", "one"}};
  EXPECT_EQ(ClassifyJson(7, answer, 0, std::nullopt), R"({"row":7,"class":1,"label":"one","probabilities":[0.1,0.9]})");
  EXPECT_EQ(ClassifyJson(7, answer, 0, 0),
            R"({"row":7,"class":1,"label":"one","probabilities":[0.1,0.9],"true_class":0})");
}

TEST(ScoreJsonTest, HasTheAgreedKeysAndNullForWhatIsMissing) {
  ScoreAnswer answer;
  answer.log_densities = {-1.5F};
  answer.max_softmaxes = {0.3F};
  answer.gradient_norms = {2.0F};
  EXPECT_EQ(ScoreJson(0, answer, 0),
            R"({"row":0,"log_density":-1.5,"max_softmax":0.3,"gradient_norm":2.0,"percentile":null})");
  answer.percentiles = {99.5F};
  EXPECT_EQ(ScoreJson(0, answer, 0),
            R"({"row":0,"log_density":-1.5,"max_softmax":0.3,"gradient_norm":2.0,"percentile":99.5})");
}

TEST(ScoreJsonTest, NumbersThatAreNotFiniteAreNull) {
  ScoreAnswer answer;
  answer.log_densities = {-std::numeric_limits<float>::infinity()};
  EXPECT_NE(ScoreJson(0, answer, 0).find(R"("log_density":null)"), std::string::npos);
}

class SampleJsonTest : public ::testing::Test {
 protected:
  SampleJsonTest() {
    request_.chains = 2;
    summary_.model = {"toy", "7"};
    summary_.seed = 18446744073709551615U;
    summary_.sampler = {.steps = 3,
                        .kernel = MetropolisLangevin{.step_size = 1.0F, .noise_scale = 0.01F, .adaptation_steps = 2},
                        .clamp_lower = 0.0F,
                        .clamp_upper = 16.0F};
    summary_.temperature = 5e-05;
    summary_.chains_finished = 1;
    summary_.diverged_chains = {{.chain = 0, .step = 2}};
    summary_.chain_steps = 5;
    summary_.acceptance_rate = 0.6;
    samples_.Add({.step = 3,
                  .chains = {1},
                  .states = MatrixBuffer({0.5F, 16.0F}, 1, 2),
                  .log_densities = {-2.5F},
                  .final = true});
    EXPECT_TRUE(samples_.Finish(summary_).ok());
  }

  SampleRequest request_;
  SampleSummary summary_;
  SampleAssembly samples_{2, 2};
};

constexpr char kSettings[] =
    R"("seed":18446744073709551615,"steps":3,"step_size":1.0,"noise":0.01,"clamp":[0.0,16.0],)"
    R"("kernel":"metropolis_langevin","metropolis":true,"anneal":false,"final_noise_free_step":false,)"
    R"("adaptation_steps":2,"start":"uniform",)"
    R"("temperature":5e-05,"chains_finished":1,)"
    R"("diverged_chains":[{"chain":0,"step":2}],"chain_steps":5,"acceptance_rate":0.6,)"
    R"("queue_seconds":0.0,"total_seconds":0.0,)";

TEST_F(SampleJsonTest, HoldsSettingsAndStates) {
  EXPECT_EQ(SampleJson(request_, summary_, samples_, ""),
            std::string(R"({"model":{"name":"toy","version":"7"},"chains":2,"class":null,)") + kSettings +
                R"("log_densities":[null,-2.5],"states":[null,[0.5,16.0]]})");
}

TEST_F(SampleJsonTest, AClampMayHaveOneEndOnly) {
  summary_.sampler->clamp_lower.reset();
  EXPECT_NE(SampleJson(request_, summary_, samples_, "").find(R"("clamp":[null,16.0])"), std::string::npos);
  summary_.sampler->clamp_upper.reset();
  EXPECT_NE(SampleJson(request_, summary_, samples_, "").find(R"("clamp":null)"), std::string::npos);
}

TEST_F(SampleJsonTest, NamesTheFileInPlaceOfTheStates) {
  request_.target_class = 4;
  EXPECT_EQ(SampleJson(request_, summary_, samples_, "x.npy"),
            std::string(R"({"model":{"name":"toy","version":"7"},"chains":2,"class":4,)") + kSettings +
                R"("output":"x.npy"})");
}

TEST_F(SampleJsonTest, HoldsDiagnosticsWhereTheyAreThereAndNullWhatTheyLeaveOpen) {
  EXPECT_EQ(SampleJson(request_, summary_, samples_, "").find("diagnostics"), std::string::npos);
  summary_.adapted_step_size = 0.25;
  summary_.diagnostics = {
      .first_step = 2, .step_interval = 1, .draws = 4, .log_density_r_hat = 1.5, .largest_r_hat = INFINITY};
  EXPECT_NE(SampleJson(request_, summary_, samples_, "")
                .find(R"("adapted_step_size":0.25,"diagnostics":{"first_step":2,"step_interval":1,"draws":4,)"
                      R"("log_density_r_hat":1.5,"log_density_effective_sample_size":null,"largest_r_hat":"inf",)"
                      R"("largest_r_hat_coordinate":null})"),
            std::string::npos);
}

TEST_F(SampleJsonTest, HoldsTheWeightsOfAnnealedChains) {
  EXPECT_EQ(SampleJson(request_, summary_, samples_, "").find("weights"), std::string::npos);
  SampleAssembly annealed(2, 2);
  annealed.Add({.step = 3,
                .chains = {1},
                .states = MatrixBuffer({0.5F, 16.0F}, 1, 2),
                .log_densities = {-2.5F},
                .final = true,
                .log_weights = {-0.75}});
  EXPECT_TRUE(annealed.Finish(summary_).ok());
  summary_.sampler->kernel = AnnealedLangevin();
  EXPECT_NE(SampleJson(request_, summary_, annealed, "").find(R"("log_weights":[null,-0.75])"), std::string::npos)
      << "also with a single finished chain, which has no annealing summary";
  summary_.annealing = {.effective_sample_size = 1.5, .log_z = -0.25, .log_z_standard_error = 0.125};
  EXPECT_NE(SampleJson(request_, summary_, annealed, "")
                .find(R"("annealing":{"effective_sample_size":1.5,"log_z":-0.25,"log_z_standard_error":0.125},)"
                      R"("log_weights":[null,-0.75])"),
            std::string::npos);
}

TEST_F(SampleJsonTest, MendsAFileNameThatIsNotUtf8) {
  EXPECT_NE(SampleJson(request_, summary_, samples_, "\xff.npy").find(".npy"), std::string::npos);
}

}  // namespace
}  // namespace ebm::client
