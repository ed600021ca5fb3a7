#include "client/flags/transport_flags.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "client/flags/flag_checks.h"

namespace ebm::client {
namespace {

constexpr char kTlsGroup[] = "TLS and token";

std::string DeadlineText(const ConnectionOptions& options) {
  if (options.deadline == absl::InfiniteDuration()) return "none";
  return absl::StrCat(absl::ToDoubleSeconds(options.deadline));
}

// Each flag of TLS turns it on.
TlsOptions& TlsOf(ConnectionOptions& options) {
  if (!options.tls.has_value()) options.tls.emplace();
  return *options.tls;
}

void AddTlsFile(CLI::App& command, ConnectionOptions& options, const char* name, std::string TlsOptions::*field,
                const char* help) {
  command
      .add_option_function<std::string>(
          name, [&options, field](const std::string& path) { TlsOf(options).*field = path; }, help)
      ->type_name(field == &TlsOptions::server_name ? "NAME" : "FILE")
      ->group(kTlsGroup);
}

void AddTlsFlags(CLI::App& command, ConnectionOptions& options) {
  command
      .add_flag_callback(
          "--tls", [&options] { TlsOf(options); }, "TLS, with the system's root certificates; the flags below imply it")
      ->group(kTlsGroup);
  AddTlsFile(command, options, "--tls_ca", &TlsOptions::ca_file,
             "Root certificates, PEM, that the server's must come from (default: the system's)");
  AddTlsFile(command, options, "--tls_cert", &TlsOptions::certificate_file, "This client's certificate, PEM");
  AddTlsFile(command, options, "--tls_key", &TlsOptions::key_file, "The key of --tls_cert, PEM");
  AddTlsFile(command, options, "--tls_server_name", &TlsOptions::server_name,
             "The name in the server's certificate (default: the host in --server)");
}

void AddTokenFlags(CLI::App& command, ConnectionOptions& options) {
  command
      .add_option("--token_file", options.token.file,
                  "Send this file's content as bearer token; it is read again when it changes")
      ->type_name("FILE")
      ->group(kTlsGroup);
  command
      .add_flag_callback(
          "--token_without_tls", [&options] { options.token.without_tls = PlainTextToken::kAllowed; },
          "Send the token over plain text, too, where anyone on the way can read it")
      ->group(kTlsGroup);
}

}  // namespace

void AddTransportFlags(CLI::App& command, ConnectionOptions& options) {
  command
      .add_option(
          "--server", options.target,
          "HOST:PORT, dns:///HOST:PORT, or several as ipv4:ADDRESS:PORT,ADDRESS:PORT; calls take turns among all "
          "addresses")
      ->required()
      ->type_name("TARGET")
      ->check(ServerTarget());
  command
      .add_option_function<double>(
          "--deadline", [&options](double seconds) { options.deadline = absl::Seconds(seconds); },
          absl::StrCat("Time limit for each call, its retries included (default: ", DeadlineText(options), ")"))
      ->type_name("SECONDS")
      ->check(PositiveNumber());
  command
      .add_option_function<int>(
          "--retries", [&options](int retries) { options.retry.attempts = retries + 1; },
          absl::StrCat("How often a call is sent again if no server is available or all are full (default: ",
                       options.retry.attempts - 1, ")"))
      ->type_name("N")
      ->check(CLI::Range(0, 4));
  command.add_flag_callback(
      "--wait", [&options] { options.unconnected = Unconnected::kWaits; },
      "Wait for a server until the deadline instead of failing when none is connected");
  AddTlsFlags(command, options);
  AddTokenFlags(command, options);
}

}  // namespace ebm::client
