// The service of the Open Inference Protocol.

#ifndef EBM_SERVER_RPC_OIP_SERVICES_H_
#define EBM_SERVER_RPC_OIP_SERVICES_H_

#include <string>
#include <vector>

#include "server/catalog/catalog.h"
#include "server/catalog/model_control.h"
#include "server/inference/call.h"
#include "server/rpc/call_gate.h"
#include "server/rpc/oip/inference_service.h"
#include "server/rpc/server.h"

namespace ebm::rpc::oip {

class Services {
 public:
  // The catalog, the control of its models and the gate are borrowed and outlive the services.
  Services(const catalog::Catalog* catalog, catalog::ModelControl* control, const CallGate* gate,
           const inference::CallParts& parts)
      : inference_(catalog, control, gate, parts) {}

  // Of the services, as health checks name them.
  static std::vector<std::string> Names() { return {std::string(wire::GRPCInferenceService::service_full_name())}; }

  std::vector<NamedService> named() { return {{Names().front(), &inference_}}; }

 private:
  InferenceService inference_;
};

}  // namespace ebm::rpc::oip

#endif  // EBM_SERVER_RPC_OIP_SERVICES_H_
