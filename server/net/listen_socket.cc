#include "server/net/listen_socket.h"

#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"

namespace ebm::net {
namespace {

using AddressList = std::unique_ptr<addrinfo, decltype(&freeaddrinfo)>;

absl::Status Failure(const std::string& address, const char* reason) {
  return absl::UnavailableError(absl::StrCat("cannot listen on ", address, ": ", reason));
}

// Null with a reason.
AddressList Resolve(const std::string& host, const std::string& port, const char*& reason) {
  addrinfo hints = {};
  hints.ai_flags = AI_PASSIVE;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* list = nullptr;
  const int error = getaddrinfo(host.c_str(), port.c_str(), &hints, &list);
  if (error != 0) reason = gai_strerror(error);
  return {list, freeaddrinfo};
}

const addrinfo& Preferred(const addrinfo& list) {
  for (const addrinfo* one = &list; one != nullptr; one = one->ai_next) {
    if (one->ai_family == AF_INET) return *one;
  }
  return list;
}

// The descriptor, or -1 with errno.
int OpenOn(int family, const sockaddr* name, socklen_t size) {
  const int descriptor = socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (descriptor < 0) return -1;
  // A restarted server takes the port of its predecessor at once. A second server on the same port is still refused.
  const int yes = 1;
  setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
  const int no = 0;
  if (family == AF_INET6) setsockopt(descriptor, IPPROTO_IPV6, IPV6_V6ONLY, &no, sizeof(no));
  if (bind(descriptor, name, size) == 0 && listen(descriptor, SOMAXCONN) == 0) return descriptor;
  const int error = errno;
  close(descriptor);
  errno = error;
  return -1;
}

// "All addresses" means those of both families, as gRPC has it: in clusters with IPv6 only as well.
int OpenOnAll(in_port_t port) {
  sockaddr_in6 v6 = {};
  v6.sin6_family = AF_INET6;
  v6.sin6_port = port;
  return OpenOn(AF_INET6, reinterpret_cast<const sockaddr*>(&v6), sizeof(v6));
}

int Open(const addrinfo& chosen) {
  const auto* const v4 = reinterpret_cast<const sockaddr_in*>(chosen.ai_addr);
  if (chosen.ai_family == AF_INET && v4->sin_addr.s_addr == htonl(INADDR_ANY)) {
    const int descriptor = OpenOnAll(v4->sin_port);
    if (descriptor >= 0 || errno != EAFNOSUPPORT) return descriptor;  // a kernel without IPv6
  }
  return OpenOn(chosen.ai_family, chosen.ai_addr, chosen.ai_addrlen);
}

int PortOf(int descriptor) {
  sockaddr_storage name = {};
  socklen_t size = sizeof(name);
  getsockname(descriptor, reinterpret_cast<sockaddr*>(&name), &size);
  const bool is_v6 = name.ss_family == AF_INET6;
  return ntohs(is_v6 ? reinterpret_cast<sockaddr_in6*>(&name)->sin6_port
                     : reinterpret_cast<sockaddr_in*>(&name)->sin_port);
}

}  // namespace

absl::StatusOr<ListenSocket> OpenListenSocket(const std::string& address) {
  const size_t colon = address.rfind(':');
  absl::string_view host = absl::string_view(address).substr(0, colon);
  if (absl::ConsumePrefix(&host, "[")) absl::ConsumeSuffix(&host, "]");
  const char* reason = nullptr;
  const AddressList list = Resolve(std::string(host), address.substr(colon + 1), reason);
  if (list == nullptr) return Failure(address, reason);
  const int descriptor = Open(Preferred(*list));
  if (descriptor < 0) return Failure(address, std::strerror(errno));
  return ListenSocket{.descriptor = descriptor,
                      .address = absl::StrCat(address.substr(0, colon + 1), PortOf(descriptor))};
}

}  // namespace ebm::net
