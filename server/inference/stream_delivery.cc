#include "server/inference/stream_delivery.h"

#include <utility>

#include "server/inference/sample_stream.h"

namespace ebm::inference {

DeliveryThreads::DeliveryThreads(int threads) {
  threads_.reserve(static_cast<size_t>(threads));
  try {
    for (int i = 0; i < threads; ++i) threads_.emplace_back([this] { Run(); });
  } catch (...) {  // the system has no more threads
    EndThreads();
    throw;
  }
}

DeliveryThreads::~DeliveryThreads() { EndThreads(); }

void DeliveryThreads::EndThreads() {
  {
    const batching::MutexLock lock(&mu_);
    ending_ = true;
    posted_.NotifyAll();
  }
  for (std::thread& thread : threads_) thread.join();
}

void DeliveryThreads::Post(std::shared_ptr<SampleStream> stream) {
  const batching::MutexLock lock(&mu_);
  streams_.push_back(std::move(stream));
  posted_.NotifyOne();
}

void DeliveryThreads::Run() {
  while (const std::shared_ptr<SampleStream> stream = Take()) stream->Advance();
}

std::shared_ptr<SampleStream> DeliveryThreads::Take() {
  const batching::MutexLock lock(&mu_);
  while (streams_.empty() && !ending_) posted_.Wait(&mu_);
  if (streams_.empty()) return nullptr;
  std::shared_ptr<SampleStream> stream = std::move(streams_.front());
  streams_.pop_front();
  return stream;
}

}  // namespace ebm::inference
