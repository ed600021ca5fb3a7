#include "model/spec/model_spec.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <limits>
#include <string>
#include <variant>
#include <vector>

namespace ebm {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
constexpr float kInfinity = std::numeric_limits<float>::infinity();
constexpr int64_t kMaxWidth = 1 << 20;

std::vector<std::string> Labels(int count) {
  std::vector<std::string> labels;
  labels.reserve(count);
  for (int k = 0; k < count; ++k) labels.push_back(std::to_string(k));
  return labels;
}

ModelSpec Digits() {
  return {
      .input_shape = {8, 8},
      .network = MlpSpec{.hidden_widths = {512, 512, 512}},
      .activation = "elu",
      .class_labels = Labels(10),
      .columns = {{.range = {.minimum = 0.0F, .maximum = 16.0F}, .scaling = {.scale = 2.0F / 17.0F, .offset = -1.0F}}}};
}

ModelSpec Pictures() {
  ModelSpec spec = Digits();
  spec.input_shape = {3, 32, 32};
  spec.network = ResnetSpec{.hidden_widths = {16, 32, 64}, .blocks_per_group = 2};
  return spec;
}

MlpSpec& Mlp(ModelSpec& spec) { return std::get<MlpSpec>(spec.network); }
ResnetSpec& Resnet(ModelSpec& spec) { return std::get<ResnetSpec>(spec.network); }

// A change that makes a valid spec invalid, and two things that the error must name.
struct Refusal {
  std::function<void(ModelSpec&)> spoil;
  std::string field;
  std::string value_or_limit;
};

void ExpectRefused(const Refusal& refusal, ModelSpec spec = Digits()) {
  refusal.spoil(spec);
  const absl::Status status = spec.Validate();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << refusal.field << ": " << refusal.value_or_limit;
  EXPECT_THAT(std::string(status.message()), AllOf(HasSubstr(refusal.field), HasSubstr(refusal.value_or_limit)));
}

TEST(ModelSpecTest, AcceptsTheDigitsModel) {
  EXPECT_TRUE(Digits().Validate().ok()) << Digits().Validate();
  EXPECT_EQ(Digits().dimension(), 64);
  EXPECT_EQ(Digits().num_classes(), 10);
}

TEST(FindFamilyTest, NamesAnUnknownFamilyAndTheKnownOnes) {
  EXPECT_EQ(FamilyOf(*FindFamily("jem_resnet")), std::string("jem_resnet"));
  for (const char* unknown : {"", "hopfield", "jem_mlp "}) {
    const absl::Status status = FindFamily(unknown).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
    EXPECT_THAT(std::string(status.message()),
                HasSubstr("family is \"" + std::string(unknown) + "\"; the known ones are: jem_mlp, jem_resnet"));
  }
}

TEST(ModelSpecTest, RefusesAnAbsurdInputShape) {
  const std::vector<Refusal> refusals = {
      {[](ModelSpec& s) { s.input_shape = {}; }, "input_shape", "1 to 4"},
      {[](ModelSpec& s) {
         s.input_shape = {2, 2, 2, 2, 2};
       },
       "input_shape", "has 5"},
      {[](ModelSpec& s) {
         s.input_shape = {8, 0};
       },
       "input_shape", "holds 0"},
      {[](ModelSpec& s) {
         s.input_shape = {-8, -8};
       },
       "input_shape", "holds -8"},
      {[](ModelSpec& s) { s.input_shape = {kMaxWidth + 1}; }, "input_shape", "holds 1048577"},
      {[](ModelSpec& s) {
         s.input_shape = {1024, 1025};
       },
       "input_shape", "1048576"},
      {[](ModelSpec& s) { s.input_shape = {std::numeric_limits<int64_t>::max()}; }, "input_shape",
       "9223372036854775807"},
      {[](ModelSpec& s) {
         s.input_shape = {kMaxWidth, kMaxWidth, kMaxWidth, kMaxWidth};
       },
       "input_shape", "1048576"},
  };
  for (const Refusal& refusal : refusals) ExpectRefused(refusal);
}

TEST(ModelSpecTest, RefusesAbsurdHiddenWidths) {
  const std::vector<Refusal> refusals = {
      {[](ModelSpec& s) { Mlp(s).hidden_widths = {}; }, "hidden_widths", "1 to 64"},
      {[](ModelSpec& s) { Mlp(s).hidden_widths.assign(65, 1); }, "hidden_widths", "has 65"},
      {[](ModelSpec& s) {
         Mlp(s).hidden_widths = {512, 0};
       },
       "hidden_widths", "holds 0"},
      {[](ModelSpec& s) { Mlp(s).hidden_widths = {-1}; }, "hidden_widths", "holds -1"},
      {[](ModelSpec& s) { Mlp(s).hidden_widths = {kMaxWidth + 1}; }, "hidden_widths", "holds 1048577"},
  };
  for (const Refusal& refusal : refusals) ExpectRefused(refusal);
}

TEST(ModelSpecTest, RefusesLabelsThatAreNotClasses) {
  const std::vector<Refusal> refusals = {
      {[](ModelSpec& s) { s.class_labels = {}; }, "class_labels", "has 0"},
      {[](ModelSpec& s) { s.class_labels = Labels(65537); }, "class_labels", "has 65537"},
      {[](ModelSpec& s) {
         s.class_labels = {"cat", "dog", "cat"};
       },
       "class_labels", "\"cat\""},
  };
  for (const Refusal& refusal : refusals) ExpectRefused(refusal);
}

TEST(ModelSpecTest, RefusesARangeThatIsNotAnInterval) {
  const std::vector<Refusal> refusals = {
      {[](ModelSpec& s) {
         s.columns.front().range = {16.0F, 0.0F};
       },
       "data_range", "[16, 0]"},
      {[](ModelSpec& s) {
         s.columns.front().range = {3.0F, 3.0F};
       },
       "data_range", "[3, 3]"},
      {[](ModelSpec& s) { s.columns.front().range.minimum = kNan; }, "data_range", "nan"},
      {[](ModelSpec& s) { s.columns.front().range.maximum = kInfinity; }, "data_range", "inf"},
      {[](ModelSpec& s) { s.columns.front().range.minimum = -kInfinity; }, "data_range", "-inf"},
  };
  for (const Refusal& refusal : refusals) ExpectRefused(refusal);
}

TEST(ModelSpecTest, RefusesAScalingThatCannotBeUndone) {
  const std::vector<Refusal> refusals = {
      {[](ModelSpec& s) { s.columns.front().scaling.scale = 0.0F; }, "scaling", "scale other than 0"},
      {[](ModelSpec& s) { s.columns.front().scaling.scale = kNan; }, "scaling", "nan"},
      {[](ModelSpec& s) { s.columns.front().scaling.scale = kInfinity; }, "scaling", "inf"},
      {[](ModelSpec& s) { s.columns.front().scaling.offset = kNan; }, "scaling", "nan"},
  };
  for (const Refusal& refusal : refusals) ExpectRefused(refusal);
}

// D = 127 and one hidden layer of 2^20 units need 2^27 numbers; K outputs need K (2^20 + 1) more.
TEST(ModelSpecTest, RefusesANetworkOverTheParameterLimitAndTakesOneJustUnderIt) {
  ModelSpec spec = Digits();
  spec.input_shape = {127};
  Mlp(spec).hidden_widths = {kMaxWidth};
  spec.class_labels = Labels(127);
  EXPECT_TRUE(spec.Validate().ok()) << spec.Validate();
  spec.class_labels = Labels(128);
  EXPECT_THAT(std::string(spec.Validate().message()), HasSubstr("268435456"));
  Mlp(spec).hidden_widths.assign(64, kMaxWidth);
  EXPECT_FALSE(spec.Validate().ok());
}

TEST(ModelSpecTest, AcceptsResidualNetworksOnPicturesOfAnyNumberOfChannels) {
  ModelSpec spec = Pictures();
  EXPECT_TRUE(spec.Validate().ok()) << spec.Validate();
  spec.input_shape = {28, 28};
  EXPECT_TRUE(spec.Validate().ok()) << spec.Validate();
  spec.input_shape = {1, 1};
  EXPECT_TRUE(spec.Validate().ok()) << spec.Validate();
}

TEST(ModelSpecTest, RefusesResidualNetworksThatCannotBe) {
  const std::vector<Refusal> refusals = {
      {[](ModelSpec& s) { s.input_shape = {64}; }, "input_shape", "has 1 entries"},
      {[](ModelSpec& s) {
         s.input_shape = {2, 3, 4, 4};
       },
       "input_shape", "has 4 entries"},
      {[](ModelSpec& s) { Resnet(s).blocks_per_group = 0; }, "blocks_per_group", "1 to 64"},
      {[](ModelSpec& s) { Resnet(s).blocks_per_group = 65; }, "blocks_per_group", "is 65"},
      {[](ModelSpec& s) { Resnet(s).stem_stride = 0; }, "stem_stride is 0", "1 to 4"},
      {[](ModelSpec& s) { Resnet(s).stem_stride = 5; }, "stem_stride is 5", "1 to 4"},
      {[](ModelSpec& s) { Resnet(s).hidden_widths[1] = 12; }, "hidden_widths", "holds 12; family jem_resnet"},
      {[](ModelSpec& s) {
         s.input_shape = {1024, 1024};
       },
       "activations", "4194304"},
      {[](ModelSpec& s) { Resnet(s).hidden_widths.assign(64, kMaxWidth); }, "activations", "4194304"},
      {[](ModelSpec& s) {
         s.input_shape = {1, 1};
         Resnet(s).hidden_widths = {1 << 13, 1 << 13};
       },
       "parameters", "268435456"},
  };
  for (const Refusal& refusal : refusals) ExpectRefused(refusal, Pictures());
}

TEST(ModelSpecTest, AcceptsEveryBase) {
  ModelSpec spec = Digits();
  for (const char* base : {"", kGaussianBase, kClassGaussiansBase}) {
    spec.base = base;
    EXPECT_TRUE(spec.Validate().ok()) << base;
  }
  spec.base_evidence = 1;
  EXPECT_TRUE(spec.Validate().ok());
}

TEST(ModelSpecTest, RefusesBasesThatCannotBe) {
  const std::vector<Refusal> refusals = {
      {[](ModelSpec& s) { s.base = "students"; }, "base is \"students\"", "gaussian, class_gaussians"},
      {[](ModelSpec& s) { s.base = kGaussianBase, s.base_evidence = 0.5F; }, "base_evidence is 0.5", "0 to 0"},
      {[](ModelSpec& s) { s.base_evidence = 0.5F; }, "base_evidence is 0.5", "0 to 0"},
      {[](ModelSpec& s) { s.base = kClassGaussiansBase, s.base_evidence = 1.5F; }, "base_evidence is 1.5", "0 to 1"},
      {[](ModelSpec& s) { s.base = kClassGaussiansBase, s.base_evidence = kNan; }, "base_evidence is nan", "0 to 1"},
      {[](ModelSpec& s) { s.columns.front().step = -1; }, "data_step is -1", "at least 0"},
      {[](ModelSpec& s) { s.columns.front().step = kInfinity; }, "data_step is inf", "at least 0"},
  };
  for (const Refusal& refusal : refusals) ExpectRefused(refusal);
}

TEST(ModelSpecTest, RefusesColumnsThatDoNotDescribeARow) {
  const DataColumn binary = {.kind = ColumnKind::kBinary, .step = 1, .values = {{"no", 0}, {"yes", 1}}};
  const DataColumn skewed = {.power = PowerTransform{.lambda = 0.5F}};
  const std::vector<Refusal> refusals = {
      {[](ModelSpec& s) { s.columns.clear(); }, "columns has 0 inputs", "64"},
      {[](ModelSpec& s) { s.columns.resize(3); }, "columns has 3 inputs", "64"},
      {[](ModelSpec& s) { s.columns = {{.name = "id", .kind = ColumnKind::kIgnored}}; }, "columns has 0 inputs", "64"},
      {[](ModelSpec& s) {
         s.columns = {{.name = "a"}, {.name = "a"}};
       },
       "columns", "\"a\" twice"},
      {[&](ModelSpec& s) { s.columns = {binary}; }, "column 1: a binary column describes one value", "64 values"},
      {[&](ModelSpec& s) {
         s.columns = {skewed};
         s.columns[0].power->lambda = 2.5F;
       },
       "column 1: lambda is 2.5", "0 to 2"},
      {[&](ModelSpec& s) {
         s.columns = {skewed};
         s.columns[0].step = 1;
       },
       "column 1: power", "data_step"},
      {[&](ModelSpec& s) {
         s.columns = {skewed};
         s.columns[0].power->outer.scale = 0;
       },
       "column 1: outer scaling", "scale other than 0"},
  };
  for (const Refusal& refusal : refusals) ExpectRefused(refusal);
}

TEST(ModelSpecTest, RefusesCategoriesWhoseValuesCannotBeTold) {
  ModelSpec spec = Digits();
  spec.input_shape = {1};
  const auto with = [](const std::vector<CategoryValue>& values) {
    return [values](ModelSpec& s) {
      s.columns = {{.name = "c", .kind = ColumnKind::kCategory, .step = 1, .values = values}};
    };
  };
  const std::vector<Refusal> refusals = {
      {with({}), "column 'c': values has 0 entries", "1 to 4096"},
      {with({{"a", 0}}), "column 'c': values has 1 entries", "at least 2"},
      {with({{"a", 0}, {"a", 1}}), "'a' with the code 1", "differ"},
      {with({{"a", 0}, {"b", 0}}), "'b' with the code 0", "differ"},
      {with({{"a", 0}, {"b", kNan}}), "'b' with the code nan", "finite"},
  };
  for (const Refusal& refusal : refusals) ExpectRefused(refusal, spec);
}

// Ten classes of 20000 x 20000 numbers would be 16 GB of whitening.
TEST(ModelSpecTest, ABaseCountsAmongTheParameters) {
  ModelSpec spec = Digits();
  spec.input_shape = {20000};
  EXPECT_TRUE(spec.Validate().ok());
  ExpectRefused({[](ModelSpec& s) { s.base = kClassGaussiansBase; }, "parameters", "268435456"}, spec);
}

TEST(DataScalingTest, ToDataUndoesToScaled) {
  const DataScaling scaling = Digits().columns.front().scaling;
  EXPECT_EQ(scaling.ToScaled(0.0F), -1.0F);
  constexpr float kRounding = 4 * 0x1p-24F;  // three roundings and one in reserve, relative to the largest term
  for (float value = 0; value <= 16; ++value) {
    EXPECT_NEAR(scaling.ToData(scaling.ToScaled(value)), value, kRounding * (value + 17.0F / 2.0F));
  }
}

}  // namespace
}  // namespace ebm
