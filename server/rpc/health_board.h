// The health of the server and of its services, which health services on several ports report.
//
// Names: "" and the full names of the services (readiness): whether to send requests; kLiveness: whether the process
// makes progress. A load balancer and a readiness probe ask for the first, a liveness probe for the second.
//
// Threads: safe from any thread. Listeners are called without a lock.

#ifndef EBM_SERVER_RPC_HEALTH_BOARD_H_
#define EBM_SERVER_RPC_HEALTH_BOARD_H_

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"

namespace ebm::rpc {

inline constexpr char kLiveness[] = "liveness";

enum class Health { kNotServing, kServing };

// Is told of changes.
class HealthListener {
 public:
  virtual ~HealthListener() = default;

  virtual const std::string& service() const = 0;
  virtual void Changed(Health health) = 0;
  // No change follows.
  virtual void Ended() = 0;
};

class HealthBoard {
 public:
  // ready: the names that SetReady sets. All are NOT_SERVING at first, and kLiveness is SERVING.
  explicit HealthBoard(const std::vector<std::string>& ready);

  void SetReady(Health health);
  void SetLiveness(Health health);

  // nullopt: there is no such service.
  std::optional<Health> Find(absl::string_view service) const;

  // Returns the present health. The listener is told of changes until it is destroyed.
  std::optional<Health> Listen(const std::shared_ptr<HealthListener>& listener);

  // Ends all listeners, also later ones.
  void End();

 private:
  using Listeners = std::vector<std::shared_ptr<HealthListener>>;

  Listeners Present() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void Set(const std::vector<std::string>& services, Health health);

  const std::vector<std::string> ready_;
  mutable absl::Mutex mu_;
  std::map<std::string, Health, std::less<>> health_ ABSL_GUARDED_BY(mu_);
  std::vector<std::weak_ptr<HealthListener>> listeners_ ABSL_GUARDED_BY(mu_);
  bool ended_ ABSL_GUARDED_BY(mu_) = false;
};

}  // namespace ebm::rpc

#endif  // EBM_SERVER_RPC_HEALTH_BOARD_H_
