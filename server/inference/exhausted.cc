#include "server/inference/exhausted.h"

#include "absl/strings/cord.h"
#include "server/batching/queue_room.h"

namespace ebm::inference {
namespace {

constexpr char kCallsExhausted[] = "ebm.server.inference/calls";
constexpr char kShareExhausted[] = "ebm.server.inference/share";

}  // namespace

absl::Status ExhaustedError(Refusal what, absl::string_view message) {
  absl::Status error = absl::ResourceExhaustedError(message);
  error.SetPayload(what == Refusal::kCalls ? kCallsExhausted : kShareExhausted, absl::Cord());
  return error;
}

Refusal WhatIsExhausted(const absl::Status& error) {
  if (error.GetPayload(kCallsExhausted).has_value()) return Refusal::kCalls;
  if (error.GetPayload(kShareExhausted).has_value()) return Refusal::kShare;
  return batching::IsQueueFull(error) ? Refusal::kQueueFull : Refusal::kMemory;
}

}  // namespace ebm::inference
