#include "server/rpc/tls.h"

#include <ctime>

#include "absl/strings/str_cat.h"
#include "grpcpp/security/tls_certificate_provider.h"
#include "grpcpp/security/tls_credentials_options.h"
#include "model/core/status_macros.h"
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

absl::StatusOr<Bio> Open(const std::string& file) {
  Bio bio(BIO_new_file(file.c_str(), "r"), BIO_free);
  if (bio == nullptr) return Wrong(file, "cannot be read");
  return bio;
}

// The first one in the file.
absl::StatusOr<Certificate> ReadCertificate(const std::string& file) {
  EBM_ASSIGN_OR_RETURN(const Bio bio, Open(file));
  Certificate certificate(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr), X509_free);
  if (certificate == nullptr) return Wrong(file, "holds no certificate in PEM");
  return certificate;
}

// A key with a passphrase is refused: an empty one is tried, so that nothing is asked for on the terminal.
absl::StatusOr<Key> ReadKey(const std::string& file) {
  EBM_ASSIGN_OR_RETURN(const Bio bio, Open(file));
  char no_passphrase[] = "";
  Key key(PEM_read_bio_PrivateKey(bio.get(), nullptr, nullptr, no_passphrase), EVP_PKEY_free);
  if (key == nullptr) return Wrong(file, "holds no private key in PEM without a passphrase");
  return key;
}

}  // namespace

absl::Status CheckTlsFiles(const TlsFiles& files) {
  EBM_ASSIGN_OR_RETURN(const Certificate certificate, ReadCertificate(files.certificate));
  EBM_ASSIGN_OR_RETURN(const Key key, ReadKey(files.key));
  if (X509_check_private_key(certificate.get(), key.get()) != 1) {
    return Wrong(files.key, absl::StrCat("is not the key of the certificate in ", files.certificate));
  }
  return files.client_ca.empty() ? absl::OkStatus() : ReadCertificate(files.client_ca).status();
}

absl::StatusOr<absl::Time> NotAfter(const std::string& certificate_file) {
  EBM_ASSIGN_OR_RETURN(const Certificate certificate, ReadCertificate(certificate_file));
  std::tm time = {};
  if (ASN1_TIME_to_tm(X509_get0_notAfter(certificate.get()), &time) != 1) {
    return Wrong(certificate_file, "the end of the certificate's validity is not a time");
  }
  return absl::FromTM(time, absl::UTCTimeZone());
}

std::shared_ptr<grpc::ServerCredentials> MakeTlsCredentials(const TlsFiles& files) {
  using grpc::experimental::FileWatcherCertificateProvider;
  const auto provider =
      std::make_shared<FileWatcherCertificateProvider>(files.key, files.certificate, files.client_ca, kRefreshSeconds);
  grpc::experimental::TlsServerCredentialsOptions options(provider);
  options.watch_identity_key_cert_pairs();
  if (!files.client_ca.empty()) {
    options.watch_root_certs();
    options.set_cert_request_type(GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
  }
  return grpc::experimental::TlsServerCredentials(options);
}

}  // namespace ebm::rpc
