#include "model/spec/parameter_layout.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace ebm {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

ModelSpec Mlp() {
  return {.input_shape = {2, 3},
          .network = MlpSpec{.hidden_widths = {5, 4}},
          .activation = "elu",
          .class_labels = {"a", "b", "c"}};
}

ModelSpec Resnet(const ResnetSpec& network = {.hidden_widths = {8, 16}, .blocks_per_group = 2}) {
  return {.input_shape = {3, 9, 8}, .network = network, .activation = "silu", .class_labels = {"a", "b", "c"}};
}

// "name shape fan-in".
std::vector<std::string> Lines(const std::vector<ParameterShape>& layout) {
  std::vector<std::string> lines;
  lines.reserve(layout.size());
  for (const ParameterShape& parameter : layout) {
    lines.push_back(absl::StrCat(parameter.name, " ", absl::StrJoin(parameter.shape, "x"), " ", parameter.fan_in));
  }
  return lines;
}

std::vector<NamedTensor> TensorsOf(const ModelSpec& spec) {
  std::vector<NamedTensor> tensors;
  for (const ParameterShape& parameter : ParameterLayout(spec)) {
    const std::vector<float> values(parameter.count());
    tensors.push_back({.name = parameter.name, .shape = parameter.shape, .values = values});
  }
  return tensors;
}

TEST(ParameterLayoutTest, APerceptronsLayers) {
  EXPECT_THAT(Lines(ParameterLayout(Mlp())),
              ElementsAre("layers.0.weight 5x6 6", "layers.0.bias 5 6", "layers.1.weight 4x5 5", "layers.1.bias 4 5",
                          "layers.2.weight 3x4 4", "layers.2.bias 3 4"));
}

TEST(ParameterLayoutTest, AResidualNetworksLayers) {
  EXPECT_THAT(Lines(ParameterLayout(Resnet())),
              ElementsAre("stem.weight 8x3x3x3 27", "stem.bias 8 27",                                              //
                          "groups.0.blocks.0.conv1.weight 8x8x3x3 72", "groups.0.blocks.0.conv1.bias 8 72",        //
                          "groups.0.blocks.0.conv2.weight 8x8x3x3 72", "groups.0.blocks.0.conv2.bias 8 72",        //
                          "groups.0.blocks.1.conv1.weight 8x8x3x3 72", "groups.0.blocks.1.conv1.bias 8 72",        //
                          "groups.0.blocks.1.conv2.weight 8x8x3x3 72", "groups.0.blocks.1.conv2.bias 8 72",        //
                          "groups.1.blocks.0.conv1.weight 16x8x3x3 72", "groups.1.blocks.0.conv1.bias 16 72",      //
                          "groups.1.blocks.0.conv2.weight 16x16x3x3 144", "groups.1.blocks.0.conv2.bias 16 144",   //
                          "groups.1.blocks.0.shortcut.weight 16x8x1x1 8", "groups.1.blocks.0.shortcut.bias 16 8",  //
                          "groups.1.blocks.1.conv1.weight 16x16x3x3 144", "groups.1.blocks.1.conv1.bias 16 144",   //
                          "groups.1.blocks.1.conv2.weight 16x16x3x3 144", "groups.1.blocks.1.conv2.bias 16 144",   //
                          "head.weight 3x16 16", "head.bias 3 16"));
}

TEST(ParameterLayoutTest, AStemsWeightsCoverItsStrideToEitherSide) {
  const ModelSpec spec = Resnet({.hidden_widths = {8, 16}, .blocks_per_group = 2, .stem_stride = 2});
  EXPECT_EQ(Lines(ParameterLayout(spec)).front(), "stem.weight 8x3x5x5 75");
}

TEST(ParameterLayoutTest, TheFirstBlockOfEveryGroupButTheFirstHalvesTheImage) {
  std::vector<int64_t> strides;
  for (const ResidualBlock& block : ResidualBlocks({.hidden_widths = {8, 16}, .blocks_per_group = 2}))
    strides.push_back(block.stride);
  EXPECT_THAT(strides, ElementsAre(1, 1, 2, 1));
}

// Without the projection, h and the block's output would have different shapes.
TEST(ParameterLayoutTest, ABlockThatChangesTheShapeProjectsItsShortcut) {
  const ResnetSpec network = {.hidden_widths = {8, 8}, .blocks_per_group = 2};
  std::vector<bool> projects;
  for (const ResidualBlock& block : ResidualBlocks(network)) projects.push_back(block.projects);
  EXPECT_THAT(projects, ElementsAre(false, false, true, false));
}

TEST(ParameterLayoutTest, FindsTensorsInAnyOrder) {
  for (const ModelSpec& spec : {Mlp(), Resnet()}) {
    std::vector<NamedTensor> tensors = TensorsOf(spec);
    std::ranges::reverse(tensors);
    const auto found = FindParameters(spec, tensors);
    ASSERT_TRUE(found.ok()) << found.status();
    const std::vector<ParameterShape> layout = ParameterLayout(spec);
    ASSERT_EQ(found->size(), layout.size());
    for (size_t p = 0; p < layout.size(); ++p) EXPECT_EQ((*found)[p]->name, layout[p].name);
  }
}

TEST(ParameterLayoutTest, NamesATensorOfAnotherKernelSize) {
  std::vector<NamedTensor> tensors = TensorsOf(Resnet());
  tensors[0].shape = {8, 3, 1, 9};
  const auto found = FindParameters(Resnet(), tensors);
  EXPECT_THAT(std::string(found.status().message()), HasSubstr("stem.weight has shape [8, 3, 1, 9]"));
}

}  // namespace
}  // namespace ebm
