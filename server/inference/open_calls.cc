#include "server/inference/open_calls.h"

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "server/inference/exhausted.h"
#include "server/inference/model_observer.h"

namespace ebm::inference {

void OpenCalls::Close::operator()(Count* count) const {
  batching::MutexLock lock(&count->mu);
  if (--count->open == 0) count->none.NotifyAll();
}

absl::StatusOr<OpenCalls::Token> OpenCalls::Open() {
  Count& count = *count_;
  {
    batching::MutexLock lock(&count.mu);
    if (count.open >= most_) {
      return ExhaustedError(Refusal::kCalls,
                            absl::StrCat("calls: ", count.open, " are open, the limit; try again later"));
    }
    ++count.open;
  }
  return Token(count_.get(), Close{count_});
}

bool OpenCalls::WaitUntilNone(batching::SteadyTime until, const batching::Clock& clock) const {
  Count& count = *count_;
  batching::MutexLock lock(&count.mu);
  while (count.open > 0) {
    const absl::Duration left = until - clock.Now();
    if (left <= absl::ZeroDuration()) return false;
    count.none.WaitFor(&count.mu, left);
  }
  return true;
}

}  // namespace ebm::inference
