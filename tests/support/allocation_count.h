// Counts every allocation of the program that links allocation_count.cc.

#ifndef EBM_TESTS_SUPPORT_ALLOCATION_COUNT_H_
#define EBM_TESTS_SUPPORT_ALLOCATION_COUNT_H_

#include <cstdint>

namespace ebm {

// Calls of operator new so far, by all threads.
int64_t CountAllocations();

}  // namespace ebm

#endif  // EBM_TESTS_SUPPORT_ALLOCATION_COUNT_H_
