// A test of calls on the fake model, whose workers it cranks by hand.

#ifndef EBM_TESTS_SERVER_INFERENCE_ROW_CALL_FIXTURE_H_
#define EBM_TESTS_SERVER_INFERENCE_ROW_CALL_FIXTURE_H_

#include <memory>
#include <optional>
#include <utility>

#include "absl/status/statusor.h"
#include "gtest/gtest.h"
#include "server/inference/row_call.h"
#include "tests/server/inference/fake_model.h"

namespace ebm::inference {

class RowCallTest : public testing::Test {
 protected:
  RowCall NewCall(std::shared_ptr<Model> model) { return {std::move(model), parts_}; }

  // What a call has submitted is answered here.
  RowCall::Done<Scores> Keep() {
    return [this](const absl::StatusOr<Scores>& answer) { scores_ = answer; };
  }
  bool NoCallIsOpen() { return open_calls_.WaitUntilNone(clock_.Now(), clock_); }

  const std::shared_ptr<FakeModel> model_ = std::make_shared<FakeModel>(CalibratedInfo());
  batching::FakeClock& clock_ = model_->clock();
  OpenCalls open_calls_;
  const CallParts parts_ = {.clock = &clock_, .open_calls = &open_calls_, .delivery = nullptr};
  std::optional<absl::StatusOr<Scores>> scores_;
};

}  // namespace ebm::inference

#endif  // EBM_TESTS_SERVER_INFERENCE_ROW_CALL_FIXTURE_H_
