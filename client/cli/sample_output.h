// Output of samples: files, and text about the settings and statistics of the run.

#ifndef EBM_CLIENT_CLI_SAMPLE_OUTPUT_H_
#define EBM_CLIENT_CLI_SAMPLE_OUTPUT_H_

#include <string>

#include "absl/status/status.h"
#include "client/cli/table.h"
#include "client/model_description.h"
#include "client/sample_messages.h"
#include "model/core/matrix_view.h"
#include "model/sampler/sampler_settings.h"

namespace ebm::client {

// Usage error if `path` ends in neither .npy nor .png, or cannot be written. To be called before any chain runs.
absl::Status CheckOutputPath(const std::string& path);

// Usage error if `path` is a .png and the model's inputs are not pictures, or a sheet of so many is too large.
absl::Status CheckOutputFits(const std::string& path, const ModelDescription& model, uint32_t chains);

// states: [chains, D], data units. A .npy file holds float32 of that shape, with NaN rows for diverged chains. A .png
// file is one sheet of all chains, gray or in colour, with the data's range from dark to bright; diverged chains are
// black. REQUIRES: both checks above passed.
absl::Status WriteSamples(const std::string& path, ConstMatrix states, const ModelDescription& model);

// The settings that the server used; those of the request if this client does not know the ones of the answer.
// REQUIRES: the request has settings.
const SamplerSettings& SettingsOf(const SampleRequest& request, const SampleSummary& summary);

void AddSettings(const SamplerSettings& settings, Listing& listing);

Listing DescribeSamples(const SampleRequest& request, const SampleSummary& summary);

}  // namespace ebm::client

#endif  // EBM_CLIENT_CLI_SAMPLE_OUTPUT_H_
