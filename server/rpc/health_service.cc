#include "server/rpc/health_service.h"

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"

namespace ebm::rpc {
namespace {

using Response = grpc::health::v1::HealthCheckResponse;

Response::ServingStatus ToProto(std::optional<Health> health) {
  if (!health.has_value()) return Response::SERVICE_UNKNOWN;
  return *health == Health::kServing ? Response::SERVING : Response::NOT_SERVING;
}

// The reactor of one Watch call. Statuses that change while one is written are replaced by the last of them.
//
// Lifetime: it holds itself until OnDone; the board only has a weak reference.
class WatchReactor final : public grpc::ServerWriteReactor<Response>, public HealthListener {
 public:
  // watches: of the service, counts the reactor.
  static WatchReactor* Start(HealthBoard& board, const std::string& service, std::atomic<int>* watches) {
    const auto reactor = std::make_shared<WatchReactor>(service, watches);
    reactor->self_ = reactor;
    reactor->Show(ToProto(board.Listen(reactor)), Order::kFirst);
    return reactor.get();
  }

  WatchReactor(std::string service, std::atomic<int>* watches) : service_(std::move(service)), watches_(*watches) {
    ++watches_;
  }
  ~WatchReactor() override { --watches_; }

  const std::string& service() const override { return service_; }
  void Changed(Health health) override { Show(ToProto(health), Order::kLater); }
  void Ended() override { EndWith({grpc::StatusCode::UNAVAILABLE, "the server is shutting down"}); }

  void OnWriteDone(bool ok) override {
    {
      const absl::MutexLock lock(&mu_);
      writing_ = false;
    }
    if (!ok) return EndWith(grpc::Status::CANCELLED);
    Advance();
  }
  void OnCancel() override { EndWith(grpc::Status::CANCELLED); }
  void OnDone() override { self_.reset(); }

 private:
  enum class Order { kFirst, kLater };

  // A change may be told before the first status is known, which is then the older one.
  void Show(Response::ServingStatus status, Order order) {
    {
      const absl::MutexLock lock(&mu_);
      if (order == Order::kLater || !wanted_.has_value()) wanted_ = status;
    }
    Advance();
  }

  void EndWith(const grpc::Status& status) {
    {
      const absl::MutexLock lock(&mu_);
      if (!ending_.has_value()) ending_ = status;
    }
    Advance();
  }

  // Starts what is next. gRPC may call back from within, so no lock is held then; `writing_` and `finished_` ensure
  // that one thread at a time gets there.
  void Advance() {
    std::optional<grpc::Status> ending;
    {
      const absl::MutexLock lock(&mu_);
      if (writing_ || finished_) return;
      if (ending_.has_value()) {
        finished_ = true;
        ending = ending_;
      } else if (wanted_ != sent_) {
        writing_ = true;
        sent_ = wanted_;
        response_.set_status(*wanted_);
      } else {
        return;
      }
    }
    if (ending.has_value()) return Finish(*ending);
    StartWrite(&response_);
  }

  const std::string service_;
  std::atomic<int>& watches_;
  std::shared_ptr<WatchReactor> self_;
  Response response_;  // changed only while nothing is written

  absl::Mutex mu_;
  std::optional<Response::ServingStatus> wanted_ ABSL_GUARDED_BY(mu_);
  std::optional<Response::ServingStatus> sent_ ABSL_GUARDED_BY(mu_);
  std::optional<grpc::Status> ending_ ABSL_GUARDED_BY(mu_);
  bool writing_ ABSL_GUARDED_BY(mu_) = false;
  bool finished_ ABSL_GUARDED_BY(mu_) = false;
};

class RefusedWatch final : public grpc::ServerWriteReactor<Response> {
 public:
  RefusedWatch() { Finish({grpc::StatusCode::RESOURCE_EXHAUSTED, "too many calls of Watch are open; use Check"}); }

  void OnDone() override { delete this; }
};

}  // namespace

grpc::ServerUnaryReactor* HealthService::Check(grpc::CallbackServerContext* context,
                                               const grpc::health::v1::HealthCheckRequest* request,
                                               Response* response) {
  grpc::ServerUnaryReactor* const reactor = context->DefaultReactor();
  const std::optional<Health> health = board_.Find(request->service());
  if (health.has_value()) {
    response->set_status(ToProto(health));
    reactor->Finish(grpc::Status::OK);
  } else {
    reactor->Finish({grpc::StatusCode::NOT_FOUND, "this server has no such service"});
  }
  return reactor;
}

grpc::ServerWriteReactor<Response>* HealthService::Watch(grpc::CallbackServerContext* /*context*/,
                                                         const grpc::health::v1::HealthCheckRequest* request) {
  if (watches_ >= kMostWatches) return new RefusedWatch;
  return WatchReactor::Start(board_, request->service(), &watches_);
}

}  // namespace ebm::rpc
