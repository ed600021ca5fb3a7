#include "tests/support/lock_count.h"

#include <dlfcn.h>
#include <pthread.h>

#include <array>
#include <atomic>
#include <cstddef>

namespace {

// One counter per thread, so that counting does not slow other threads down; threads beyond their number share.
struct alignas(64) Counter {
  std::atomic<int64_t> locks = 0;
};

std::array<Counter, 64> counters;
std::atomic<size_t> threads = 0;

Counter& OfThisThread() {
  thread_local const size_t index = threads++ % counters.size();
  return counters[index];
}

using LockFunction = int (*)(pthread_mutex_t*);

}  // namespace

namespace ebm {

int64_t CountLocks() {
  int64_t sum = 0;
  for (const Counter& counter : counters) sum += counter.locks;
  return sum;
}

}  // namespace ebm

// Takes the place of the C library's function for the whole program.
extern "C" int pthread_mutex_lock(pthread_mutex_t* mutex) {
  static const auto lock = reinterpret_cast<LockFunction>(dlsym(RTLD_NEXT, "pthread_mutex_lock"));
  OfThisThread().locks.fetch_add(1, std::memory_order_relaxed);
  return lock(mutex);
}
