#include "server/net/acceptor.h"

#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace ebm::net {
namespace {

using ::testing::HasSubstr;
using ::testing::MatchesRegex;

constexpr int kReserve = 8;

// Keeps the connections that it is given open.
class Connections {
 public:
  ~Connections() {
    for (const int descriptor : descriptors_) close(descriptor);
  }
  ConnectionHandler handler() {
    return [this](int descriptor) { Add(descriptor); };
  }
  size_t count() {
    const absl::MutexLock lock(&mu_);
    return descriptors_.size();
  }

 private:
  void Add(int descriptor) {
    const absl::MutexLock lock(&mu_);
    descriptors_.push_back(descriptor);
  }

  absl::Mutex mu_;
  std::vector<int> descriptors_ ABSL_GUARDED_BY(mu_);
};

// Waits until so many connections were accepted or shed.
void WaitUntilSeen(size_t connections_made, Connections& connections, const Acceptor& acceptor) {
  while (connections.count() + static_cast<size_t>(acceptor.shed_connections()) < connections_made) {
    std::this_thread::yield();
  }
}

// A socket that is connected to the port of 127.0.0.1, or -1.
int Connect(const std::string& address) {
  const int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in name = {};
  name.sin_family = AF_INET;
  name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  name.sin_port = htons(static_cast<uint16_t>(std::atoi(address.substr(address.rfind(':') + 1).c_str())));
  if (connect(descriptor, reinterpret_cast<sockaddr*>(&name), sizeof(name)) == 0) return descriptor;
  close(descriptor);
  return -1;
}

// Blocks until the other side has closed the connection.
bool IsClosedByPeer(int descriptor) {
  char byte = 0;
  return read(descriptor, &byte, 1) <= 0;
}

TEST(AcceptorTest, GivesConnectionsToItsHandlerUntilItIsStopped) {
  Connections connections;
  const auto acceptor = Acceptor::Start("127.0.0.1:0", kReserve, connections.handler());
  ASSERT_TRUE(acceptor.ok()) << acceptor.status();
  EXPECT_THAT((*acceptor)->address(), MatchesRegex("127.0.0.1:[1-9][0-9]*"));
  const int first = Connect((*acceptor)->address());
  const int second = Connect((*acceptor)->address());
  WaitUntilSeen(2, connections, **acceptor);
  (*acceptor)->Stop();
  EXPECT_EQ(Connect((*acceptor)->address()), -1);
  close(first);
  close(second);
}

TEST(AcceptorTest, TellsWhyItCannotListen) {
  Connections connections;
  const auto first = Acceptor::Start("127.0.0.1:0", kReserve, connections.handler());
  ASSERT_TRUE(first.ok()) << first.status();
  const absl::Status second = Acceptor::Start((*first)->address(), kReserve, connections.handler()).status();
  EXPECT_EQ(second.code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(second.message()), HasSubstr((*first)->address() + ": Address already in use"));
  EXPECT_THAT(std::string(Acceptor::Start("203.0.113.1:0", kReserve, connections.handler()).status().message()),
              HasSubstr("Cannot assign requested address"));
}

// Lowers the limit of descriptors to those in use and `more`.
class DescriptorLimit {
 public:
  explicit DescriptorLimit(int more) {
    getrlimit(RLIMIT_NOFILE, &before_);
    const int lowest_free = dup(0);
    close(lowest_free);
    const rlimit limit = {.rlim_cur = static_cast<rlim_t>(lowest_free + more), .rlim_max = before_.rlim_max};
    setrlimit(RLIMIT_NOFILE, &limit);
  }
  ~DescriptorLimit() { setrlimit(RLIMIT_NOFILE, &before_); }

 private:
  rlimit before_ = {};
};

TEST(AcceptorTest, ConnectionsBeyondTheLimitAreClosedAndLaterOnesAccepted) {
  Connections connections;
  const auto acceptor = Acceptor::Start("127.0.0.1:0", kReserve, connections.handler());
  ASSERT_TRUE(acceptor.ok()) << acceptor.status();
  std::vector<int> ours;
  {
    const DescriptorLimit limit(33);
    while ((*acceptor)->shed_connections() == 0) {
      ours.push_back(Connect((*acceptor)->address()));
      ASSERT_GE(ours.back(), 0) << "no descriptor is left for a file of our own";
      WaitUntilSeen(ours.size(), connections, **acceptor);
    }
    EXPECT_TRUE(IsClosedByPeer(ours.back()));
  }
  const int later = Connect((*acceptor)->address());
  WaitUntilSeen(ours.size() + 1, connections, **acceptor);
  EXPECT_EQ(connections.count(), ours.size());
  EXPECT_EQ((*acceptor)->shed_connections(), 1);
  close(later);
  for (const int descriptor : ours) close(descriptor);
}

}  // namespace
}  // namespace ebm::net
