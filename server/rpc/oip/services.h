// The service of the Open Inference Protocol.

#ifndef EBM_SERVER_RPC_OIP_SERVICES_H_
#define EBM_SERVER_RPC_OIP_SERVICES_H_

#include <string>
#include <vector>

#include "server/inference/call.h"
#include "server/rpc/oip/inference_service.h"
#include "server/rpc/server.h"

namespace ebm::rpc::oip {

class Services {
 public:
  // What is borrowed outlives the services.
  Services(const ServiceParts& service, const inference::CallParts& parts) : inference_(service, parts) {}

  // The names of the services in health checks.
  static std::vector<std::string> Names() { return {std::string(wire::GRPCInferenceService::service_full_name())}; }

  std::vector<NamedService> named() { return {{Names().front(), &inference_}}; }

 private:
  InferenceService inference_;
};

}  // namespace ebm::rpc::oip

#endif  // EBM_SERVER_RPC_OIP_SERVICES_H_
