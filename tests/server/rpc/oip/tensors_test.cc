#include "server/rpc/oip/tensors.h"

#include <functional>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/server/rpc/oip/requests.h"

namespace ebm::rpc::oip {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr absl::string_view kNames[] = {"x", "mask"};

std::string Refusal(const std::function<void(wire::ModelInferRequest&)>& change) {
  wire::ModelInferRequest request = RowsRequest({1, 2, 3, 4});
  change(request);
  const auto inputs = Inputs::Read(request, kNames);
  EXPECT_EQ(inputs.status().code(), absl::StatusCode::kInvalidArgument);
  return std::string(inputs.status().message());
}

TEST(TensorsTest, RawContentsAreViewed) {
  wire::ModelInferRequest request = RowsRequest({1, 2, 3, 4});
  const auto inputs = Inputs::Read(request, kNames);
  ASSERT_TRUE(inputs.ok()) << inputs.status();
  const inference::TensorView* const x = inputs->Find("x");
  ASSERT_NE(x, nullptr);
  EXPECT_EQ(x->bytes.data(), request.raw_input_contents(0).data());
  EXPECT_THAT(x->shape, ElementsAre(1, 4));
  EXPECT_EQ(inputs->Find("mask"), nullptr);
}

TEST(TensorsTest, TypedContentsAreWhatRawOnesWouldBe) {
  wire::ModelInferRequest request;
  for (const float value : {1.5F, -2.0F}) {
    auto& input = request.inputs_size() == 0 ? AddInput(request, "x", "FP32", {1, 2}) : *request.mutable_inputs(0);
    input.mutable_contents()->add_fp32_contents(value);
  }
  auto& mask = AddInput(request, "mask", "UINT8", {2});
  mask.mutable_contents()->add_uint_contents(0);
  mask.mutable_contents()->add_uint_contents(255);
  auto read = Inputs::Read(request, kNames);
  ASSERT_TRUE(read.ok()) << read.status();
  const Inputs inputs = *std::move(read);
  EXPECT_EQ(inputs.Find("x")->bytes, Bytes({1.5F, -2.0F}));
  EXPECT_EQ(inputs.Find("mask")->type, inference::ElementType::kUint8);
  EXPECT_EQ(inputs.Find("mask")->bytes, absl::string_view("\x00\xFF", 2));
}

TEST(TensorsTest, AnInputHasOneKindOfContents) {
  EXPECT_THAT(Refusal([](auto& request) { request.mutable_inputs(0)->mutable_contents()->add_fp32_contents(1); }),
              HasSubstr("inputs[0].contents: set, must be unset"));
}

TEST(TensorsTest, RawContentsAreAsManyAsInputs) {
  EXPECT_THAT(Refusal([](auto& request) { request.add_raw_input_contents("abcd"); }),
              HasSubstr("raw_input_contents: 2 entries, must be as many as inputs, 1"));
  EXPECT_THAT(Refusal([](auto& request) { AddInput(request, "mask", "UINT8", {4}); }),
              HasSubstr("raw_input_contents: 1 entries, must be as many as inputs, 2"));
}

TEST(TensorsTest, TypedContentsAreOfTheirType) {
  const auto typed = [](auto change) {
    return Refusal([&](wire::ModelInferRequest& request) {
      request.clear_raw_input_contents();
      change(*request.mutable_inputs(0));
    });
  };
  EXPECT_THAT(typed([](auto& input) { input.mutable_contents()->add_int_contents(1); }), HasSubstr("fp32_contents"));
  EXPECT_THAT(typed([](auto& input) {
                input.set_datatype("UINT8");
                input.mutable_contents()->add_uint_contents(256);
              }),
              HasSubstr("inputs[0].contents: has 256, must be at most 255"));
  EXPECT_THAT(typed([](auto& input) {
                input.mutable_contents()->add_fp32_contents(1);
                input.mutable_contents()->add_bytes_contents("1");
              }),
              HasSubstr("of another type"));
}

TEST(TensorsTest, OtherTypesAndNamesAreRefused) {
  EXPECT_THAT(Refusal([](auto& request) { request.mutable_inputs(0)->set_datatype("FP64"); }),
              HasSubstr("inputs[0].datatype: 'FP64', must be FP32 or UINT8"));
  EXPECT_THAT(Refusal([](auto& request) { request.mutable_inputs(0)->set_name("y"); }),
              HasSubstr("inputs[0].name: 'y', must be one of: x, mask"));
  EXPECT_THAT(Refusal([](auto& request) {
                AddRawInput(request, "x", {1, 4}, {1, 2, 3, 4});
              }),
              HasSubstr("inputs[1].name: 'x', which an earlier input has"));
}

TEST(TensorsTest, SharedMemoryIsRefused) {
  EXPECT_THAT(Refusal([](auto& request) {
                (*request.mutable_inputs(0)->mutable_parameters())["shared_memory_region"].set_string_param("r");
              }),
              HasSubstr("no shared memory"));
  wire::ModelInferRequest request = RowsRequest({1, 2, 3, 4}, {"class"});
  (*request.mutable_outputs(0)->mutable_parameters())["shared_memory_region"].set_string_param("r");
  EXPECT_THAT(std::string(CheckNoParameters(request.outputs(0)).message()), HasSubstr("outputs.parameters"));
}

TEST(TensorsTest, ACallersTextIsEscapedAndCut) {
  EXPECT_EQ(Quoted("a\nb"), "'a\\nb'");
  EXPECT_EQ(Quoted(std::string(100, 'a')), "'" + std::string(64, 'a') + "...'");
}

}  // namespace
}  // namespace ebm::rpc::oip
