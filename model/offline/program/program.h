// What the offline programs (ebm-train, ebm-logz, ebm-eval, ebm-import) have in common: flags, exit status and Ctrl-C.
//
// Threads: StopRequested may be called from any thread; everything else only before other threads start.

#ifndef EBM_MODEL_OFFLINE_PROGRAM_PROGRAM_H_
#define EBM_MODEL_OFFLINE_PROGRAM_PROGRAM_H_

#include <CLI/CLI.hpp>
#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "model/io/csv.h"

namespace ebm {

// Adds --seed, any 64-bit number, and --threads, where 0 means all cores that the process may use (usable_cores.h).
// The variables must outlive the parse.
void AddSeedFlag(CLI::App& app, const std::string& help, uint64_t& seed);
void AddThreadsFlag(CLI::App& app, const std::string& help, int& threads);
int ThreadsOrAllCores(int threads);

// Adds --header for CSV files.
void AddHeaderFlag(CLI::App& app, CsvHeader& header);

// The help of --data: known data sets, and what model/offline/data/reader.h reads.
std::string DataHelp();

// The help of a flag that names the file of labels for the rows of --<rows>.
std::string LabelsHelp(const std::string& rows);

// Set if the program must exit with this status: after --help or --version, or after one line on stderr about a wrong
// flag.
std::optional<int> ParseFlags(CLI::App& app, int argc, char** argv);

// From now on the first SIGINT, SIGTERM or SIGHUP is a request to stop, and the second ends the process at once (but
// for SIGHUP, of which a lost session can send two).
void StopOnSignals();
bool StopRequested();

// Prints an error to stderr and returns the program's exit status (model/core/exit_status.h).
int Finish(const CLI::App& app, const absl::Status& status);

}  // namespace ebm

#endif  // EBM_MODEL_OFFLINE_PROGRAM_PROGRAM_H_
