#include "model/spec/network_spec.h"

#include <array>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace ebm {
namespace {

template <size_t... kIndices>
std::array<NetworkSpec, sizeof...(kIndices)> AllFamilies(std::index_sequence<kIndices...> /*indices*/) {
  return {NetworkSpec(std::in_place_index<kIndices>)...};
}

}  // namespace

const char* FamilyOf(const NetworkSpec& network) {
  return std::visit([](const auto& n) { return n.kFamily; }, network);
}

Domain DomainOf(const NetworkSpec& network) {
  return std::visit([](const auto& n) { return n.kDomain; }, network);
}

bool HasActivation(const NetworkSpec& network) {
  return std::visit([](const auto& n) { return n.kHasActivation; }, network);
}

bool HasBlockConditionals(const NetworkSpec& network) {
  return std::visit([](const auto& n) { return n.kHasBlockConditionals; }, network);
}

absl::StatusOr<NetworkSpec> FindFamily(const std::string& family) {
  const auto families = AllFamilies(std::make_index_sequence<std::variant_size_v<NetworkSpec>>());
  for (const NetworkSpec& network : families) {
    if (FamilyOf(network) == family) return network;
  }
  const auto append_name = [](std::string* text, const NetworkSpec& network) { text->append(FamilyOf(network)); };
  return absl::InvalidArgumentError(
      absl::StrCat("family is \"", family, "\"; the known ones are: ", absl::StrJoin(families, ", ", append_name)));
}

}  // namespace ebm
