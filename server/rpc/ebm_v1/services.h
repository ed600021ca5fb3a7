// The services of ebm.v1.

#ifndef EBM_SERVER_RPC_EBM_V1_SERVICES_H_
#define EBM_SERVER_RPC_EBM_V1_SERVICES_H_

#include <string>
#include <vector>

#include "server/catalog/catalog.h"
#include "server/catalog/model_control.h"
#include "server/inference/call.h"
#include "server/rpc/call_gate.h"
#include "server/rpc/ebm_v1/inference_service.h"
#include "server/rpc/ebm_v1/model_service.h"
#include "server/rpc/server.h"

namespace ebm::rpc::ebm_v1 {

class Services {
 public:
  // What is borrowed outlives the services.
  Services(const catalog::Catalog* catalog, catalog::ModelControl* control, const CallGate* gate,
           const inference::CallParts& parts)
      : inference_(catalog, gate, parts), models_(catalog, control, gate) {}

  // The names of the services in health checks.
  static std::vector<std::string> Names() {
    return {std::string(v1::InferenceService::service_full_name()), std::string(v1::ModelService::service_full_name())};
  }

  std::vector<NamedService> named() {
    const std::vector<std::string> names = Names();
    return {{names[0], &inference_}, {names[1], &models_}};
  }

 private:
  InferenceService inference_;
  ModelService models_;
};

}  // namespace ebm::rpc::ebm_v1

#endif  // EBM_SERVER_RPC_EBM_V1_SERVICES_H_
