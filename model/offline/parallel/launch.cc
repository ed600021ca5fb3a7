#include "model/offline/parallel/launch.h"

#include <cstdlib>
#include <limits>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"
#include "model/core/status_macros.h"

namespace ebm {
namespace {

constexpr int kMostRanks = 100000;
constexpr int kDefaultPort = 29500;  // torchrun's

using Names = std::vector<const char*>;

struct Number {
  const char* name;  // of the variable that has it
  int value;
};

// The first of the variables that is set; unset if none is.
absl::StatusOr<std::optional<Number>> ReadNumber(const Variables& variables, const Names& names, int least, int most) {
  for (const char* const name : names) {
    const std::optional<std::string> text = variables(name);
    if (!text.has_value()) continue;
    int value = 0;
    if (absl::SimpleAtoi(*text, &value) && value >= least && value <= most) return Number{name, value};
    return absl::InvalidArgumentError(
        absl::StrCat(name, ": '", *text, "', must be a whole number from ", least, " to ", most));
  }
  return std::nullopt;
}

absl::Status Missing(const Names& names) {
  return absl::InvalidArgumentError(
      absl::StrCat(absl::StrJoin(names, " or "), ": unset, must be set if several processes train together"));
}

absl::StatusOr<int> RankAmong(int size, const Variables& variables) {
  const Names names = {"RANK", "OMPI_COMM_WORLD_RANK", "PET_NODE_RANK", "JOB_COMPLETION_INDEX"};
  EBM_ASSIGN_OR_RETURN(const std::optional<Number> rank, ReadNumber(variables, names, 0, size - 1));
  if (!rank.has_value()) return Missing(names);
  return rank->value;
}

// TrainJob starts this many processes per node only through torchrun.
absl::Status CheckOnePerNode(const Variables& variables) {
  return ReadNumber(variables, {"PET_NPROC_PER_NODE"}, 1, 1).status();
}

}  // namespace

std::optional<std::string> EnvironmentVariable(const char* name) {
  const char* const value = std::getenv(name);
  return value == nullptr ? std::nullopt : std::optional<std::string>(value);
}

absl::StatusOr<Launch> ReadLaunch(const Variables& variables) {
  const Names sizes = {"WORLD_SIZE", "OMPI_COMM_WORLD_SIZE", "PET_NNODES"};
  EBM_ASSIGN_OR_RETURN(const std::optional<Number> size, ReadNumber(variables, sizes, 1, kMostRanks));
  Launch launch;
  if (!size.has_value() || size->value == 1) return launch;
  launch.size = size->value;
  if (absl::string_view(size->name) == "PET_NNODES") EBM_RETURN_IF_ERROR(CheckOnePerNode(variables));
  EBM_ASSIGN_OR_RETURN(launch.rank, RankAmong(launch.size, variables));
  for (const char* const name : {"MASTER_ADDR", "PET_MASTER_ADDR"}) {
    if (launch.host.empty()) launch.host = variables(name).value_or("");
  }
  if (launch.host.empty()) return Missing({"MASTER_ADDR", "PET_MASTER_ADDR"});
  constexpr int kMostPort = std::numeric_limits<uint16_t>::max();
  EBM_ASSIGN_OR_RETURN(const std::optional<Number> port,
                       ReadNumber(variables, {"MASTER_PORT", "PET_MASTER_PORT"}, 1, kMostPort));
  launch.port = static_cast<uint16_t>(port.has_value() ? port->value : kDefaultPort);
  const bool has_agent = variables("TORCHELASTIC_USE_AGENT_STORE").value_or("") == "True";
  launch.server = has_agent ? StoreServer::kLauncher : StoreServer::kRankZero;
  return launch;
}

}  // namespace ebm
