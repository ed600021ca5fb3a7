// What batching carries of a Sample request to the engine of its model: the settings of the request's chains.

#ifndef EBM_SERVER_CATALOG_MODEL_CHAIN_SETTINGS_H_
#define EBM_SERVER_CATALOG_MODEL_CHAIN_SETTINGS_H_

#include "model/sampler/chain_batch.h"
#include "server/batching/chain_engine.h"

namespace ebm::catalog {

class ModelChainSettings final : public batching::OpaqueSettings {
 public:
  // first: the settings of the request's first chain. Those of chain i differ in the index: first.chain + i.
  explicit ModelChainSettings(const ChainSettings& first) : first_(first) {}

  const ChainSettings& first() const { return first_; }

 private:
  const ChainSettings first_;
};

}  // namespace ebm::catalog

#endif  // EBM_SERVER_CATALOG_MODEL_CHAIN_SETTINGS_H_
