// ebm-load: sends a mix of requests to a server, in an open loop (Poisson arrivals) or a closed loop, and reports
// rates, latency percentiles and errors by status code.
//
// Exit status: 0, all requests succeeded; 1, some failed; 2, usage error.

#include <cmath>
#include <iostream>
#include <memory>
#include <string>

#include "CLI/CLI.hpp"
#include "client/flags/model_flags.h"
#include "client/flags/transport_flags.h"
#include "client/load/load_driver.h"
#include "client/load/load_plan.h"
#include "client/load/load_report.h"
#include "model/core/version.h"
#include "model/process/command_line.h"
#include "model/process/run_program.h"

namespace ebm::client {
namespace {

struct Flags {
  LoadOptions options;
  LoadMix mix;
  double rate = 0;  // open loop
  int callers = 0;  // closed loop
  double seconds = 10;
  double warm_up_seconds = 2;
  uint64_t seed = 0;
  bool json = false;
};

void AddFlags(CLI::App& app, Flags& flags) {
  app.option_defaults()->always_capture_default();
  AddTransportFlags(app, flags.options.connection);
  AddModelFlags(app, flags.options.model);
  auto* const rate = app.add_option("--rate", flags.rate, "Open loop: requests per second, Poisson arrivals")
                         ->check(CLI::PositiveNumber);
  auto* const callers =
      app.add_option("--callers", flags.callers, "Closed loop: number of callers, each with one request at a time")
          ->check(CLI::Range(1, 100000));
  rate->excludes(callers);
  app.add_option("--seconds", flags.seconds, "Length of the run, warm-up included")->check(CLI::PositiveNumber);
  app.add_option("--warm_up_seconds", flags.warm_up_seconds, "Length of the warm-up, whose requests are not reported")
      ->check(CLI::NonNegativeNumber);
  app.add_option("--connections", flags.options.connections, "Number of connections to the server")
      ->check(CLI::Range(1, 1000));
  app.add_option("--dimension", flags.options.dimension, "D, the number of values per row")
      ->required()
      ->check(CLI::PositiveNumber);
  app.add_option("--classify", flags.mix.classify, "Weight of Classify requests")->check(CLI::NonNegativeNumber);
  app.add_option("--score", flags.mix.score, "Weight of Score requests")->check(CLI::NonNegativeNumber);
  app.add_option("--sample", flags.mix.sample, "Weight of Sample requests")->check(CLI::NonNegativeNumber);
  app.add_option("--classify_rows", flags.mix.classify_rows, "Rows per Classify request");
  app.add_option("--score_rows", flags.mix.score_rows, "Rows per Score request");
  app.add_option("--min_chains", flags.mix.min_chains, "Minimum number of chains per Sample request");
  app.add_option("--max_chains", flags.mix.max_chains, "Maximum number of chains per Sample request");
  app.add_option("--min_steps", flags.mix.min_steps, "Minimum number of steps per Sample request");
  app.add_option("--max_steps", flags.mix.max_steps, "Maximum number of steps per Sample request");
  app.add_option("--frame_interval", flags.options.frame_interval, "Steps between frames");
  app.add_option("--seed", flags.seed, "Seed; the same seed gives the same requests at the same times");
  app.add_flag("--json", flags.json, "Print one JSON object instead of a table");
}

constexpr int kThreadsOfGrpc = 8;

int Run(Flags flags) {
  flags.options.warm_up = absl::Seconds(flags.warm_up_seconds);
  RequireThreads(kThreadsOfGrpc);
  const absl::StatusOr<std::unique_ptr<LoadDriver>> made = LoadDriver::Create(flags.options);
  if (!made.ok()) {
    std::cerr << "ebm-load: " << made.status().message() << "\n";
    return 2;
  }
  LoadDriver& driver = **made;
  const absl::Duration length = absl::Seconds(flags.seconds);
  if (flags.callers > 0) {
    constexpr size_t kDistinctRequests = 10000;
    driver.RunClosedLoop(PlanClosedLoop(flags.mix, kDistinctRequests, flags.seed), flags.callers, length);
  } else {
    driver.RunOpenLoop(PlanOpenLoop(flags.mix, flags.rate, length, flags.seed));
  }
  const LoadReport report = driver.report();
  std::cout << (flags.json ? report.Json(driver.reported_length(), flags.rate) + "\n"
                           : report.Table(driver.reported_length()));
  return report.all_ok() ? 0 : 1;
}

int Main(int argc, char** argv) {
  CLI::App app("Sends a mix of requests to a server and reports rates and latencies.", "ebm-load");
  app.set_version_flag("--version", std::string("ebm-load ") + kVersion);
  Flags flags;
  AddFlags(app, flags);
  try {
    ParseCommandLine(app, argc, argv);
    if (flags.rate == 0 && flags.callers == 0) throw CLI::RequiredError("--rate or --callers");
    if (!std::isfinite(flags.rate) || !(flags.seconds > flags.warm_up_seconds) || !std::isfinite(flags.seconds)) {
      throw CLI::ValidationError("--rate and --seconds must be finite, and --seconds above --warm_up_seconds");
    }
    if (const absl::Status status = flags.mix.Validate(); !status.ok()) {
      throw CLI::ValidationError(std::string(status.message()));
    }
  } catch (const CLI::Success& asked) {  // --help, --version
    return app.exit(asked);
  } catch (const CLI::ParseError& error) {
    std::cerr << "ebm-load: " << error.what() << "\n";
    return 2;
  }
  return Run(flags);
}

}  // namespace
}  // namespace ebm::client

int main(int argc, char** argv) {
  return ebm::RunProgram("ebm-load", ebm::ReaderGone::kEndsProgram, [&] { return ebm::client::Main(argc, argv); });
}
