// How samples leave the program: as a file, and as text about the settings that made them.

#ifndef EBM_CLIENT_CLI_SAMPLE_OUTPUT_H_
#define EBM_CLIENT_CLI_SAMPLE_OUTPUT_H_

#include <string>

#include "absl/status/status.h"
#include "client/cli/table.h"
#include "client/model_description.h"
#include "client/sample_messages.h"
#include "model/core/matrix_view.h"

namespace ebm::client {

// Tells before any chain runs that `path` cannot be written: an ending that is neither .npy nor .png, or a folder that
// is missing or closed. Usage error.
absl::Status CheckOutputPath(const std::string& path);

// The same of what depends on the model: a .png needs inputs that are pictures. Usage error.
absl::Status CheckOutputFits(const std::string& path, const ModelDescription& model);

// states: [chains, D], data units. .npy: float32 of that shape, NaN where a chain diverged. .png: one sheet of all
// chains, data_range from black to white, black where a chain diverged. REQUIRES: both checks above passed.
absl::Status WriteSamples(const std::string& path, ConstMatrix states, const ModelDescription& model);

void AddSettings(const SamplerSettings& settings, Listing& listing);

Listing DescribeSamples(const SampleRequest& request, const SampleSummary& summary);

}  // namespace ebm::client

#endif  // EBM_CLIENT_CLI_SAMPLE_OUTPUT_H_
