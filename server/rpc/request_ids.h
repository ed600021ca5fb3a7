// The ids by which callers and operators find a request in logs: the caller's own, from the metadata `x-request-id`, or
// one that the server makes. Every call gets its id back in its trailing metadata.
//
// Threads: safe from any thread.

#ifndef EBM_SERVER_RPC_REQUEST_IDS_H_
#define EBM_SERVER_RPC_REQUEST_IDS_H_

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "model/core/random.h"

namespace ebm::rpc {

inline constexpr char kRequestIdHeader[] = "x-request-id";

// Whether a caller's id is taken: 1 to 128 printable ASCII characters. Others are replaced.
bool IsRequestId(absl::string_view id);

class RequestIds {
 public:
  // Ids that no other server makes, as far as chance can tell: from the system's random numbers.
  RequestIds();
  // The ids of a seed, for tests.
  explicit RequestIds(const std::array<uint32_t, 4>& seed);

  // 128 random bits as 32 hexadecimal digits. An object makes none twice.
  std::string Next();

 private:
  const PhiloxKey key_;
  const std::array<uint32_t, 2> high_;  // of the counter
  std::atomic<uint64_t> made_ = 0;      // the counter's low half
};

}  // namespace ebm::rpc

#endif  // EBM_SERVER_RPC_REQUEST_IDS_H_
