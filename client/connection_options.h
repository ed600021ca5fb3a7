// How a client reaches its servers: their addresses, TLS, a bearer token, deadlines, retries.
//
// Retries. Calls that change nothing on the server (Classify, Score, Sample, ListModels, GetModel) are sent again after
// UNAVAILABLE, to the next server if there are several, and after RESOURCE_EXHAUSTED, when longer waits give the
// servers time. No other code is retried, and LoadModel and UnloadModel never are. Waits grow exponentially and are
// jittered. A budget keeps retries from multiplying the load on servers that fail (a token bucket, gRFC A6): over time
// at most `budget` retries per answered request, and at once at most `burst`.
//
// UNAVAILABLE is retried by gRPC (channel.h), but for Sample. gRPC knows one wait for all codes, and it can repeat a
// stream only before its first message; so RESOURCE_EXHAUSTED is retried by retry.h, and streams are continued by
// sample_reader.h. Those two share a budget; gRPC keeps another of the same size for each target.
//
// Errors of Validate: InvalidArgument with the field, the value and the limit.

#ifndef EBM_CLIENT_CONNECTION_OPTIONS_H_
#define EBM_CLIENT_CONNECTION_OPTIONS_H_

#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"

namespace ebm::client {

// Files in PEM format, read when the connection is made.
struct TlsOptions {
  std::string ca_file;           // the roots that the server's certificate must come from; empty: the system's
  std::string certificate_file;  // the client's, for mutual TLS; together with key_file
  std::string key_file;
  std::string server_name;  // in the server's certificate; empty: the target's host
};

enum class PlainTextToken { kRefused, kAllowed };

// Sent with every call as "authorization: Bearer ...". At most one of token and file.
struct TokenOptions {
  std::string token;
  std::string file;  // read again when it has changed; blanks and line ends around the token are ignored
  PlainTextToken without_tls = PlainTextToken::kRefused;

  bool empty() const { return token.empty() && file.empty(); }
};

struct RetryOptions {
  int attempts = 4;  // of a call, and of a stream that makes no progress; 1 to 5. 1: no retries
  absl::Duration first_wait = absl::Milliseconds(100);  // after UNAVAILABLE; doubles with each attempt
  absl::Duration longest_wait = absl::Seconds(2);
  absl::Duration first_overload_wait = absl::Milliseconds(500);  // after RESOURCE_EXHAUSTED
  absl::Duration longest_overload_wait = absl::Seconds(5);
  double budget = 0.1;
  int burst = 100;
};

// What a call does while no server is connected.
enum class Unconnected {
  kFails,  // UNAVAILABLE, after the retries
  kWaits   // until there is one or the deadline has passed ("wait for ready")
};

struct ConnectionOptions {
  // A gRPC target: HOST:PORT, dns:///HOST:PORT, ipv4:ADDRESS:PORT,ADDRESS:PORT, ... Calls take turns among all of its
  // addresses (round robin).
  std::string target;
  std::optional<TlsOptions> tls;  // unset: plain text
  TokenOptions token;
  absl::Duration deadline = absl::InfiniteDuration();  // for each call, with its retries
  RetryOptions retry;
  Unconnected unconnected = Unconnected::kFails;
  int max_message_bytes = 256 << 20;  // limit for one answer, or one frame of a stream
  // An idle connection with calls on it is probed after this time and given up if nothing comes back within
  // keepalive_timeout. Servers of gRPC refuse probes that are more frequent than they allow.
  absl::Duration keepalive_time = absl::Minutes(1);
  absl::Duration keepalive_timeout = absl::Seconds(20);

  absl::Status Validate() const;
};

}  // namespace ebm::client

#endif  // EBM_CLIENT_CONNECTION_OPTIONS_H_
