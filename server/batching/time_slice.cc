#include "server/batching/time_slice.h"

#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdint>
#include <optional>

namespace ebm::batching {
namespace {

// The first version of the kernel's struct sched_attr; glibc before 2.41 has neither the struct nor the calls.
struct SchedulingAttributes {
  uint32_t size = sizeof(SchedulingAttributes);
  uint32_t policy = 0;
  uint64_t flags = 0;
  int32_t nice = 0;
  uint32_t priority = 0;
  uint64_t runtime = 0;  // nanoseconds; the time slice of a thread without a real-time policy
  uint64_t deadline = 0;
  uint64_t period = 0;
};
static_assert(sizeof(SchedulingAttributes) == 48);

constexpr pid_t kThisThread = 0;

// Empty for a thread whose policy has no time slice that can be set.
std::optional<SchedulingAttributes> AttributesOfSharedCpu() {
  SchedulingAttributes attributes;
  if (syscall(SYS_sched_getattr, kThisThread, &attributes, sizeof(attributes), 0) != 0) return std::nullopt;
  const bool shares = attributes.policy == SCHED_OTHER || attributes.policy == SCHED_BATCH;
  if (!shares) return std::nullopt;
  return attributes;
}

}  // namespace

void SetTimeSlice(absl::Duration slice) {
  std::optional<SchedulingAttributes> attributes = AttributesOfSharedCpu();
  if (!attributes) return;
  attributes->runtime = static_cast<uint64_t>(absl::ToInt64Nanoseconds(slice));
  syscall(SYS_sched_setattr, kThisThread, &*attributes, 0);
}

absl::Duration TimeSlice() {
  const std::optional<SchedulingAttributes> attributes = AttributesOfSharedCpu();
  return attributes ? absl::Nanoseconds(attributes->runtime) : absl::ZeroDuration();
}

}  // namespace ebm::batching
