#include "server/rpc/call_counts.h"

#include <memory>
#include <string>

#include "absl/strings/numbers.h"
#include "grpc/grpc.h"
#include "grpc/support/alloc.h"
#include "nlohmann/json.hpp"

namespace ebm::rpc {
namespace {

using Json = nlohmann::json;

// Protobuf's JSON writes 64-bit numbers as strings and leaves out zeros.
int64_t NumberIn(const Json& data, const char* name) {
  int64_t number = 0;
  const auto field = data.find(name);
  if (field == data.end() || !field->is_string()) return 0;
  return absl::SimpleAtoi(field->get<std::string>(), &number) ? number : 0;
}

}  // namespace

CallCounts CountCalls() {
  const std::unique_ptr<char, decltype(&gpr_free)> text(grpc_channelz_get_servers(0), gpr_free);
  const Json page = Json::parse(text == nullptr ? "" : text.get(), nullptr, /*allow_exceptions=*/false);
  CallCounts counts;
  if (!page.is_object() || !page.contains("server")) return counts;
  for (const Json& server : page["server"]) {
    if (!server.contains("data")) continue;
    counts.started += NumberIn(server["data"], "callsStarted");
    counts.failed += NumberIn(server["data"], "callsFailed");
  }
  return counts;
}

}  // namespace ebm::rpc
