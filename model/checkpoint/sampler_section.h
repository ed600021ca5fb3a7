// The metadata's sampler section as FORMAT.md has it: one flat list of fields, of which some combinations mean nothing.
// Internal to this folder.
//
// Errors: InvalidArgument for text that is not such a list, and for such a combination.

#ifndef EBM_MODEL_CHECKPOINT_SAMPLER_SECTION_H_
#define EBM_MODEL_CHECKPOINT_SAMPLER_SECTION_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "model/sampler/sampler_settings.h"

namespace ebm {

// Whether the section has the fields of this kind of kernel.
bool IsWritable(const KernelSettings& kernel);

// REQUIRES: the kernel is writable, and the start is not kGiven.
std::string WriteSamplerSection(const SamplerSettings& settings);
// name: the section's, for errors.
absl::StatusOr<SamplerSettings> ReadSamplerSection(absl::string_view text, absl::string_view name);

}  // namespace ebm

#endif  // EBM_MODEL_CHECKPOINT_SAMPLER_SECTION_H_
