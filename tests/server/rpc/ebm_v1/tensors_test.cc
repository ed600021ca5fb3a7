#include "server/rpc/ebm_v1/tensors.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/server/rpc/ebm_v1/test_model.h"

namespace ebm::rpc::ebm_v1 {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string MessageFor(const v1::Tensor& tensor) { return std::string(ViewOf(tensor, "inputs").status().message()); }

TEST(ViewOfTest, SeesTheTensorsElements) {
  const v1::Tensor floats = FloatTensor({1, 2}, {1, 2});
  const auto view = ViewOf(floats, "inputs");
  ASSERT_TRUE(view.ok());
  EXPECT_EQ(view->type, inference::ElementType::kFloat32);
  EXPECT_THAT(view->shape, ElementsAre(1, 2));
  EXPECT_EQ(view->bytes.data(), floats.data().data());
  EXPECT_EQ(ViewOf(ByteTensor({2}, "ab"), "inputs")->type, inference::ElementType::kUint8);
}

TEST(ViewOfTest, RefusesAnEmptyTensorAndUnknownTypes) {
  EXPECT_EQ(MessageFor({}), "inputs: empty, must have a data type, a shape and data");
  v1::Tensor tensor = FloatTensor({1, 2}, {1, 2});
  tensor.set_data_type(v1::DATA_TYPE_UNSPECIFIED);
  EXPECT_EQ(MessageFor(tensor),
            "inputs.data_type: DATA_TYPE_UNSPECIFIED, must be DATA_TYPE_FLOAT32 or DATA_TYPE_UINT8");
  tensor.set_data_type(static_cast<v1::DataType>(77));
  EXPECT_THAT(MessageFor(tensor), HasSubstr("inputs.data_type: 77"));
}

TEST(EncodeFloatsTest, IsWhatViewOfSees) {
  const v1::Tensor tensor = EncodeFloats(std::vector<float>{0, 1.5F, 4, 3}, 2);
  EXPECT_THAT(tensor.shape(), ElementsAre(2, 2));
  EXPECT_THAT(inference::DataValues(*ViewOf(tensor, "states")), ElementsAre(0, 1.5F, 4, 3));
}

}  // namespace
}  // namespace ebm::rpc::ebm_v1
