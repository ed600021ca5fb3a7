// ebm-import: makes a checkpoint of an Ising model, or a quadratic binary problem, that is given as lists of fields and
// couplings.
//
// Exit status: 0, written; 1, an error of the system (a full disk, ...); 2, usage: a flag or a file.

#include <CLI/CLI.hpp>
#include <iostream>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "model/core/guarded.h"
#include "model/core/status_macros.h"
#include "model/io/csv.h"
#include "model/offline/import/ising_checkpoint.h"
#include "model/offline/import/ising_file.h"
#include "model/offline/program/program.h"
#include "model/process/run_program.h"

namespace {

constexpr char kEnergy[] = "energy";
constexpr char kLogDensity[] = "log_density";
constexpr char kSpins[] = "spins";
constexpr char kBits[] = "bits";

struct Flags {
  std::string couplings;
  std::string fields;
  std::string numbers;
  std::optional<std::string> variables;
  ebm::CsvHeader header = ebm::CsvHeader::kAuto;
  std::string output;
  ebm::IsingImport import;
};

void AddFlags(CLI::App& app, Flags& flags) {
  app.add_option("--couplings", flags.couplings,
                 "CSV file of the columns i, j and J, sites counted from 0; a line with i = j is the field of site i. "
                 "Or a file whose name ends in .coo, in D-Wave's text format")
      ->required();
  app.add_option("--fields", flags.fields, "CSV file of the columns i and h (default: no further fields)");
  app.add_option("--numbers", flags.numbers,
                 "what the numbers make up: energy, so that positive couplings favour opposite spins, as in D-Wave's "
                 "files; or log_density, so that they favour equal ones")
      ->required()
      ->check(CLI::IsMember({kEnergy, kLogDensity}));
  app.add_option("--variables", flags.variables,
                 "spins: -1 and 1; bits: 0 and 1 (default: the vartype of a .coo file, otherwise spins)")
      ->check(CLI::IsMember({kSpins, kBits}));
  ebm::AddHeaderFlag(app, flags.header);
  app.add_option("--beta", flags.import.beta, "inverse temperature, by which all numbers are multiplied")
      ->capture_default_str();
  app.add_option("--shape", flags.import.input_shape, "shape of a state, such as 10,10 (default: a row of sites)")
      ->delimiter(',');
  app.add_option("--output", flags.output, "the checkpoint, a .safetensors file")->required();
}

const char* NameOf(ebm::IsingVariables variables) { return variables == ebm::IsingVariables::kSpins ? kSpins : kBits; }

absl::StatusOr<ebm::IsingVariables> VariablesOf(const Flags& flags, const ebm::IsingModel& model) {
  if (!flags.variables.has_value()) return model.variables.value_or(ebm::IsingVariables::kSpins);
  const auto wanted = *flags.variables == kSpins ? ebm::IsingVariables::kSpins : ebm::IsingVariables::kBits;
  if (model.variables.value_or(wanted) == wanted) return wanted;
  return absl::InvalidArgumentError(absl::StrCat("--variables: is ", NameOf(wanted), "; ", flags.couplings,
                                                 " says that it is of ", NameOf(*model.variables)));
}

absl::Status Run(Flags flags) {
  EBM_ASSIGN_OR_RETURN(const ebm::IsingModel model, ebm::ReadIsingModel(flags.couplings, flags.fields, flags.header));
  flags.import.sign = flags.numbers == kEnergy ? ebm::IsingSign::kEnergy : ebm::IsingSign::kLogDensity;
  EBM_ASSIGN_OR_RETURN(flags.import.variables, VariablesOf(flags, model));
  flags.import.data_name = flags.couplings;
  EBM_ASSIGN_OR_RETURN(const ebm::ImportedIsing imported, ebm::ImportIsing(model, flags.import));
  EBM_RETURN_IF_ERROR(ebm::WriteCheckpoint(imported.checkpoint, flags.output));
  std::cout << absl::StreamFormat("%s: %d sites, %d couplings\n", flags.output, model.sites, model.couplings.size());
  if (flags.import.variables == ebm::IsingVariables::kSpins) {
    std::cout << absl::StreamFormat("ln Z of the spins is that of the checkpoint plus %.12g\n", imported.constant);
  }
  return absl::OkStatus();
}

int Main(int argc, char** argv) {
  CLI::App app("Makes a checkpoint of an Ising model from lists of its fields and couplings.", "ebm-import");
  Flags flags;
  AddFlags(app, flags);
  if (const std::optional<int> status = ebm::ParseFlags(app, argc, argv)) return *status;
  return ebm::Finish(app, ebm::Guarded([&] { return Run(flags); }));
}

}  // namespace

int main(int argc, char** argv) {
  return ebm::RunProgram("ebm-import", ebm::ReaderGone::kIsIgnored, [&] { return Main(argc, argv); });
}
