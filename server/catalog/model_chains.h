// What batching carries of a Sample request to the engine of its model: the settings of the request's chains.

#ifndef EBM_SERVER_CATALOG_MODEL_CHAINS_H_
#define EBM_SERVER_CATALOG_MODEL_CHAINS_H_

#include <utility>

#include "model/sampler/chain_batch.h"
#include "server/batching/chain_engine.h"

namespace ebm::catalog {

class ModelChains final : public batching::ChainSettings {
 public:
  // first: the settings of the request's first chain. Those of chain i differ in the index: first.chain + i.
  explicit ModelChains(ebm::ChainSettings first) : first_(std::move(first)) {}

  const ebm::ChainSettings& first() const { return first_; }

 private:
  const ebm::ChainSettings first_;
};

}  // namespace ebm::catalog

#endif  // EBM_SERVER_CATALOG_MODEL_CHAINS_H_
