#include <chrono>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/strip.h"
#include "absl/time/time.h"
#include "client/bearer_token.h"
#include "client/cli/command_status.h"
#include "client/cli/commands.h"
#include "client/cli/interrupt.h"
#include "client/cli/progress_bar.h"
#include "client/fetch/fetch.h"
#include "client/retry.h"
#include "model/core/status_macros.h"
#include "model/process/command_line.h"

namespace ebm::client {
namespace {

constexpr uint64_t kMostRetries = 100;
constexpr uint64_t kLongestStallSeconds = 3600;

struct FetchFlags {
  FetchRequest request;
  std::string source;
  std::string token_file;
};

absl::StatusOr<std::string> TokenIn(const std::string& file) {
  if (file.empty()) return "";
  EBM_ASSIGN_OR_RETURN(const std::unique_ptr<BearerToken> token, BearerToken::Create({.file = file}));
  return std::string(absl::StripPrefix(token->Header(), "Bearer "));
}

absl::StatusOr<FetchRequest> RequestOf(const FetchFlags& flags) {
  FetchRequest request = flags.request;
  EBM_ASSIGN_OR_RETURN(request.source, ParseFetchSource(flags.source));
  EBM_ASSIGN_OR_RETURN(request.bearer_token, TokenIn(flags.token_file));
  EBM_RETURN_IF_ERROR(request.Validate());
  return request;
}

void ShowProgress(ShareProgressBar& bar, uint64_t bytes, uint64_t total) {
  constexpr double kMega = 1e6;
  const auto done = static_cast<double>(bytes);
  const auto all = static_cast<double>(total);
  bar.Show(all > 0 ? done / all : 1, absl::StrFormat("%.1f of %.1f MB", done / kMega, all / kMega),
           std::chrono::steady_clock::now());
}

absl::Status RunFetch(const FetchFlags& flags, const Console& console) {
  EBM_ASSIGN_OR_RETURN(const FetchRequest request, AsUsage(RequestOf(flags)));
  const InterruptNote interrupt;
  ShareProgressBar bar(console.err, std::chrono::steady_clock::now(), 0);
  FetchHooks hooks = {.stopped = [&interrupt] { return interrupt.requested(); }, .clock = SystemRetryClock()};
  hooks.progress = [&](uint64_t bytes, std::optional<uint64_t> total) {
    if (console.err_is_terminal && total.has_value()) ShowProgress(bar, bytes, *total);
  };
  hooks.retrying = [&](const absl::Status& error, absl::Duration wait) {
    bar.Clear();
    console.err << absl::StrFormat("%s: %s; trying again in %.1f s\n", request.source.display, error.message(),
                                   absl::ToDoubleSeconds(wait))
                << std::flush;
  };
  const absl::StatusOr<FetchResult> result = Fetch(request, hooks);
  bar.Clear();
  if (!result.ok()) return result.status();
  console.out << (result->kept ? "kept " : "fetched ") << request.file << ": " << result->bytes << " bytes, SHA-256 "
              << result->sha256 << "\n";
  return absl::OkStatus();
}

void AddTransferFlags(CLI::App& command, FetchRequest& request) {
  command.add_option("--max_bytes", request.max_bytes, "Refuse a file with more bytes than this")
      ->type_name("N")
      ->transform(WholeNumber(1, uint64_t{1} << 62))
      ->capture_default_str();
  command
      .add_option("--retries", request.retries,
                  "How often a connection that fails, or a server that cannot answer now, is tried again")
      ->type_name("N")
      ->transform(WholeNumber(0, kMostRetries))
      ->capture_default_str();
  command
      .add_option_function<int64_t>(
          "--stall_timeout", [&request](int64_t seconds) { request.stall_timeout = absl::Seconds(seconds); },
          absl::StrCat("Give a connection up after this time without a byte (default: ",
                       absl::ToInt64Seconds(request.stall_timeout), ")"))
      ->type_name("SECONDS")
      ->transform(WholeNumber(1, kLongestStallSeconds));
}

}  // namespace

CommandBody AddFetchCommand(CLI::App& command) {
  const auto flags = std::make_shared<FetchFlags>();
  command.add_option("SOURCE", flags->source, "A path, file:///PATH, https://HOST/PATH, or http:// with --sha256")
      ->required()
      ->type_name("");
  command.add_option("FILE", flags->request.file, "Where to: replaced as a whole, or not at all")
      ->required()
      ->type_name("");
  command
      .add_option("--sha256", flags->request.sha256,
                  "The digest that the file must have; if FILE has it already, nothing is fetched")
      ->type_name("HEX");
  AddTransferFlags(command, flags->request);
  command
      .add_option("--tls_ca", flags->request.ca_file,
                  "Root certificates, PEM, that https servers must come from (default: SSL_CERT_FILE, or the system's)")
      ->type_name("FILE");
  command.add_option("--token_file", flags->token_file, "Send this file's content as bearer token; https only")
      ->type_name("FILE");
  command.footer(
      "Exit status: 0, FILE has the bytes; 1, they cannot be fetched, or have another digest; 2, usage error, a SOURCE "
      "on this machine that is missing included. Unless it is 0, FILE is as it was.");
  return [flags](const Console& console) { return RunFetch(*flags, console); };
}

}  // namespace ebm::client
