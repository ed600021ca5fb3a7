// Answers as rows of a file: NPY with named fields (a structured array: numpy.load(file)["log_density"]), or CSV with a
// header.
//
// Numbers in NPY are float32, and int32 for whole numbers; in CSV they have nine digits, which are exact.

#ifndef EBM_CLIENT_CLI_RESULT_FORMAT_H_
#define EBM_CLIENT_CLI_RESULT_FORMAT_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "model/core/matrix_view.h"

namespace ebm::client {

struct ResultColumn {
  enum class Kind { kNumber, kWholeNumber };

  std::string name;
  Kind kind = Kind::kNumber;
  int64_t count = 1;  // values; more than one: name_0, name_1, ... in CSV

  std::string Text() const;  // "probabilities x 10", for people and to compare
};

enum class ResultFileKind { kNpy, kCsv };

class ResultFormat {
 public:
  ResultFormat(ResultFileKind kind, std::vector<ResultColumn> columns) : kind_(kind), columns_(std::move(columns)) {}

  // The start of a file of so many rows. Its length does not depend on their number.
  std::string Header(int64_t rows) const;
  // values: [n, the sum of the columns' counts].
  std::string Rows(ConstMatrix values) const;

  std::string Text() const;  // the columns, for people and to compare

 private:
  std::string NpyHeader(int64_t rows) const;
  std::string CsvHeader() const;
  std::vector<ResultColumn::Kind> KindsOfValues() const;

  ResultFileKind kind_;
  std::vector<ResultColumn> columns_;
};

}  // namespace ebm::client

#endif  // EBM_CLIENT_CLI_RESULT_FORMAT_H_
