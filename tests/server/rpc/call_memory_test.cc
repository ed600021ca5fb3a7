#include "server/rpc/call_memory.h"

#include <utility>

#include "gtest/gtest.h"
#include "server/catalog/model_chain_settings.h"
#include "server/rpc/frame_queue.h"
#include "tests/server/rpc/resolved_request.h"

namespace ebm::rpc {
namespace {

constexpr uint64_t kRowBytes = 4 * sizeof(float);

TEST(CallMemoryTest, CountsTheRequestTheFramesThatWaitAndTheOneBeingWritten) {
  const auto model = MakeTestModel();
  v1::SampleRequest request = Chains(3);
  const ResolvedSample sample = Resolve(request).value();
  EXPECT_EQ(BytesOfCall(request, sample, *model), request.SpaceUsedLong() + sizeof(catalog::ModelChainSettings) +
                                                      FrameQueue::MostBytes(3 * kRowBytes) + 3 * kRowBytes);
}

TEST(CallMemoryTest, CountsHeldValues) {
  const auto model = MakeTestModel();
  v1::SampleRequest request = Chains(3);
  ResolvedSample sample = Resolve(request).value();
  const uint64_t plain = BytesOfCall(request, sample, *model);
  sample.held = {.free = std::vector<uint8_t>(4), .given = std::vector<float>(12)};
  EXPECT_EQ(BytesOfCall(request, sample, *model), plain + 4 + 3 * kRowBytes);
}

TEST(CallMemoryTest, CountsTheRowsOfARequestAndItsResponse) {
  const auto model = MakeTestModel();
  v1::ScoreRequest request;
  *request.mutable_inputs() = FloatTensor({100, 4}, std::vector<float>(400));
  const batching::RowTask task = {.rows = std::vector<float>(400)};
  const uint64_t bytes = BytesOfCall(request, task, *model);
  EXPECT_GE(bytes, 100 * (4 + 3 + 7) * sizeof(float)) << "inputs, joint log densities, and seven other results";
  request.set_include_normalized_log_density(true);
  EXPECT_EQ(BytesOfCall(request, task, *model), bytes + 100 * kRowBytes) << "the rows are kept for ln p(x)";

  v1::ClassifyRequest classify;
  *classify.mutable_inputs() = request.inputs();
  EXPECT_GE(BytesOfCall(classify, task, *model), 100 * (4 + 3 + 1) * sizeof(float));
}

}  // namespace
}  // namespace ebm::rpc
