#include "server/rpc/model_index.h"

#include "server/access/access.h"

namespace ebm::rpc {
namespace {

constexpr char kNotShown[] = "shown to callers who may change models, and in the server's log";

}  // namespace

std::vector<catalog::VersionStatus> IndexFor(const CallGate& gate, const grpc::CallbackServerContext& context,
                                             const catalog::ModelControl& control) {
  std::vector<catalog::VersionStatus> index = control.Index();
  if (gate.IsAllowed(context, access::Role::kAdmin)) return index;
  for (catalog::VersionStatus& version : index) {
    if (!version.reason.empty()) version.reason = kNotShown;
  }
  return index;
}

}  // namespace ebm::rpc
