#include "server/access/token_table.h"

#include <algorithm>
#include <cstddef>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "ebm/config/v1/tokens.pb.h"
#include "model/core/status_macros.h"
#include "model/io/digest.h"
#include "proto/text/text_file.h"

namespace ebm::access {
namespace {

using batching::Priority;
using config::v1::Token;
using inference::CallerAccount;
using inference::CallerShare;

constexpr size_t kShortestToken = 16;
constexpr size_t kDigestDigits = 64;
constexpr size_t kLongestName = 64;

absl::Status Wrong(absl::string_view field, absl::string_view what) {
  return absl::InvalidArgumentError(absl::StrCat(field, ": ", what));
}

bool IsName(absl::string_view name) {
  return !name.empty() && name.size() <= kLongestName && std::ranges::all_of(name, absl::ascii_isgraph);
}

absl::StatusOr<std::string> DigestOf(const Token& token) {
  if (token.token().empty() == token.sha256().empty()) return Wrong("token, sha256", "exactly one of them must be set");
  if (!token.token().empty()) {
    if (token.token().size() < kShortestToken || !std::ranges::all_of(token.token(), absl::ascii_isgraph)) {
      return Wrong("token", absl::StrCat("must be at least ", kShortestToken, " printable characters without blanks"));
    }
    return Sha256Hex(token.token());
  }
  if (token.sha256().size() != kDigestDigits || !std::ranges::all_of(token.sha256(), absl::ascii_isxdigit)) {
    return Wrong("sha256", absl::StrCat("must be ", kDigestDigits, " hexadecimal digits"));
  }
  return absl::AsciiStrToLower(token.sha256());
}

absl::StatusOr<Role> RoleOf(const Token& token) {
  if (token.role() == "infer") return Role::kInfer;
  if (token.role() == "admin") return Role::kAdmin;
  return Wrong("role", "must be infer or admin");
}

absl::StatusOr<Priority> PriorityOf(const Token& token) {
  const std::string& name = token.highest_priority();
  if (name == "low") return Priority::kLow;
  if (name == "normal") return Priority::kNormal;
  if (name == "high" || name.empty()) return Priority::kHigh;
  return Wrong("highest_priority", "must be low, normal or high");
}

absl::StatusOr<CallerShare> ShareOf(const Token& token) {
  CallerShare share = inference::kNoLimit;
  const auto set = [](const char* field, bool has, int64_t value, uint64_t* out) -> absl::Status {
    if (!has) return absl::OkStatus();
    if (value < 1) return Wrong(field, absl::StrCat(value, ", must be at least 1"));
    *out = static_cast<uint64_t>(value);
    return absl::OkStatus();
  };
  EBM_RETURN_IF_ERROR(set("max_chains", token.has_max_chains(), token.max_chains(), &share.chains));
  EBM_RETURN_IF_ERROR(set("max_rows", token.has_max_rows(), token.max_rows(), &share.rows));
  EBM_RETURN_IF_ERROR(set("max_bytes", token.has_max_bytes(), token.max_bytes(), &share.bytes));
  return share;
}

absl::StatusOr<CallerAccount> AccountOf(const Token& token) {
  if (!IsName(token.name())) {
    return Wrong("name", absl::StrCat("must be 1 to ", kLongestName, " printable characters without blanks"));
  }
  EBM_ASSIGN_OR_RETURN(const CallerShare share, ShareOf(token));
  EBM_ASSIGN_OR_RETURN(const Priority priority, PriorityOf(token));
  return CallerAccount(token.name(), share, priority);
}

using Accounts = std::vector<AccountPtr>;

// The account of the same name. Two tokens with one name must say the same of it.
absl::StatusOr<AccountPtr> Share(const CallerAccount& wanted, const Accounts& earlier, Accounts& accounts) {
  const auto is_named = [&](const AccountPtr& account) { return account->name() == wanted.name(); };
  const auto is_same = [&](const AccountPtr& account) {
    return is_named(account) && account->most() == wanted.most() &&
           account->highest_priority() == wanted.highest_priority();
  };
  if (const auto here = std::ranges::find_if(accounts, is_named); here != accounts.end()) {
    if (is_same(*here)) return *here;
    return Wrong("name", absl::StrCat("'", wanted.name(), "' has other limits in another token"));
  }
  const auto before = std::ranges::find_if(earlier, is_same);
  accounts.push_back(before != earlier.end() ? *before : std::make_shared<CallerAccount>(wanted));
  return accounts.back();
}

}  // namespace

absl::StatusOr<std::shared_ptr<const TokenTable>> TokenTable::Parse(const std::string& file, const std::string& text,
                                                                    const TokenTable* before) {
  config::v1::Tokens tokens;
  TextPlaces places;
  EBM_RETURN_IF_ERROR(ParseText(file, text, &tokens, &places, Quotes::kHidden));
  const auto table = std::make_shared<TokenTable>();
  const Accounts earlier = before == nullptr ? Accounts() : before->accounts_;
  const auto add = [&](const Token& token) -> absl::Status {
    EBM_ASSIGN_OR_RETURN(std::string digest, DigestOf(token));
    Entry entry;
    EBM_ASSIGN_OR_RETURN(entry.role, RoleOf(token));
    EBM_ASSIGN_OR_RETURN(const CallerAccount wanted, AccountOf(token));
    EBM_ASSIGN_OR_RETURN(entry.account, Share(wanted, earlier, table->accounts_));
    const bool is_new = table->entries_.emplace(std::move(digest), std::move(entry)).second;
    return is_new ? absl::OkStatus() : Wrong("token, sha256", "is that of another entry");
  };
  std::vector<std::string> mistakes;
  for (int i = 0; i < tokens.tokens_size(); ++i) {
    const absl::Status status = add(tokens.tokens(i));
    if (!status.ok()) mistakes.push_back(absl::StrCat(places.Of("tokens", i), ": ", status.message()));
  }
  if (tokens.tokens().empty()) mistakes.push_back(absl::StrCat(file, ": tokens: none, must be at least one"));
  if (!mistakes.empty()) return absl::InvalidArgumentError(absl::StrJoin(mistakes, "\n"));
  return table;
}

const TokenTable::Entry* TokenTable::Find(absl::string_view token) const {
  const auto found = entries_.find(Sha256Hex(token));
  return found == entries_.end() ? nullptr : &found->second;
}

}  // namespace ebm::access
