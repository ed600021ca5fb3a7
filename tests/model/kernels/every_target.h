// Runs a check under every instruction set that this machine has, since each has a kernel of its own.

#ifndef EBM_TESTS_MODEL_KERNELS_EVERY_TARGET_H_
#define EBM_TESTS_MODEL_KERNELS_EVERY_TARGET_H_

#include <cstdint>
#include <vector>

#include "gtest/gtest.h"
#include "hwy/targets.h"

namespace ebm::kernels {

// The instruction sets that have a fused multiply-add.
inline constexpr int64_t kFusedTargets = HWY_AVX2 | HWY_AVX3 | HWY_AVX3_DL | HWY_NEON;

template <typename Check>
void ForEveryTarget(Check check) {
  for (const int64_t target : hwy::SupportedAndGeneratedTargets()) {
    SCOPED_TRACE(hwy::TargetName(target));
    hwy::SetSupportedTargetsForTest(target);
    hwy::GetChosenTarget().Update(hwy::SupportedTargets());
    check(target);
  }
  hwy::SetSupportedTargetsForTest(0);
  hwy::GetChosenTarget().Update(hwy::SupportedTargets());
}

}  // namespace ebm::kernels

#endif  // EBM_TESTS_MODEL_KERNELS_EVERY_TARGET_H_
