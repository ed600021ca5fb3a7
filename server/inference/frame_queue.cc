#include "server/inference/frame_queue.h"

#include <algorithm>
#include <utility>

namespace ebm::inference {
namespace {

size_t Bytes(const batching::Frame& frame) { return frame.states.size() * sizeof(float); }

}  // namespace

size_t FrameQueue::MostBytes(size_t frame_bytes) {
  return std::max(frame_bytes, std::min(kMaxBytes, kMaxFrames * frame_bytes));
}

bool FrameQueue::Push(batching::Frame& frame) {
  const size_t bytes = Bytes(frame);
  const bool room = frames_.size() < kMaxFrames && bytes_ + bytes <= kMaxBytes;
  if (!room && !frames_.empty()) return false;
  bytes_ += bytes;
  frames_.push_back(std::move(frame));
  return true;
}

batching::Frame FrameQueue::Pop() {
  batching::Frame frame = std::move(frames_.front());
  frames_.pop_front();
  bytes_ -= Bytes(frame);
  return frame;
}

void FrameQueue::Clear() {
  frames_.clear();
  bytes_ = 0;
}

}  // namespace ebm::inference
