// The frames of one Sample call that its reader has not taken yet. The queue is small, so that a slow reader uses
// little memory and its chains are parked soon.
//
// Threads: not thread-safe; the owner locks.

#ifndef EBM_SERVER_INFERENCE_FRAME_QUEUE_H_
#define EBM_SERVER_INFERENCE_FRAME_QUEUE_H_

#include <cstddef>
#include <deque>

#include "server/batching/result_sink.h"

namespace ebm::inference {

class FrameQueue {
 public:
  static constexpr size_t kMaxFrames = 8;
  static constexpr size_t kMaxBytes = size_t{1} << 20;

  // The bytes of the states that the queue holds at most, if no frame has more than frame_bytes.
  static size_t MostBytes(size_t frame_bytes);

  // Moves from the frame and returns true; or, if there is no room, leaves it unchanged and returns false. An empty
  // queue takes a frame of any size.
  bool Push(batching::Frame& frame);

  // REQUIRES: not empty.
  batching::Frame Pop();

  void Clear();

  bool empty() const { return frames_.empty(); }
  // At most half full. Chains are resumed only then, so that they do not resume and park for every single frame.
  bool HasAmpleRoom() const { return frames_.size() <= kMaxFrames / 2 && bytes_ <= kMaxBytes / 2; }

 private:
  std::deque<batching::Frame> frames_;
  size_t bytes_ = 0;  // of the states in frames_
};

}  // namespace ebm::inference

#endif  // EBM_SERVER_INFERENCE_FRAME_QUEUE_H_
