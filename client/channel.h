// gRPC channels from ConnectionOptions.
//
// Errors of MakeChannel: those of ConnectionOptions::Validate; InvalidArgument for a file of TLS that cannot be read or
// is empty.

#ifndef EBM_CLIENT_CHANNEL_H_
#define EBM_CLIENT_CHANNEL_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "client/connection_options.h"
#include "grpcpp/grpcpp.h"

namespace ebm::client {

// By default gRPC lets the channels of a process share their connections to one address.
enum class Sockets { kShared, kOwn };

// Does not connect: the first call does.
absl::StatusOr<std::shared_ptr<grpc::Channel>> MakeChannel(const ConnectionOptions& options,
                                                           Sockets sockets = Sockets::kShared);

// gRPC's service config as JSON: round robin, and retries after UNAVAILABLE of the calls that can be repeated as a
// whole. REQUIRES: valid options.
std::string ServiceConfig(const RetryOptions& retry);

}  // namespace ebm::client

#endif  // EBM_CLIENT_CHANNEL_H_
