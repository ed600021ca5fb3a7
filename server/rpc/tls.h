// TLS of a port, and mutual TLS, with files that may be replaced while the server runs.
//
// Replace certificate and key together, as Kubernetes does (a new folder and a link to it): while the two do not belong
// together, new connections fail.
//
// Errors: InvalidArgument with the file and what is wrong with it.
//
// Threads: free functions, reentrant.

#ifndef EBM_SERVER_RPC_TLS_H_
#define EBM_SERVER_RPC_TLS_H_

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "grpcpp/security/server_credentials.h"

namespace ebm::rpc {

// Paths of PEM files.
struct TlsFiles {
  std::string certificate;  // the server's chain, its own certificate first
  std::string key;
  std::string client_ca;  // authorities whose certificates clients must have; empty: clients need none
};

// Whether the files can be read and the key is that of the certificate.
absl::Status CheckTlsFiles(const TlsFiles& files);

// The time until which the certificate in the file is valid.
absl::StatusOr<absl::Time> NotAfter(const std::string& certificate_file);

// Reads the files again when they change. REQUIRES: CheckTlsFiles returned OK.
std::shared_ptr<grpc::ServerCredentials> MakeTlsCredentials(const TlsFiles& files);

}  // namespace ebm::rpc

#endif  // EBM_SERVER_RPC_TLS_H_
