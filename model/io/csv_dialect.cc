#include "model/io/csv_dialect.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <set>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "model/io/csv_cell.h"

namespace ebm {
namespace {

constexpr char kSeparators[] = {'\t', ';', ','};
constexpr size_t kLinesJudged = 20;
constexpr size_t kFewestToCount = 5;  // columns of a header that counts them
constexpr size_t kFewestToCountBesideWords = 3;

using Counts = std::array<int64_t, std::size(kSeparators)>;

// The separators of each of the first lines that are not blank.
std::vector<Counts> CountSeparators(absl::string_view text) {
  std::vector<Counts> lines;
  Counts counts = {};
  bool quoted = false;
  bool blank = true;
  for (size_t i = 0; i <= text.size() && lines.size() < kLinesJudged; ++i) {
    const bool ends = i == text.size() || (!quoted && (text[i] == '\n' || text[i] == '\r'));
    if (ends) {
      if (!blank) lines.push_back(counts);
      counts = {};
      blank = true;
      continue;
    }
    if (text[i] == '"') quoted = !quoted;
    if (!absl::ascii_isspace(static_cast<unsigned char>(text[i]))) blank = false;
    const auto* const found = std::ranges::find(kSeparators, text[i]);
    if (!quoted && found != std::end(kSeparators)) ++counts[static_cast<size_t>(found - kSeparators)];
  }
  return lines;
}

// What the first record's cells say about it.
struct Signs {
  int64_t words_above_numbers = 0;
  int64_t numbers = 0;         // cells that are numbers
  int64_t repeated = 0;        // words that their columns repeat
  bool others_repeat = false;  // a column of words repeats one below
};

Signs SignsOf(const CsvRecordTexts& records) {
  Signs signs;
  for (size_t c = 0; c < records[0].size(); ++c) {
    const std::string& first = records[0][c];
    int64_t numbers = 0;
    std::multiset<absl::string_view> words;
    for (size_t r = 1; r < records.size(); ++r) {
      if (c >= records[r].size()) continue;
      const std::string& cell = records[r][c];
      numbers += NumberOf(cell).has_value() ? 1 : 0;
      if (IsWord(cell)) words.insert(cell);
    }
    signs.numbers += NumberOf(first).has_value() ? 1 : 0;
    if (!IsWord(first)) continue;
    signs.words_above_numbers += numbers > 0 && words.empty() ? 1 : 0;
    signs.repeated += words.contains(first) ? 1 : 0;
    signs.others_repeat |= std::adjacent_find(words.begin(), words.end()) != words.end();
  }
  return signs;
}

// The number of first cells that count from 0, as pandas writes for columns without names: 0,1,2,... Its index column
// comes first and has no name.
size_t CountingCells(const std::vector<std::string>& record) {
  const size_t index_column = IsMissing(record[0]) ? 1 : 0;
  size_t c = index_column;
  while (c < record.size() && record[c] == absl::StrCat(c - index_column)) ++c;
  return c;
}

absl::Status MayBeBoth() {
  return absl::InvalidArgumentError("the first line may be a header or a row: say --header=yes or --header=no");
}

bool AreDistinct(const std::vector<std::string>& record) {
  return std::set<absl::string_view>(record.begin(), record.end()).size() == record.size();
}

}  // namespace

char FindSeparator(absl::string_view text) {
  const std::vector<Counts> lines = CountSeparators(text);
  Counts total = {};
  for (size_t s = 0; s < std::size(kSeparators); ++s) {
    bool is_steady = !lines.empty() && lines.front()[s] > 0;
    for (const Counts& line : lines) {
      is_steady &= line[s] == lines.front()[s];
      total[s] += line[s];
    }
    if (is_steady) return kSeparators[s];
  }
  const auto most = std::ranges::max_element(total);
  return *most > 0 ? kSeparators[most - total.begin()] : ',';
}

absl::StatusOr<bool> HasWordsAboveNumbers(const CsvRecordTexts& records) {
  const Signs signs = SignsOf(records);
  if (signs.words_above_numbers == 0) return false;
  if (signs.numbers == 0 && signs.repeated == 0) return true;
  return MayBeBoth();
}

absl::StatusOr<bool> HasHeader(const CsvRecordTexts& records) {
  const std::vector<std::string>& first = records[0];
  const size_t counting = CountingCells(first);
  const bool counts = counting == first.size() && counting >= kFewestToCount;
  if (records.size() > 1 && counts) return true;
  absl::StatusOr<bool> above_numbers = HasWordsAboveNumbers(records);
  if (!above_numbers.ok() || *above_numbers) return above_numbers;
  const Signs signs = SignsOf(records);
  // Names of which most are numbers, and a label in words: 0,1,2,3,species.
  const bool may_count = counting >= kFewestToCountBesideWords && counting < first.size() && signs.repeated == 0 &&
                         std::all_of(first.begin() + static_cast<ptrdiff_t>(counting), first.end(), IsWord);
  if (records.size() > 1 && may_count) return MayBeBoth();
  const bool are_names = std::ranges::all_of(first, IsWord) && AreDistinct(first) && signs.repeated == 0;
  return are_names && (records.size() == 1 || signs.others_repeat);
}

}  // namespace ebm
