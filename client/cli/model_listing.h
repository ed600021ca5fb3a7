// A server's models and their versions as text, for people.

#ifndef EBM_CLIENT_CLI_MODEL_LISTING_H_
#define EBM_CLIENT_CLI_MODEL_LISTING_H_

#include <string>

#include "client/cli/table.h"
#include "client/model_description.h"

namespace ebm::client {

Listing Describe(const ModelDescription& model);

// "digits 7: ready (stable)", and the reason after a colon if there is one.
std::string VersionText(const ModelVersion& version);

}  // namespace ebm::client

#endif  // EBM_CLIENT_CLI_MODEL_LISTING_H_
