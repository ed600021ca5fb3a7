#include "server/inference/frame_queue.h"

#include "gtest/gtest.h"

namespace ebm::inference {
namespace {

batching::Frame FrameOf(uint32_t step, size_t floats) {
  batching::Frame frame;
  frame.step = step;
  frame.states.resize(floats);
  return frame;
}

TEST(FrameQueueTest, ReturnsFramesInOrder) {
  FrameQueue queue;
  for (uint32_t step : {1, 2, 3}) {
    batching::Frame frame = FrameOf(step, 4);
    ASSERT_TRUE(queue.Push(frame));
  }
  for (uint32_t step : {1, 2, 3}) EXPECT_EQ(queue.Pop().step, step);
  EXPECT_TRUE(queue.empty());
}

TEST(FrameQueueTest, RefusesFramesBeyondItsCountAndLeavesThemUnchanged) {
  FrameQueue queue;
  for (size_t i = 0; i < FrameQueue::kMaxFrames; ++i) {
    batching::Frame frame = FrameOf(1, 4);
    ASSERT_TRUE(queue.Push(frame));
  }
  batching::Frame frame = FrameOf(9, 4);
  EXPECT_FALSE(queue.Push(frame));
  EXPECT_EQ(frame.states.size(), 4);
}

TEST(FrameQueueTest, RefusesFramesBeyondItsBytesUntilThereIsRoom) {
  FrameQueue queue;
  const size_t most = FrameQueue::kMaxBytes / sizeof(float);
  batching::Frame first = FrameOf(1, most - 1);
  batching::Frame second = FrameOf(2, 2);
  ASSERT_TRUE(queue.Push(first));
  EXPECT_FALSE(queue.Push(second));
  queue.Pop();
  EXPECT_TRUE(queue.Push(second));
}

TEST(FrameQueueTest, NeverHoldsMoreThanItStates) {
  constexpr size_t kAll = FrameQueue::kMaxBytes / sizeof(float);
  for (const size_t floats : {size_t{1}, size_t{100}, kAll / 8, kAll / 4 + 1, kAll, 3 * kAll}) {
    FrameQueue queue;
    size_t held = 0;
    for (batching::Frame frame = FrameOf(1, floats); queue.Push(frame); frame = FrameOf(1, floats)) {
      held += floats * sizeof(float);
    }
    EXPECT_LE(held, FrameQueue::MostBytes(floats * sizeof(float))) << floats;
    EXPECT_LE(FrameQueue::MostBytes(floats * sizeof(float)), FrameQueue::kMaxFrames * floats * sizeof(float));
  }
}

TEST(FrameQueueTest, AnEmptyQueueTakesAnySize) {
  FrameQueue queue;
  batching::Frame huge = FrameOf(1, FrameQueue::kMaxBytes);
  EXPECT_TRUE(queue.Push(huge));
  EXPECT_FALSE(queue.HasAmpleRoom());
  queue.Clear();
  EXPECT_TRUE(queue.HasAmpleRoom());
}

}  // namespace
}  // namespace ebm::inference
