// A request for samples on a stream.
//
// Lifetime: the stream owns the call. Whoever calls one of its methods must hold a reference: the last response of the
// call, which is when the stream gives up its own, can be written before the method returns.

#ifndef EBM_SERVER_RPC_OIP_SAMPLE_CALL_H_
#define EBM_SERVER_RPC_OIP_SAMPLE_CALL_H_

#include <atomic>
#include <memory>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "server/batching/clock.h"
#include "server/inference/call.h"
#include "server/inference/model.h"
#include "server/inference/sample_stream.h"
#include "server/rpc/oip/samples.h"
#include "server/rpc/oip/statistics.h"
#include "server/rpc/oip/stream_call.h"
#include "server/rpc/oip/wire.h"

namespace ebm::rpc::oip {

class SampleCall final : public StreamCall, private inference::StreamWriter {
 public:
  // responses: borrowed, outlives the call. The statistics are of the model's samples.
  SampleCall(const inference::CallParts& parts, std::shared_ptr<RequestStatistics> statistics, Responses* responses);
  ~SampleCall() override;

  // Starts the chains, or answers with an error. The request is read before the method returns.
  void Start(const std::shared_ptr<inference::Model>& model, const wire::ModelInferRequest& request,
             inference::Caller caller);

  void WroteResponse(Written written) override;
  void Cancel() override;

 private:
  using StreamPtr = std::shared_ptr<inference::SampleStream>;

  absl::StatusOr<StreamPtr> StartStream(const std::shared_ptr<inference::Model>& model,
                                        const wire::ModelInferRequest& request, inference::Caller caller);
  Write WriteFrame(inference::SampleStream& stream, const batching::Frame& frame) override;
  void End(inference::SampleStream& stream, const inference::SampleReport& report) override;
  void Fail(const absl::Status& why) override;

  const inference::CallParts parts_;
  const batching::SteadyTime arrived_;
  const std::shared_ptr<RequestStatistics> statistics_;
  Responses& responses_;
  SampleResponseParts response_parts_;                       // constant once the chains have started
  std::atomic<inference::SampleStream*> writing_ = nullptr;  // of the response that is being written

  absl::Mutex mu_;
  bool cancelled_ ABSL_GUARDED_BY(mu_) = false;
  StreamPtr stream_ ABSL_GUARDED_BY(mu_);  // null before the chains have started
};

}  // namespace ebm::rpc::oip

#endif  // EBM_SERVER_RPC_OIP_SAMPLE_CALL_H_
