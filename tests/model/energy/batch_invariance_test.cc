// The promise behind "the same seed gives the same sample, alone or under load": a row's bits depend on that row alone,
// for every family of networks.

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <limits>
#include <memory>
#include <numeric>
#include <random>
#include <thread>
#include <vector>

#include "model/core/random.h"
#include "model/energy/energy_factory.h"
#include "model/networks/process_settings.h"
#include "model/sampler/langevin.h"
#include "tests/reference/random_base.h"
#include "tests/reference/random_mlp.h"
#include "tests/reference/random_resnet.h"

namespace ebm {
namespace {

using reference::MlpShape;
using reference::RandomMlp;
using reference::RandomResnet;
using reference::ResnetShape;
using reference::TestModel;
using reference::WithRandomBase;

constexpr int64_t kRows = 16;
constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
constexpr float kInfinity = std::numeric_limits<float>::infinity();

// The input of one row, and all outputs of a model for it.
struct Question {
  std::vector<float> x;
  int32_t target_class = kNoClass;
};
struct Answer {
  float log_density = 0;
  float joint_log_density = 0;
  std::vector<float> gradient;
  std::vector<float> logits;
};

bool SameBits(std::span<const float> a, std::span<const float> b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size_bytes()) == 0;
}

bool SameBits(const Answer& a, const Answer& b) {
  return SameBits(std::span(&a.log_density, 1), std::span(&b.log_density, 1)) &&
         SameBits(std::span(&a.joint_log_density, 1), std::span(&b.joint_log_density, 1)) &&
         SameBits(a.gradient, b.gradient) && SameBits(a.logits, b.logits);
}

// A matrix that begins `offset` floats after the start of an allocation.
class OffsetMatrix {
 public:
  OffsetMatrix(int64_t rows, int64_t cols, int64_t offset)
      : values_(rows * cols + offset), view_(values_.data() + offset, rows, cols) {}

  Matrix view() const { return view_; }
  std::vector<float> row(int64_t r) const { return {view_.row(r).begin(), view_.row(r).end()}; }

 private:
  std::vector<float> values_;
  Matrix view_;
};

std::vector<Answer> Ask(const EnergyModel& model, const std::vector<Question>& questions, int64_t offset) {
  const auto rows = static_cast<int64_t>(questions.size());
  const OffsetMatrix x(rows, model.dimension(), offset);
  std::vector<int32_t> classes;
  for (int64_t r = 0; r < rows; ++r) {
    std::ranges::copy(questions[r].x, x.view().row(r).begin());
    classes.push_back(questions[r].target_class);
  }
  const OffsetMatrix log_density(1, rows, offset);
  const OffsetMatrix joint(1, rows, offset);
  const OffsetMatrix gradient(rows, model.dimension(), offset);
  const OffsetMatrix logits(rows, model.class_logits()->num_classes(), offset);
  model.class_logits()->Logits(x.view(), logits.view(), log_density.view().values());
  model.log_density_gradient()->Evaluate(x.view(), classes, joint.view().values(), gradient.view());
  std::vector<Answer> answers;
  answers.reserve(questions.size());
  for (int64_t r = 0; r < rows; ++r) {
    answers.push_back({log_density.row(0)[r], joint.row(0)[r], gradient.row(r), logits.row(r)});
  }
  return answers;
}

class BatchInvarianceTest : public testing::TestWithParam<TestModel> {
 protected:
  static void SetUpTestSuite() { PrepareProcess(); }

  // A row of normal numbers, sometimes with a class.
  Question Ordinary(uint32_t index) const {
    Question question = {.x = std::vector<float>(model_->dimension())};
    FillNormal({.seed = 61, .stream = RandomStream::kDataNoise, .chain = index}, question.x);
    const auto classes = static_cast<int32_t>(model_->class_logits()->num_classes());
    const auto draw = static_cast<int32_t>(index % (classes + 1));
    question.target_class = draw == classes ? kNoClass : draw;
    return question;
  }

  // A neighbour with extreme or non-finite values.
  Question Hostile(uint32_t index) const {
    constexpr float kValues[] = {kNan, kInfinity, -kInfinity, 1e30F, -1e30F, 1e-42F};
    return {.x = std::vector<float>(model_->dimension(), kValues[index % std::size(kValues)])};
  }

  const std::unique_ptr<EnergyModel> model_ = *MakeEnergyModel(GetParam().spec, GetParam().tensors);
};

std::vector<TestModel> Models() {
  std::vector<TestModel> models;
  for (const MlpShape& shape :
       {MlpShape{64, {512, 512, 512}, 10}, MlpShape{1, {1}, 2}, MlpShape{5, {7}, 3}, MlpShape{64, {33, 17}, 10},
        MlpShape{13, {31, 8, 5}, 4}, MlpShape{9, {16, 3, 21, 11}, 7}, MlpShape{100, {65, 129}, 2}}) {
    models.push_back(RandomMlp(60, shape));
  }
  for (const ResnetShape& shape :
       {ResnetShape{{1, 1}, {8}, 1, 2, "elu"}, ResnetShape{{5, 4}, {8}, 1, 3, "silu"},
        ResnetShape{{3, 7, 5}, {8, 24}, 2, 17, "softplus"}, ResnetShape{{28, 28}, {16, 32, 64}, 1, 10, "silu"},
        ResnetShape{{9, 13}, {40, 8}, 1, 7, "relu"}, ResnetShape{{8, 8}, {8, 16}, 1, 10, "leaky_relu"},
        ResnetShape{{28, 28}, {32, 64, 128}, 1, 10, "silu", 2}}) {
    models.push_back(RandomResnet(60, shape));
  }
  models.push_back(WithRandomBase(60, kGaussianBase, 0, RandomMlp(60, {13, {31, 8}, 4})));
  models.push_back(WithRandomBase(60, kClassGaussiansBase, 0.3F, RandomMlp(60, {64, {33}, 10})));
  models.push_back(WithRandomBase(60, kClassGaussiansBase, 1, RandomResnet(60, {{8, 8}, {8, 16}, 1, 10, "silu"})));
  return models;
}

INSTANTIATE_TEST_SUITE_P(Models, BatchInvarianceTest, testing::ValuesIn(Models()), [](const auto& info) {
  return std::string(info.param.spec.family()) + "_" + std::to_string(info.index);
});

TEST_P(BatchInvarianceTest, EqualRowsHaveEqualBitsInEveryPlace) {
  const std::vector<Answer> answers = Ask(*model_, std::vector<Question>(kRows, Ordinary(0)), 0);
  for (int64_t row = 1; row < kRows; ++row) EXPECT_TRUE(SameBits(answers[row], answers[0])) << "row " << row;
}

TEST_P(BatchInvarianceTest, PlaceNeighboursAndAlignmentDoNotMatter) {
  std::vector<Question> questions;
  questions.reserve(kRows);
  for (uint32_t index = 0; index < kRows; ++index) questions.push_back(Ordinary(index));
  const std::vector<Answer> expected = Ask(*model_, questions, 0);
  std::mt19937 shuffler(62);
  std::vector<size_t> order(kRows);
  std::iota(order.begin(), order.end(), 0);
  for (uint32_t trial = 0; trial < 100; ++trial) {
    std::shuffle(order.begin(), order.end(), shuffler);
    const size_t kept = trial % kRows + 1;  // the rest are replaced by hostile neighbours
    std::vector<Question> asked;
    asked.reserve(kRows);
    for (size_t place = 0; place < kRows; ++place) {
      asked.push_back(order[place] < kept ? questions[order[place]] : Hostile(trial + place));
    }
    const std::vector<Answer> answers = Ask(*model_, asked, trial % 17);
    for (size_t place = 0; place < kRows; ++place) {
      if (order[place] >= kept) continue;
      ASSERT_TRUE(SameBits(answers[place], expected[order[place]])) << "trial " << trial << ", place " << place;
    }
  }
}

TEST_P(BatchInvarianceTest, TheNumberOfRowsDoesNotMatter) {
  std::vector<Question> questions;
  questions.reserve(kRows);
  for (uint32_t index = 0; index < kRows; ++index) questions.push_back(Ordinary(index));
  const std::vector<Answer> expected = Ask(*model_, questions, 0);
  for (size_t first = 0; first < kRows; ++first) {
    for (const size_t count : {1, 2, 3, 7, 8, 9, 15}) {
      if (first + count > kRows) continue;
      const auto begin = questions.begin() + static_cast<ptrdiff_t>(first);
      const std::vector<Answer> answers = Ask(*model_, {begin, begin + static_cast<ptrdiff_t>(count)}, 0);
      for (size_t row = 0; row < count; ++row) {
        ASSERT_TRUE(SameBits(answers[row], expected[first + row]))
            << count << " rows from " << first << ", row " << row;
      }
    }
  }
}

TEST_P(BatchInvarianceTest, ThreadsThatAskAtOnceGetTheSameBits) {
  std::vector<Question> questions;
  questions.reserve(kRows);
  for (uint32_t index = 0; index < kRows; ++index) questions.push_back(Ordinary(index));
  const std::vector<Answer> expected = Ask(*model_, questions, 0);
  std::vector<int> wrong(4);
  std::vector<std::thread> threads;
  threads.reserve(wrong.size());
  for (int& count : wrong) {
    threads.emplace_back([&] {
      for (int trial = 0; trial < 20; ++trial) {
        const std::vector<Answer> answers = Ask(*model_, questions, 0);
        for (size_t row = 0; row < kRows; ++row) count += SameBits(answers[row], expected[row]) ? 0 : 1;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, std::vector<int>(4));
}

// The same for chains: a chain alone in its tile, and the same chain parked halfway, moved to another row and
// surrounded by others.
TEST_P(BatchInvarianceTest, AChainHasTheSameBitsAloneAndUnderLoad) {
  const ChainSettings settings = {
      .seed = 63, .chain = 4, .target_class = 1, .sampler = {.kernel = Langevin{0.1F, 0.05F}}};
  const LangevinKernel kernel(*model_->log_density_gradient());
  ChainBatch alone(kRows, model_->dimension());
  alone.Set(0, settings, 0, Ordinary(1).x, {});
  for (int step = 0; step < 20; ++step) kernel.Step(alone);

  ChainBatch busy(kRows, model_->dimension());
  std::vector<float> state = Ordinary(1).x;
  for (uint32_t step = 0; step < 20; ++step) {
    const int64_t place = (5 * step + 3) % kRows;
    for (uint32_t row = 0; row < kRows; ++row) busy.Set(row, {.seed = step}, 0, Ordinary(step + row).x, {});
    busy.Set((place + 1) % kRows, {}, 0, Hostile(step).x, {});
    busy.Set(place, settings, step, state, {});
    kernel.Step(busy);
    state.assign(busy.states().row(place).begin(), busy.states().row(place).end());
  }
  EXPECT_TRUE(SameBits(state, alone.states().row(0)));
}

}  // namespace
}  // namespace ebm
