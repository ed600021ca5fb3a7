// What the offline programs (ebm-train, ebm-logz, ebm-eval) have in common: flags, exit status and Ctrl-C.
//
// Threads: StopRequested from any; the rest before others begin.

#ifndef EBM_MODEL_PROGRAM_PROGRAM_H_
#define EBM_MODEL_PROGRAM_PROGRAM_H_

#include <CLI/CLI.hpp>
#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/status.h"

namespace ebm {

// --seed, any number of 64 bits, and --threads, 0 standing for all cores. The variables outlive the parse.
void AddSeedFlag(CLI::App& app, const std::string& help, uint64_t& seed);
void AddThreadsFlag(CLI::App& app, const std::string& help, int& threads);
int ThreadsOrAllCores(int threads);

// The exit status of a program that ends here: after --help, or after one line on stderr about a wrong flag.
std::optional<int> ParseFlags(CLI::App& app, int argc, char** argv);

// An output that cannot be written is told before the work. Errors: InvalidArgument for a folder; what the operating
// system says.
absl::Status CheckOutput(const std::string& output);

// From now on the first SIGINT or SIGTERM is a request to stop, and the second ends the process at once.
void StopOnSignals();
bool StopRequested();

// Says on stderr what went wrong. Returns 0, done; 1, the machine said no (a full disk, ...); 2, usage: a flag, a file
// or the data in it; 3, Aborted; 130, Cancelled.
int Finish(const CLI::App& app, const absl::Status& status);

}  // namespace ebm

#endif  // EBM_MODEL_PROGRAM_PROGRAM_H_
