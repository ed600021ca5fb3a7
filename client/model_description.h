// A server's description of its models, as plain values (messages.h has the conventions).

#ifndef EBM_CLIENT_MODEL_DESCRIPTION_H_
#define EBM_CLIENT_MODEL_DESCRIPTION_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "client/messages.h"
#include "client/sample_messages.h"
#include "model/sampler/sampler_settings.h"
#include "model/spec/data_column.h"

namespace ebm::client {

struct ModelDescription {
  ModelIdentity identity;
  std::string family;
  std::string precision;  // "f32" or "bf16"
  std::vector<int64_t> input_shape;
  std::vector<std::string> class_labels;
  DataRange data_range;
  std::vector<DataColumn> columns = {
      DataColumn()};  // one plain column (data_column.h) unless the model has columns of its own
  std::optional<SamplerSettings> sampler_defaults;  // unset if this client does not know the kind of kernel
  std::map<std::string, std::string> provenance;
  std::map<std::string, double> evaluation;
  bool can_classify = false;
  bool can_score = false;
  bool has_percentile = false;
  bool can_sample = false;
  bool has_buffer_start = false;
  bool has_base_start = false;
  bool has_calibrated_probabilities = false;
  bool has_p_value = false;
  bool has_normalized_log_density = false;
  bool accepts_missing_values = false;
  bool has_gradient_norm = false;
  bool has_gibbs = false;   // chains may move by the Gibbs kernel
  bool has_levels = false;  // the coordinates are levels
  bool has_hidden_means = false;
  uint32_t hidden_units = 0;      // H, whose means Score returns; 0 without them
  uint32_t calibration_rows = 0;  // number of rows that the p-values are computed from

  int64_t num_values() const;  // C, the product of input_shape
  // Servers that know neither models of levels nor Gibbs chains do not announce it.
  bool has_gradient() const { return has_gradient_norm || !has_gibbs; }
};

// What a version of a model is doing on the server (ebm.v1.ModelState).
enum class ModelState { kUnknown, kLoading, kReady, kUnloading, kFailed, kAvailable };
const char* NameOf(ModelState state);  // "ready"

struct ModelVersion {
  ModelIdentity identity;
  ModelState state = ModelState::kUnknown;
  std::string reason;  // why it is in this state; often empty
  std::vector<std::string> labels;

  friend bool operator==(const ModelVersion&, const ModelVersion&) = default;
};

// A model with all versions of it that the server knows.
struct ModelReport {
  std::optional<ModelDescription> model;  // unset if no version is loaded
  std::vector<ModelVersion> versions;
};

}  // namespace ebm::client

#endif  // EBM_CLIENT_MODEL_DESCRIPTION_H_
