#include "client/load/load_driver.h"

#include <optional>
#include <utility>

#include "absl/status/status.h"
#include "absl/time/clock.h"
#include "client/wire.h"
#include "grpcpp/grpcpp.h"

namespace ebm::client {
namespace {

// Connections of their own, where gRPC would let channels to one address share one.
std::shared_ptr<grpc::Channel> MakeChannel(const std::string& server) {
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  return grpc::CreateCustomChannel(server, grpc::InsecureChannelCredentials(), arguments);
}

std::string CodeName(const grpc::Status& status) {
  return absl::StatusCodeToString(static_cast<absl::StatusCode>(status.error_code()));
}

// Rows of one value each: what they hold does not change what they cost.
MatrixBuffer Rows(uint32_t rows, int64_t dimension) {
  return MatrixBuffer(std::vector<float>(rows * dimension, 8.0F), rows, dimension);
}

}  // namespace

struct LoadDriver::Call {
  Call(LoadDriver* d, const PlannedRequest& request, absl::Time due_time) : driver(d), due(due_time) {
    outcome.kind = request.kind;
    outcome.rows = request.rows;
    context.set_deadline(absl::ToChronoTime(absl::Now() + driver->options_.deadline));
  }

  LoadDriver* const driver;
  const absl::Time due;
  grpc::ClientContext context;
  RequestOutcome outcome;
};

struct LoadDriver::UnaryCall : Call {
  using Call::Call;

  v1::ClassifyRequest classify;
  v1::ScoreRequest score;
  v1::ClassifyResponse classified;
  v1::ScoreResponse scored;
};

// Deletes itself at the end.
class LoadDriver::SampleCall final : public Call, public grpc::ClientReadReactor<v1::SampleResponse> {
 public:
  SampleCall(LoadDriver* driver, const PlannedRequest& planned, absl::Time due) : Call(driver, planned, due) {
    request_.set_chains(planned.chains);
    request_.set_seed(planned.seed);
    request_.set_frame_interval(driver->options_.frame_interval);
    request_.mutable_sampler()->set_steps(planned.steps);
  }

  void Start(Stubs& stubs) {
    stubs.inference->experimental_async()->Sample(&context, &request_, this);
    StartRead(&response_);
    StartCall();
  }

  void OnReadDone(bool ok) override {
    if (!ok) return;
    if (response_.has_frame() && !outcome.first_frame) outcome.first_frame = absl::Now() - due;
    if (response_.has_summary()) outcome.chain_steps = response_.summary().chain_steps();
    StartRead(&response_);
  }

  void OnDone(const grpc::Status& status) override {
    driver->Ended(*this, CodeName(status));
    delete this;
  }

 private:
  v1::SampleRequest request_;
  v1::SampleResponse response_;
};

LoadDriver::LoadDriver(const LoadOptions& options) : options_(options) {
  for (int i = 0; i < options_.connections; ++i) stubs_.push_back(std::make_unique<Stubs>(MakeChannel(options.server)));
}

LoadDriver::~LoadDriver() = default;

void LoadDriver::Send(const PlannedRequest& request, absl::Time due) {
  {
    const absl::MutexLock lock(&mu_);
    ++under_way_;
  }
  Stubs& stubs = *stubs_[sent_++ % stubs_.size()];
  if (request.kind == RequestKind::kSample) return (new SampleCall(this, request, due))->Start(stubs);

  auto* const call = new UnaryCall(this, request, due);
  const MatrixBuffer rows = Rows(request.rows, options_.dimension);
  const auto ended = [this, call](const grpc::Status& status) {
    Ended(*call, CodeName(status));
    delete call;
  };
  if (request.kind == RequestKind::kClassify) {
    call->classify = ToClassifyRequest({}, rows.view());
    stubs.inference->experimental_async()->Classify(&call->context, &call->classify, &call->classified, ended);
  } else {
    call->score = ToScoreRequest({}, rows.view(), {});
    stubs.inference->experimental_async()->Score(&call->context, &call->score, &call->scored, ended);
  }
}

void LoadDriver::Ended(const Call& call, const std::string& code) {
  RequestOutcome outcome = call.outcome;
  const absl::Time now = absl::Now();
  outcome.code = code;
  outcome.latency = now - call.due;
  if (now < stop_) SendNext();
  const absl::MutexLock lock(&mu_);
  if (call.due - start_ >= options_.warm_up) report_.Add(outcome);
  last_end_ = now;
  --under_way_;
}

void LoadDriver::RunOpenLoop(const std::vector<PlannedRequest>& plan) {
  start_ = absl::Now();
  for (const PlannedRequest& request : plan) {
    absl::SleepFor(start_ + request.due - absl::Now());
    Send(request, start_ + request.due);
  }
  WaitForAll();
}

void LoadDriver::SendNext() { Send((*plan_)[sent_ % plan_->size()], absl::Now()); }

void LoadDriver::RunClosedLoop(const std::vector<PlannedRequest>& plan, int callers, absl::Duration length) {
  start_ = absl::Now();
  plan_ = &plan;
  stop_ = start_ + length;
  for (int i = 0; i < callers; ++i) SendNext();
  absl::SleepFor(length);
  WaitForAll();
}

void LoadDriver::WaitForAll() {
  const absl::MutexLock lock(&mu_);
  const auto all_ended = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) { return under_way_ == 0; };
  mu_.Await(absl::Condition(&all_ended));
}

LoadReport LoadDriver::report() const {
  const absl::MutexLock lock(&mu_);
  return report_;
}

absl::Duration LoadDriver::reported_length() const {
  const absl::MutexLock lock(&mu_);
  return last_end_ - start_ - options_.warm_up;
}

}  // namespace ebm::client
