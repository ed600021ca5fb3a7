// ResourceExhausted errors that know what is exhausted, for the metrics. It is a payload of the status, which is not
// sent to callers.
//
// Threads: free functions, reentrant.

#ifndef EBM_SERVER_INFERENCE_EXHAUSTED_H_
#define EBM_SERVER_INFERENCE_EXHAUSTED_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "server/inference/model_observer.h"

namespace ebm::inference {

// what: kCalls or kShare.
absl::Status ExhaustedError(Refusal what, absl::string_view message);

// kQueueFull for the errors of a full queue (batching::IsQueueFull), and kMemory for errors that do not know.
Refusal WhatIsExhausted(const absl::Status& error);

}  // namespace ebm::inference

#endif  // EBM_SERVER_INFERENCE_EXHAUSTED_H_
