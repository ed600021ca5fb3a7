#include "server/rpc/inference_service.h"

#include <algorithm>
#include <memory>
#include <random>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "grpc/support/time.h"
#include "model/core/status_macros.h"
#include "server/rpc/answers.h"
#include "server/rpc/call_memory.h"
#include "server/rpc/row_reactor.h"
#include "server/rpc/sample_reactor.h"
#include "server/rpc/sample_request.h"
#include "server/rpc/status.h"
#include "server/rpc/tensors.h"

namespace ebm::rpc {
namespace {

using ModelPtr = std::shared_ptr<catalog::RunningModel>;

absl::StatusOr<ModelPtr> FindModel(const catalog::Catalog& catalog, const v1::ModelSelector& selector) {
  return catalog.Find(selector.name(), selector.version());
}

// gRPC states a deadline on a clock of its own; what is left of it is the same on every clock.
batching::SteadyTime Deadline(const grpc::CallbackServerContext& context, const batching::Clock& clock) {
  const gpr_timespec deadline = context.raw_deadline();
  if (gpr_time_cmp(deadline, gpr_inf_future(deadline.clock_type)) == 0) return batching::SteadyTime::InfiniteFuture();
  const batching::SteadyTime now = clock.Now();
  const gpr_timespec left = gpr_time_sub(deadline, gpr_now(deadline.clock_type));
  return now + absl::Seconds(left.tv_sec) + absl::Nanoseconds(left.tv_nsec);
}

uint64_t DrawSeed() {
  std::random_device device;
  return (uint64_t{device()} << 32) | device();
}

// A stream that ends with an error before its first message.
class RefusedStream final : public grpc::ServerWriteReactor<v1::SampleResponse> {
 public:
  explicit RefusedStream(const absl::Status& status) { Finish(ToGrpcStatus(status)); }
  void OnDone() override { delete this; }
};

grpc::ServerUnaryReactor* Refuse(grpc::CallbackServerContext* context, const absl::Status& status) {
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  reactor->Finish(ToGrpcStatus(status));
  return reactor;
}

// Reserves what the call keeps besides its task.
template <typename Request, typename Content>
absl::StatusOr<batching::MemoryReservation> ReserveCall(catalog::RunningModel& model, const Request& request,
                                                        const Content& content) {
  return model.scheduler().memory().TryReserve(BytesOfCall(request, content, model.model()),
                                               "the request and its response");
}

// Reserves floats that are made before a scheduler reserves them for the task.
absl::StatusOr<batching::MemoryReservation> ReserveFloats(catalog::RunningModel& model, uint64_t count,
                                                          absl::string_view what) {
  return model.scheduler().memory().TryReserve(count * sizeof(float), what);
}

struct Rows {
  ModelPtr model;
  batching::RowTask task;
  batching::MemoryReservation memory;
};

// The checks and the decoding that Classify and Score have in common.
template <typename Request>
absl::StatusOr<Rows> ReadRows(const catalog::Catalog& catalog, const RequestLimits& limits, const Request& request,
                              batching::SteadyTime deadline) {
  EBM_ASSIGN_OR_RETURN(ModelPtr model, FindModel(catalog, request.model()));
  EBM_RETURN_IF_ERROR(CheckAbilities(request, model->model()));
  const ModelSpec& spec = model->model().spec();
  // An element takes at least a byte of the message.
  const auto most = std::min<uint64_t>(request.inputs().data().size(), limits.max_rows * spec.dimension());
  EBM_ASSIGN_OR_RETURN(const batching::MemoryReservation decoding, ReserveFloats(*model, most, "the rows"));
  Rows rows = {.model = model, .task = {.deadline = deadline}};
  EBM_ASSIGN_OR_RETURN(rows.task.rows, DecodeRows(request.inputs(), spec, spec.scaling, limits.max_rows, "inputs"));
  EBM_ASSIGN_OR_RETURN(rows.memory, ReserveCall(*model, request, rows.task));
  return rows;
}

struct Sampling {
  ModelPtr model;
  ResolvedSample sample;
  batching::MemoryReservation memory;
};

absl::StatusOr<Sampling> ReadSample(const catalog::Catalog& catalog, const RequestLimits& limits,
                                    const v1::SampleRequest& request) {
  EBM_ASSIGN_OR_RETURN(ModelPtr model, FindModel(catalog, request.model()));
  // Given states that are partly held are kept twice: scaled, and as they were given.
  const uint64_t copies = !request.has_start_states() ? 0 : request.has_held_coordinates() ? 2 : 1;
  const uint64_t chains = std::min(request.chains(), limits.max_chains);
  EBM_ASSIGN_OR_RETURN(const batching::MemoryReservation given,
                       ReserveFloats(*model, copies * chains * model->model().spec().dimension(), "the start states"));
  EBM_ASSIGN_OR_RETURN(ResolvedSample sample, ResolveSampleRequest(request, model->model(), limits, DrawSeed()));
  EBM_ASSIGN_OR_RETURN(batching::MemoryReservation memory, ReserveCall(*model, request, sample));
  return Sampling{std::move(model), std::move(sample), std::move(memory)};
}

}  // namespace

InferenceService::InferenceService(const catalog::Catalog* catalog, const RequestLimits& limits,
                                   const batching::Clock* clock, OpenCalls* calls)
    : catalog_(*catalog), limits_(limits), clock_(*clock), calls_(*calls) {}

grpc::ServerUnaryReactor* InferenceService::Classify(grpc::CallbackServerContext* context,
                                                     const v1::ClassifyRequest* request,
                                                     v1::ClassifyResponse* response) {
  absl::StatusOr<Rows> rows = ReadRows(catalog_, limits_, *request, Deadline(*context, clock_));
  if (!rows.ok()) return Refuse(context, rows.status());
  return RowReactor::Start(std::move(rows->model), std::move(rows->task), {std::move(rows->memory), calls_.Open()},
                           [request, response](const auto& model, const auto& result) {
                             FillClassifyResponse(model, *request, result, response);
                           });
}

grpc::ServerUnaryReactor* InferenceService::Score(grpc::CallbackServerContext* context, const v1::ScoreRequest* request,
                                                  v1::ScoreResponse* response) {
  absl::StatusOr<Rows> rows = ReadRows(catalog_, limits_, *request, Deadline(*context, clock_));
  if (!rows.ok()) return Refuse(context, rows.status());
  rows->task.wants_gradient_norm = request->include_gradient_norm();
  rows->task.wants_log_ratio = WantsLogRatio(*request, rows->model->model());
  // The task's rows move to the scheduler; the response with ln p(x) needs them as well.
  std::vector<float> kept = request->include_normalized_log_density() ? rows->task.rows : std::vector<float>();
  return RowReactor::Start(std::move(rows->model), std::move(rows->task), {std::move(rows->memory), calls_.Open()},
                           [request, response, kept = std::move(kept)](const auto& model, const auto& result) {
                             FillScoreResponse(model, *request, kept, result, response);
                           });
}

grpc::ServerWriteReactor<v1::SampleResponse>* InferenceService::Sample(grpc::CallbackServerContext* context,
                                                                       const v1::SampleRequest* request) {
  absl::StatusOr<Sampling> sampling = ReadSample(catalog_, limits_, *request);
  if (!sampling.ok()) return new RefusedStream(sampling.status());
  return SampleReactor::Start(std::move(sampling->model), std::move(sampling->sample),
                              {std::move(sampling->memory), calls_.Open()}, Deadline(*context, clock_), &clock_);
}

}  // namespace ebm::rpc
