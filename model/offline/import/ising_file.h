// Ising models and quadratic binary problems as lists of numbers: fields h_i and couplings J_ij of sites from 0 on.
//
//   couplings   three columns: i, j and J_ij of one pair, in any order of i and j; i = j is the field of site i
//   fields      two columns: i and h_i
//
// CSV as model/io/csv.h reads it, with or without a header line. A file whose name ends in .coo is in D-Wave's text
// format instead: the columns of couplings with blanks between them, and lines that begin with #, one of which may say
// `vartype=SPIN` or `vartype=BINARY`.
//
// Errors: InvalidArgument with the file, the line of numbers (from 1) and what is wrong with it: another number of
// columns, an index that is no whole number from 0 to 1048575, a number that is missing or not finite, a pair or a
// field that is given twice, another vartype; those of the readers.
//
// Threads: free functions, reentrant.

#ifndef EBM_MODEL_OFFLINE_IMPORT_ISING_FILE_H_
#define EBM_MODEL_OFFLINE_IMPORT_ISING_FILE_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "model/io/csv.h"
#include "model/spec/boltzmann_spec.h"

namespace ebm {

enum class IsingVariables { kSpins, kBits };  // -1 and 1; 0 and 1

struct IsingModel {
  std::map<Edge, double> couplings;
  std::map<int64_t, double> fields;              // of some of the sites; the others have 0
  int64_t sites = 0;                             // one more than the highest index
  std::optional<IsingVariables> variables = {};  // that the couplings file says it is of
  std::string sha256;  // of the couplings file, followed by that of the fields file if there is one
};

// fields: a path, or empty. header: of CSV files.
absl::StatusOr<IsingModel> ReadIsingModel(const std::string& couplings, const std::string& fields, CsvHeader header);

}  // namespace ebm

#endif  // EBM_MODEL_OFFLINE_IMPORT_ISING_FILE_H_
