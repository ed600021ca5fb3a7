// TLS of a port, and mutual TLS, with files that may be replaced while the server runs.
//
// gRPC reads what it serves from copies in memory (memfd_create), which change only when the files are usable: a half
// written certificate, a key that does not belong to it or an empty file changes nothing. gRPC itself would abort the
// process at an empty file, and refuse all new connections at the others.
//
// Errors: InvalidArgument with the file and what is wrong with it.
//
// Threads: Refresh is called by one thread at a time; the rest is safe from any thread.

#ifndef EBM_SERVER_RPC_TLS_H_
#define EBM_SERVER_RPC_TLS_H_

#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "grpcpp/security/server_credentials.h"

namespace ebm::rpc {

// The paths of PEM files, or their texts.
struct TlsFiles {
  std::string certificate;  // the server's chain, its own certificate first
  std::string key;
  std::string client_ca;  // authorities whose certificates clients must have; empty: clients need none

  friend bool operator==(const TlsFiles&, const TlsFiles&) = default;
};

// Whether the texts can be parsed and the key is that of the certificate. paths: for errors.
absl::Status CheckTls(const TlsFiles& texts, const TlsFiles& paths);

enum class Refreshed { kUnchanged, kReplaced };

class TlsIdentity {
 public:
  // Reads the files. Errors: those of CheckTls; a file that cannot be read; Unavailable, no descriptor is left.
  static absl::StatusOr<std::unique_ptr<TlsIdentity>> Load(const TlsFiles& paths);
  ~TlsIdentity();
  TlsIdentity(const TlsIdentity&) = delete;
  TlsIdentity& operator=(const TlsIdentity&) = delete;

  // Reads the files again, and serves them if they have changed and are usable. Each state of the files is complained
  // of once; after that it counts as unchanged.
  absl::StatusOr<Refreshed> Refresh();

  // What is served.
  TlsFiles texts() const;
  // The time until which the certificate that is served is valid.
  absl::Time not_after() const;

  // The object outlives the servers with these credentials.
  std::shared_ptr<grpc::ServerCredentials> Credentials() const;

 private:
  explicit TlsIdentity(TlsFiles paths);
  absl::Status Serve(const TlsFiles& texts);

  const TlsFiles paths_;
  // The descriptors of the copies; -1: none. Their numbers stay the same.
  int certificate_ = -1;
  int key_ = -1;
  int client_ca_ = -1;
  absl::Status complaint_;  // of the last Refresh
  mutable absl::Mutex mu_;
  TlsFiles served_ ABSL_GUARDED_BY(mu_);
};

}  // namespace ebm::rpc

#endif  // EBM_SERVER_RPC_TLS_H_
