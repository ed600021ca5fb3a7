// The flags that name the model that a call is about. They set a ModelSelector; none set: the server's only model.

#ifndef EBM_CLIENT_FLAGS_MODEL_FLAGS_H_
#define EBM_CLIENT_FLAGS_MODEL_FLAGS_H_

#include "CLI/CLI.hpp"
#include "client/messages.h"

namespace ebm::client {

// `model` must outlive the parse.
void AddModelFlags(CLI::App& command, ModelSelector& model);

}  // namespace ebm::client

#endif  // EBM_CLIENT_FLAGS_MODEL_FLAGS_H_
