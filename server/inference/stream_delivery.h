// Threads that write the messages of sample streams, so that workers need not encode and send them: a worker only hands
// over a stream that has something to write (without memory for that, it writes itself). While a reader keeps its
// stream busy, the protocol's own threads go on writing it.

#ifndef EBM_SERVER_INFERENCE_STREAM_DELIVERY_H_
#define EBM_SERVER_INFERENCE_STREAM_DELIVERY_H_

#include <deque>
#include <memory>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "server/batching/mutex.h"

namespace ebm::inference {

class SampleStream;

// Threads: safe from any thread.
class StreamDelivery {
 public:
  virtual ~StreamDelivery() = default;

  // Has the stream's Advance called soon, once, on another thread. Returns at once.
  virtual void Post(std::shared_ptr<SampleStream> stream) = 0;
};

class DeliveryThreads final : public StreamDelivery {
 public:
  explicit DeliveryThreads(int threads);
  // Advances the streams that were posted, and ends the threads. REQUIRES: no stream is posted any more.
  ~DeliveryThreads() override;
  DeliveryThreads(const DeliveryThreads&) = delete;
  DeliveryThreads& operator=(const DeliveryThreads&) = delete;

  void Post(std::shared_ptr<SampleStream> stream) override;

 private:
  void EndThreads();
  void Run();
  // Waits for a stream; null at the end.
  std::shared_ptr<SampleStream> Take();

  batching::Mutex mu_;
  batching::CondVar posted_;  // a stream, or the end
  std::deque<std::shared_ptr<SampleStream>> streams_ ABSL_GUARDED_BY(mu_);
  bool ending_ ABSL_GUARDED_BY(mu_) = false;
  std::vector<std::thread> threads_;
};

}  // namespace ebm::inference

#endif  // EBM_SERVER_INFERENCE_STREAM_DELIVERY_H_
