// Counts the threads that take part in a piece of work: each waits at its first arrival for the others, so that no
// thread can do the work of one that has not begun.

#ifndef EBM_TESTS_SUPPORT_RENDEZVOUS_H_
#define EBM_TESTS_SUPPORT_RENDEZVOUS_H_

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <set>
#include <thread>

namespace ebm::testing {

class Rendezvous {
 public:
  explicit Rendezvous(size_t expected) : expected_(expected) {}

  // Returns once `expected` threads have arrived, or after a timeout that is long enough for any machine.
  void Arrive() {
    std::unique_lock lock(mu_);
    threads_.insert(std::this_thread::get_id());
    if (threads_.size() >= expected_ || given_up_) return all_here_.notify_all();
    given_up_ =
        !all_here_.wait_for(lock, std::chrono::seconds(20), [&] { return threads_.size() >= expected_ || given_up_; });
  }

  // The number of different threads that have arrived.
  size_t threads() {
    const std::lock_guard lock(mu_);
    return threads_.size();
  }

 private:
  const size_t expected_;
  std::mutex mu_;
  std::condition_variable all_here_;
  std::set<std::thread::id> threads_;
  bool given_up_ = false;
};

}  // namespace ebm::testing

#endif  // EBM_TESTS_SUPPORT_RENDEZVOUS_H_
