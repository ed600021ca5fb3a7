#include "server/net/acceptor.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "model/core/status_macros.h"

namespace ebm::net {
namespace {

constexpr int kForever = -1;
constexpr int kRetryMilliseconds = 50;

// accept(2): errors of a connection that is gone by now. All others, such as a lack of descriptors, stay for a while.
bool IsOfOneConnection(int error) {
  constexpr std::array kErrors = {EINTR,     ECONNABORTED, EPROTO,       ENETDOWN,   ENOPROTOOPT,
                                  EHOSTDOWN, ENONET,       EHOSTUNREACH, EOPNOTSUPP, ENETUNREACH};
  return std::ranges::find(kErrors, error) != kErrors.end();
}

// As gRPC sets them on its own connections.
void SetOptions(int descriptor) {
  const int yes = 1;
  setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
  const unsigned milliseconds = 20'000;  // how long sent data may stay without acknowledgement
  setsockopt(descriptor, IPPROTO_TCP, TCP_USER_TIMEOUT, &milliseconds, sizeof(milliseconds));
}

}  // namespace

int DescriptorLimit() {
  rlimit limit = {};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur > INT32_MAX) return INT32_MAX;
  return static_cast<int>(limit.rlim_cur);
}

int RequestsReserve() { return std::min(32, DescriptorLimit() / 4); }
int ScrapesReserve() { return RequestsReserve() / 2; }

absl::StatusOr<std::unique_ptr<Acceptor>> Acceptor::Start(const std::string& address, int reserve,
                                                          ConnectionHandler handler) {
  EBM_ASSIGN_OR_RETURN(ListenSocket socket, OpenListenSocket(address));
  const int stop_event = eventfd(0, EFD_CLOEXEC);
  std::unique_ptr<Acceptor> acceptor(new Acceptor(std::move(socket), stop_event, reserve, std::move(handler)));
  if (stop_event < 0) return absl::UnavailableError(absl::StrCat("cannot listen on ", address, ": no descriptor left"));
  try {
    acceptor->thread_ = std::thread([&acceptor = *acceptor] { acceptor.Run(); });
  } catch (const std::system_error&) {
    return absl::UnavailableError(absl::StrCat("cannot listen on ", address, ": no thread left"));
  }
  return acceptor;
}

Acceptor::Acceptor(ListenSocket socket, int stop_event, int reserve, ConnectionHandler handler)
    : socket_(std::move(socket)), stop_event_(stop_event), reserve_(reserve), handler_(std::move(handler)) {}

Acceptor::~Acceptor() {
  Stop();
  close(socket_.descriptor);
  if (stop_event_ >= 0) close(stop_event_);
}

void Acceptor::Stop() {
  if (!thread_.joinable()) return;
  const uint64_t one = 1;
  [[maybe_unused]] const ssize_t written = write(stop_event_, &one, sizeof(one));  // cannot fail: the counter was 0
  thread_.join();
  shutdown(socket_.descriptor, SHUT_RDWR);  // refuses what waits, and what comes
}

void Acceptor::Run() {
  while (Wait(/*for_connections=*/true, kForever)) {
    if (!AcceptAll() && !Wait(/*for_connections=*/false, kRetryMilliseconds)) return;
  }
}

bool Acceptor::Wait(bool for_connections, int milliseconds) const {
  std::array<pollfd, 2> events = {pollfd{.fd = stop_event_, .events = POLLIN, .revents = 0},
                                  pollfd{.fd = socket_.descriptor, .events = POLLIN, .revents = 0}};
  poll(events.data(), for_connections ? 2 : 1, milliseconds);
  return events[0].revents == 0;
}

bool Acceptor::AcceptAll() {
  for (;;) {
    const int descriptor = accept4(socket_.descriptor, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (descriptor < 0 && IsOfOneConnection(errno)) continue;
    if (descriptor < 0) return errno == EAGAIN;
    if (descriptor >= DescriptorLimit() - reserve_) {  // the kernel gives the lowest free number
      close(descriptor);
      ++shed_;
      continue;
    }
    SetOptions(descriptor);
    handler_(descriptor);
  }
}

}  // namespace ebm::net
