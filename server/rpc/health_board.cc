#include "server/rpc/health_board.h"

#include <algorithm>
#include <utility>

namespace ebm::rpc {

HealthBoard::HealthBoard(const std::vector<std::string>& ready) : ready_(ready) {
  for (const std::string& service : ready_) health_[service] = Health::kNotServing;
  health_[kLiveness] = Health::kServing;
}

void HealthBoard::SetReady(Health health) { Set(ready_, health); }

void HealthBoard::SetLiveness(Health health) { Set({kLiveness}, health); }

std::optional<Health> HealthBoard::Find(absl::string_view service) const {
  const absl::MutexLock lock(&mu_);
  const auto found = health_.find(service);
  return found == health_.end() ? std::nullopt : std::optional(found->second);
}

std::optional<Health> HealthBoard::Listen(const std::shared_ptr<HealthListener>& listener) {
  bool ended = false;
  std::optional<Health> health;
  {
    const absl::MutexLock lock(&mu_);
    ended = ended_;
    if (const auto found = health_.find(listener->service()); found != health_.end()) health = found->second;
    std::erase_if(listeners_, [](const auto& weak) { return weak.expired(); });
    listeners_.push_back(listener);
  }
  if (ended) listener->Ended();
  return health;
}

void HealthBoard::End() {
  Listeners present;
  {
    const absl::MutexLock lock(&mu_);
    ended_ = true;
    present = Present();
  }
  for (const auto& listener : present) listener->Ended();
}

HealthBoard::Listeners HealthBoard::Present() {
  Listeners present;
  for (const auto& weak : listeners_) {
    if (auto listener = weak.lock()) present.push_back(std::move(listener));
  }
  return present;
}

void HealthBoard::Set(const std::vector<std::string>& services, Health health) {
  Listeners changed;
  {
    const absl::MutexLock lock(&mu_);
    for (const std::string& service : services) health_[service] = health;
    changed = Present();
    std::erase_if(changed, [&](const auto& listener) {
      return std::ranges::find(services, listener->service()) == services.end();
    });
  }
  for (const auto& listener : changed) listener->Changed(health);
}

}  // namespace ebm::rpc
