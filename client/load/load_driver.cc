#include "client/load/load_driver.h"

#include <optional>
#include <utility>

#include "absl/status/status.h"
#include "client/channel.h"
#include "client/deadline.h"
#include "client/wire.h"
#include "ebm/v1/inference.pb.h"
#include "model/core/status_macros.h"

namespace ebm::client {
namespace {

std::string CodeName(const grpc::Status& status) {
  return absl::StatusCodeToString(static_cast<absl::StatusCode>(status.error_code()));
}

// Rows filled with one value: the cost of a request does not depend on the values.
MatrixBuffer Rows(uint32_t rows, int64_t dimension) {
  return MatrixBuffer(std::vector<float>(rows * dimension, 8.0F), rows, dimension);
}

v1::SampleRequest ToSampleRequest(const ModelSelector& model, const PlannedRequest& planned, uint32_t frame_interval) {
  v1::SampleRequest request;
  *request.mutable_model() = ToProto(model);
  request.set_chains(planned.chains);
  request.set_seed(planned.seed);
  request.set_frame_interval(frame_interval);
  request.mutable_sampler()->set_steps(planned.steps);
  return request;
}

std::chrono::steady_clock::time_point Now() { return std::chrono::steady_clock::now(); }

}  // namespace

// A request in flight, and the tag of its events. It deletes itself at its last event.
class LoadDriver::Call {
 public:
  Call(LoadDriver* driver, const PlannedRequest& request, SteadyTime due) : driver_(*driver), due_(due) {
    outcome_.kind = request.kind;
    outcome_.rows = request.rows;
    context_.set_deadline(DeadlineAfter(driver_.options_.connection.deadline));
    if (driver_.token_ != nullptr) context_.AddMetadata(kAuthorizationHeader, driver_.token_->Header());
  }
  virtual ~Call() = default;

  virtual void Proceed(bool ok) = 0;

 protected:
  void End() {
    driver_.Ended(due_, outcome_, CodeName(status_));
    delete this;
  }

  LoadDriver& driver_;
  const SteadyTime due_;
  grpc::ClientContext context_;
  grpc::Status status_;
  RequestOutcome outcome_;
};

template <typename Response>
class LoadDriver::UnaryCall final : public Call {
 public:
  using Call::Call;

  // reader_of(context, queue) prepares the call.
  template <typename ReaderOf>
  void Start(const ReaderOf& reader_of) {
    reader_ = reader_of(&context_, &driver_.queue_);
    reader_->StartCall();
    reader_->Finish(&response_, &status_, this);
  }

  void Proceed(bool /*ok*/) override { End(); }

 private:
  Response response_;
  std::unique_ptr<grpc::ClientAsyncResponseReaderInterface<Response>> reader_;
};

class LoadDriver::SampleCall final : public Call {
 public:
  using Call::Call;

  void Start(Stubs& stubs, const v1::SampleRequest& request) {
    reader_ = stubs.inference->PrepareAsyncSample(&context_, request, &driver_.queue_);
    reader_->StartCall(this);
  }

  // Events, in order: the call started; one per message read; the end of the stream; the status.
  void Proceed(bool ok) override {
    if (finishing_) return End();
    if (started_ && ok) NoteMessage();
    started_ = true;
    if (ok) return reader_->Read(&response_, this);
    finishing_ = true;
    reader_->Finish(&status_, this);
  }

 private:
  void NoteMessage() {
    if (response_.has_frame() && !outcome_.first_frame) outcome_.first_frame = absl::FromChrono(Now() - due_);
    if (response_.has_summary()) outcome_.chain_steps = response_.summary().chain_steps();
  }

  v1::SampleResponse response_;
  std::unique_ptr<grpc::ClientAsyncReaderInterface<v1::SampleResponse>> reader_;
  bool started_ = false;
  bool finishing_ = false;
};

absl::StatusOr<std::unique_ptr<LoadDriver>> LoadDriver::Create(const LoadOptions& options) {
  std::unique_ptr<LoadDriver> driver(new LoadDriver(options));
  EBM_ASSIGN_OR_RETURN(driver->token_, BearerToken::Create(options.connection.token));
  for (int i = 0; i < options.connections; ++i) {
    EBM_ASSIGN_OR_RETURN(const std::shared_ptr<grpc::Channel> channel, MakeChannel(options.connection, Sockets::kOwn));
    driver->stubs_.push_back(std::make_unique<Stubs>(channel));
  }
  driver->events_ = std::thread([queue = &driver->queue_] {
    void* tag = nullptr;
    for (bool ok = false; queue->Next(&tag, &ok);) static_cast<Call*>(tag)->Proceed(ok);
  });
  return driver;
}

LoadDriver::~LoadDriver() {
  queue_.Shutdown();
  if (events_.joinable()) events_.join();
}

void LoadDriver::Send(const PlannedRequest& request, SteadyTime due) {
  {
    const absl::MutexLock lock(&mu_);
    ++under_way_;
  }
  Stubs& stubs = *stubs_[sent_++ % stubs_.size()];
  if (request.kind == RequestKind::kSample) {
    return (new SampleCall(this, request, due))
        ->Start(stubs, ToSampleRequest(options_.model, request, options_.frame_interval));
  }
  const MatrixBuffer rows = Rows(request.rows, options_.dimension);
  if (request.kind == RequestKind::kClassify) {
    (new UnaryCall<v1::ClassifyResponse>(this, request, due))->Start([&](auto* context, auto* queue) {
      return stubs.inference->PrepareAsyncClassify(context, ToClassifyRequest(options_.model, rows.view()), queue);
    });
  } else {
    (new UnaryCall<v1::ScoreResponse>(this, request, due))->Start([&](auto* context, auto* queue) {
      return stubs.inference->PrepareAsyncScore(context, ToScoreRequest(options_.model, rows.view(), {}), queue);
    });
  }
}

void LoadDriver::Ended(SteadyTime due, RequestOutcome outcome, const std::string& code) {
  const SteadyTime now = Now();
  outcome.code = code;
  outcome.latency = absl::FromChrono(now - due);
  if (now < stop_) SendNext();
  const absl::MutexLock lock(&mu_);
  if (absl::FromChrono(due - start_) >= options_.warm_up) report_.Add(outcome);
  last_end_ = now;
  --under_way_;
}

void LoadDriver::RunOpenLoop(const std::vector<PlannedRequest>& plan) {
  start_ = Now();
  for (const PlannedRequest& request : plan) {
    const SteadyTime due = start_ + absl::ToChronoNanoseconds(request.due);
    std::this_thread::sleep_until(due);
    Send(request, due);
  }
  WaitForAll();
}

void LoadDriver::SendNext() { Send((*plan_)[sent_ % plan_->size()], Now()); }

void LoadDriver::RunClosedLoop(const std::vector<PlannedRequest>& plan, int callers, absl::Duration length) {
  start_ = Now();
  plan_ = &plan;
  stop_ = start_ + absl::ToChronoNanoseconds(length);
  for (int i = 0; i < callers; ++i) SendNext();
  std::this_thread::sleep_until(stop_);
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
  return absl::FromChrono(last_end_ - start_) - options_.warm_up;
}

}  // namespace ebm::client
