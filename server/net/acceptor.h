// Accepts connections for a server that does not survive a lack of file descriptors: gRPC stops to listen for good
// after "too many open files".
//
// A connection that would take one of the last descriptors is closed at once, so that the process keeps some for its
// own files. While there is none at all, connections wait in the kernel's queue and are accepted when there are
// descriptors again.
//
// Threads: one of its own, which calls the handler. Other methods: any thread.

#ifndef EBM_SERVER_NET_ACCEPTOR_H_
#define EBM_SERVER_NET_ACCEPTOR_H_

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <thread>

#include "absl/status/statusor.h"
#include "server/net/listen_socket.h"

namespace ebm::net {

// How many descriptors the process may have.
int DescriptorLimit();

// Reserves: those of the process itself, some of which a scrape may take. A quarter and an eighth of few descriptors.
int RequestsReserve();
int ScrapesReserve();

// Takes the connection: a non-blocking descriptor.
using ConnectionHandler = std::function<void(int descriptor)>;

class Acceptor {
 public:
  // reserve: the number of descriptors that connections never get. Errors: those of OpenListenSocket; Unavailable
  // without a descriptor or thread for it.
  static absl::StatusOr<std::unique_ptr<Acceptor>> Start(const std::string& address, int reserve,
                                                         ConnectionHandler handler);

  // Stops.
  ~Acceptor();
  Acceptor(const Acceptor&) = delete;
  Acceptor& operator=(const Acceptor&) = delete;

  // HOST:PORT with the actual port.
  const std::string& address() const { return socket_.address; }

  // The number of connections that were closed for lack of descriptors.
  int64_t shed_connections() const { return shed_; }

  // Closes the port and waits for the handler.
  void Stop();

 private:
  Acceptor(ListenSocket socket, int stop_event, int reserve, ConnectionHandler handler);
  void Run();
  // False after Stop. milliseconds: the longest time; -1: for ever.
  bool Wait(bool for_connections, int milliseconds) const;
  // Accepts what waits. False if that is not possible at the moment, as without a descriptor.
  bool AcceptAll();

  const ListenSocket socket_;
  const int stop_event_;
  const int reserve_;
  const ConnectionHandler handler_;
  std::atomic<int64_t> shed_ = 0;
  std::thread thread_;
};

}  // namespace ebm::net

#endif  // EBM_SERVER_NET_ACCEPTOR_H_
