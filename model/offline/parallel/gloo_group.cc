#include "model/offline/parallel/gloo_group.h"

#include <torch/csrc/distributed/c10d/ProcessGroupGloo.hpp>
#include <torch/csrc/distributed/c10d/TCPStore.hpp>

#include <chrono>
#include <exception>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "model/core/status_macros.h"

namespace ebm {
namespace {

constexpr char kInterfaceVariable[] = "GLOO_SOCKET_IFNAME";

bool IsLoopback(const std::string& host) { return host == "localhost" || host == "127.0.0.1" || host == "::1"; }

// What an exception of c10d says, without its stack and its advice.
std::string Gist(const std::exception& error) {
  const absl::string_view text = error.what();
  const absl::string_view line = text.substr(0, text.find('\n'));
  return std::string(line.substr(0, line.find(". ")));
}

template <typename Exchange>
absl::Status Try(absl::string_view what, const Exchange& exchange) {
  try {
    exchange();
    return absl::OkStatus();
  } catch (const std::exception& error) {
    return absl::UnavailableError(absl::StrCat(what, ": ", Gist(error)));
  }
}

template <typename T>
at::Tensor View(std::span<T> values, at::ScalarType type) {
  return at::from_blob(const_cast<std::remove_const_t<T>*>(values.data()), {static_cast<int64_t>(values.size())}, type);
}

class GlooGroup final : public ProcessGroup {
 public:
  GlooGroup(c10::intrusive_ptr<c10d::TCPStore> store, c10::intrusive_ptr<c10d::ProcessGroupGloo> group)
      : store_(std::move(store)), group_(std::move(group)) {}

  int rank() const override { return group_->getRank(); }
  int size() const override { return group_->getSize(); }

  absl::Status Sum(std::span<float> values) override {
    return Try(kLost, [&] {
      std::vector<at::Tensor> tensors = {View(values, at::kFloat)};
      group_->allreduce(tensors)->wait();
    });
  }

  absl::Status Broadcast(std::span<uint8_t> bytes) override {
    return Try(kLost, [&] {
      std::vector<at::Tensor> tensors = {View(bytes, at::kByte)};
      group_->broadcast(tensors)->wait();  // from rank 0
    });
  }

  absl::StatusOr<std::vector<float>> Gather(std::span<const float> values) override {
    std::vector<float> all(values.size() * static_cast<size_t>(size()));
    EBM_RETURN_IF_ERROR(Try(kLost, [&] {
      at::Tensor output = View(std::span<float>(all), at::kFloat);
      at::Tensor input = View(values, at::kFloat);
      group_->_allgather_base(output, input)->wait();
    }));
    return all;
  }

 private:
  static constexpr char kLost[] = "another process of this run is lost or late";

  // The group goes first: rank 0's store serves the others until it is destroyed.
  const c10::intrusive_ptr<c10d::TCPStore> store_;
  const c10::intrusive_ptr<c10d::ProcessGroupGloo> group_;
};

c10::intrusive_ptr<c10d::TCPStore> OpenStore(const Launch& launch, std::chrono::milliseconds timeout) {
  c10d::TCPStoreOptions options;
  options.port = launch.port;
  options.isServer = launch.rank == 0 && launch.server == StoreServer::kRankZero;
  options.numWorkers = static_cast<size_t>(launch.size);
  options.timeout = timeout;
  return c10::make_intrusive<c10d::TCPStore>(launch.host, options);
}

c10::intrusive_ptr<c10d::ProcessGroupGloo::Options> GroupOptions(const Launch& launch,
                                                                 std::chrono::milliseconds timeout) {
  if (!IsLoopback(launch.host) || EnvironmentVariable(kInterfaceVariable).has_value()) {
    return c10d::ProcessGroupGloo::Options::create_default(timeout);
  }
  auto options = c10d::ProcessGroupGloo::Options::create(timeout);
  options->devices.push_back(c10d::ProcessGroupGloo::createDeviceForInterface("lo"));
  return options;
}

}  // namespace

absl::StatusOr<std::unique_ptr<ProcessGroup>> JoinGlooGroup(const Launch& launch, absl::Duration timeout) {
  const std::chrono::milliseconds limit = absl::ToChronoMilliseconds(timeout);
  std::unique_ptr<ProcessGroup> group;
  EBM_RETURN_IF_ERROR(Try("the processes of this run do not find each other", [&] {
    c10::intrusive_ptr<c10d::TCPStore> store = OpenStore(launch, limit);
    auto gloo =
        c10::make_intrusive<c10d::ProcessGroupGloo>(store, launch.rank, launch.size, GroupOptions(launch, limit));
    group = std::make_unique<GlooGroup>(std::move(store), std::move(gloo));
  }));
  return group;
}

}  // namespace ebm
