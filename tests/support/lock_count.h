// Counts every acquisition of a std::mutex by the program that links lock_count.cc.

#ifndef EBM_TESTS_SUPPORT_LOCK_COUNT_H_
#define EBM_TESTS_SUPPORT_LOCK_COUNT_H_

#include <cstdint>

namespace ebm {

// Acquisitions so far, by all threads.
int64_t CountLocks();

}  // namespace ebm

#endif  // EBM_TESTS_SUPPORT_LOCK_COUNT_H_
