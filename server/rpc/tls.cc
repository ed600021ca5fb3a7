#include "server/rpc/tls.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <ctime>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "grpcpp/security/tls_certificate_provider.h"
#include "grpcpp/security/tls_credentials_options.h"
#include "model/core/status_macros.h"
#include "model/io/file_bytes.h"
#include "openssl/bio.h"
#include "openssl/evp.h"
#include "openssl/pem.h"
#include "openssl/x509.h"

namespace ebm::rpc {
namespace {

constexpr unsigned kRefreshSeconds = 1;

using Bio = std::unique_ptr<BIO, decltype(&BIO_free)>;
using Certificate = std::unique_ptr<X509, decltype(&X509_free)>;
using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;

absl::Status Wrong(const std::string& file, absl::string_view what) {
  return absl::InvalidArgumentError(absl::StrCat(file, ": ", what));
}

Bio Open(const std::string& text) { return {BIO_new_mem_buf(text.data(), static_cast<int>(text.size())), BIO_free}; }

// The first one in the text; null if there is none.
Certificate ParseCertificate(const std::string& text) {
  const Bio bio = Open(text);
  return {PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr), X509_free};
}

// A key with a passphrase is refused: an empty one is tried, so that nothing is asked for on the terminal.
Key ParseKey(const std::string& text) {
  const Bio bio = Open(text);
  char no_passphrase[] = "";
  return {PEM_read_bio_PrivateKey(bio.get(), nullptr, nullptr, no_passphrase), EVP_PKEY_free};
}

absl::StatusOr<TlsFiles> ReadFiles(const TlsFiles& paths) {
  constexpr size_t kLargestFile = 1 << 20;
  TlsFiles texts;
  EBM_ASSIGN_OR_RETURN(texts.certificate, ReadFileBytes(paths.certificate, kLargestFile));
  EBM_ASSIGN_OR_RETURN(texts.key, ReadFileBytes(paths.key, kLargestFile));
  if (paths.client_ca.empty()) return texts;
  EBM_ASSIGN_OR_RETURN(texts.client_ca, ReadFileBytes(paths.client_ca, kLargestFile));
  return texts;
}

// Puts a new copy in the place of the descriptor, at once; -1 gets a number.
absl::Status Copy(const std::string& text, int* descriptor) {
  const int copy = memfd_create("tls", MFD_CLOEXEC);
  const bool is_whole = copy >= 0 && write(copy, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  const bool is_placed = is_whole && (*descriptor < 0 || dup3(copy, *descriptor, O_CLOEXEC) >= 0);
  if (is_placed && *descriptor < 0) {
    *descriptor = copy;
  } else if (copy >= 0) {
    close(copy);
  }
  return is_placed ? absl::OkStatus() : absl::UnavailableError("TLS: no descriptor or memory left");
}

std::string PathOf(int descriptor) { return descriptor < 0 ? "" : absl::StrCat("/proc/self/fd/", descriptor); }

}  // namespace

absl::Status CheckTls(const TlsFiles& texts, const TlsFiles& paths) {
  const Certificate certificate = ParseCertificate(texts.certificate);
  if (certificate == nullptr) return Wrong(paths.certificate, "holds no certificate in PEM");
  const Key key = ParseKey(texts.key);
  if (key == nullptr) return Wrong(paths.key, "holds no private key in PEM without a passphrase");
  if (X509_check_private_key(certificate.get(), key.get()) != 1) {
    return Wrong(paths.key, absl::StrCat("is not the key of the certificate in ", paths.certificate));
  }
  if (paths.client_ca.empty() || ParseCertificate(texts.client_ca) != nullptr) return absl::OkStatus();
  return Wrong(paths.client_ca, "holds no certificate in PEM");
}

TlsIdentity::TlsIdentity(TlsFiles paths) : paths_(std::move(paths)) {}

TlsIdentity::~TlsIdentity() {
  for (const int descriptor : {certificate_, key_, client_ca_}) {
    if (descriptor >= 0) close(descriptor);
  }
}

absl::StatusOr<std::unique_ptr<TlsIdentity>> TlsIdentity::Load(const TlsFiles& paths) {
  std::unique_ptr<TlsIdentity> identity(new TlsIdentity(paths));
  EBM_ASSIGN_OR_RETURN(const TlsFiles texts, ReadFiles(paths));
  EBM_RETURN_IF_ERROR(CheckTls(texts, paths));
  EBM_RETURN_IF_ERROR(identity->Serve(texts));
  return identity;
}

absl::StatusOr<Refreshed> TlsIdentity::Refresh() {
  const auto serve_changes = [&]() -> absl::StatusOr<Refreshed> {
    EBM_ASSIGN_OR_RETURN(const TlsFiles texts, ReadFiles(paths_));
    if (texts == this->texts()) return Refreshed::kUnchanged;
    EBM_RETURN_IF_ERROR(CheckTls(texts, paths_));
    EBM_RETURN_IF_ERROR(Serve(texts));
    return Refreshed::kReplaced;
  };
  const absl::StatusOr<Refreshed> result = serve_changes();
  const bool is_new = result.status() != std::exchange(complaint_, result.status());
  if (!result.ok() && !is_new) return Refreshed::kUnchanged;
  return result;
}

absl::Status TlsIdentity::Serve(const TlsFiles& texts) {
  EBM_RETURN_IF_ERROR(Copy(texts.key, &key_));
  EBM_RETURN_IF_ERROR(Copy(texts.certificate, &certificate_));
  if (!paths_.client_ca.empty()) EBM_RETURN_IF_ERROR(Copy(texts.client_ca, &client_ca_));
  const absl::MutexLock lock(&mu_);
  served_ = texts;
  return absl::OkStatus();
}

TlsFiles TlsIdentity::texts() const {
  const absl::MutexLock lock(&mu_);
  return served_;
}

absl::Time TlsIdentity::not_after() const {
  const Certificate certificate = ParseCertificate(texts().certificate);
  std::tm time = {};
  if (ASN1_TIME_to_tm(X509_get0_notAfter(certificate.get()), &time) != 1) return absl::InfinitePast();
  return absl::FromTM(time, absl::UTCTimeZone());
}

std::shared_ptr<grpc::ServerCredentials> TlsIdentity::Credentials() const {
  using grpc::experimental::FileWatcherCertificateProvider;
  const auto provider = std::make_shared<FileWatcherCertificateProvider>(PathOf(key_), PathOf(certificate_),
                                                                         PathOf(client_ca_), kRefreshSeconds);
  grpc::experimental::TlsServerCredentialsOptions options(provider);
  options.watch_identity_key_cert_pairs();
  if (client_ca_ >= 0) {
    options.watch_root_certs();
    options.set_cert_request_type(GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
  }
  return grpc::experimental::TlsServerCredentials(options);
}

}  // namespace ebm::rpc
