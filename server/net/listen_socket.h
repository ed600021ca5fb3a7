// Opens a TCP socket that listens.

#ifndef EBM_SERVER_NET_LISTEN_SOCKET_H_
#define EBM_SERVER_NET_LISTEN_SOCKET_H_

#include <string>

#include "absl/status/statusor.h"

namespace ebm::net {

struct ListenSocket {
  int descriptor;       // non-blocking; the caller closes it
  std::string address;  // HOST:PORT with the actual port
};

// address: HOST:PORT, an IPv6 address in brackets; port 0: any free port. 0.0.0.0 and [::] are all addresses of
// both families. Of several addresses of a name, the first IPv4 one is taken if there is any. Errors: Unavailable, with
// the reason.
absl::StatusOr<ListenSocket> OpenListenSocket(const std::string& address);

}  // namespace ebm::net

#endif  // EBM_SERVER_NET_LISTEN_SOCKET_H_
