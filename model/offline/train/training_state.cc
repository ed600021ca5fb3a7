#include "model/offline/train/training_state.h"

#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "model/checkpoint/safetensors.h"
#include "model/core/finite.h"
#include "model/core/status_macros.h"
#include "model/io/json_fields.h"
#include "model/offline/train/trainable_model.h"

namespace ebm {
namespace {

constexpr char kKind[] = "ebm.training_state";
constexpr char kStateVersion[] = "2";  // of what a state holds and of what a resumed run makes of it, bit for bit
constexpr absl::string_view kRunPrefix = "run.";  // of the run's settings in the file's metadata

std::vector<NamedTensor> OptimiserTensors(const TrainingState& state) {
  std::vector<NamedTensor> tensors;
  for (size_t p = 0; p < state.optimiser.size(); ++p) {
    const NamedTensor& like = state.parameters[p];
    tensors.push_back({absl::StrCat("first_moment.", like.name), like.shape, state.optimiser[p].first_moment});
    tensors.push_back({absl::StrCat("infinity_norm.", like.name), like.shape, state.optimiser[p].infinity_norm});
  }
  return tensors;
}

void Append(const std::string& prefix, const std::vector<NamedTensor>& tensors, std::vector<RawTensor>& out) {
  for (const NamedTensor& tensor : tensors) {
    out.push_back(MakeRawTensor<float>(absl::StrCat(prefix, tensor.name), tensor.shape, tensor.values));
  }
}

// Fills `values` from the tensor `name`, which must have the shape `shape`.
absl::Status Fill(const SafetensorsFile& file, const std::string& name, const std::vector<int64_t>& shape,
                  std::vector<float>& values) {
  const RawTensor* tensor = file.Find(name);
  if (tensor == nullptr) return absl::InvalidArgumentError(absl::StrCat("tensor ", name, " is missing"));
  if (tensor->shape != shape) return absl::InvalidArgumentError(absl::StrCat("tensor ", name, " has another shape"));
  EBM_ASSIGN_OR_RETURN(values, ValuesOf<float>(*tensor));
  if (AllFinite(values)) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat("tensor ", name, " has values that are not finite"));
}

absl::Status FillAll(const SafetensorsFile& file, const std::string& prefix, std::vector<NamedTensor>& tensors) {
  for (NamedTensor& tensor : tensors) {
    EBM_RETURN_IF_ERROR(Fill(file, absl::StrCat(prefix, tensor.name), tensor.shape, tensor.values));
  }
  return absl::OkStatus();
}

absl::Status FillOptimiser(const SafetensorsFile& file, TrainingState& state) {
  for (size_t p = 0; p < state.optimiser.size(); ++p) {
    const NamedTensor& like = state.parameters[p];
    AdamaxState& moments = state.optimiser[p];
    EBM_RETURN_IF_ERROR(Fill(file, absl::StrCat("first_moment.", like.name), like.shape, moments.first_moment));
    EBM_RETURN_IF_ERROR(Fill(file, absl::StrCat("infinity_norm.", like.name), like.shape, moments.infinity_norm));
  }
  return absl::OkStatus();
}

absl::Status FillBuffer(const SafetensorsFile& file, ReplayBuffer& buffer) {
  if (buffer.states.rows() == 0) return absl::OkStatus();
  std::vector<float> values;
  const std::vector<int64_t> shape = {buffer.states.rows(), buffer.states.cols()};
  EBM_RETURN_IF_ERROR(Fill(file, "buffer.states", shape, values));
  buffer.states = MatrixBuffer(std::move(values), shape[0], shape[1]);
  return absl::OkStatus();
}

template <typename Visitor, typename State>
void VisitCounters(Visitor& visitor, State& state) {
  visitor.Field("seed", state.seed);
  visitor.Field("epochs_done", state.epochs_done);
  visitor.Field("batches_done", state.batches_done);
  visitor.Field("learning_rate_factor", state.learning_rate_factor);
  visitor.Field("rollbacks", state.rollbacks);
  visitor.Field("seconds", state.seconds);
  visitor.Field("best_epoch", state.best_epoch);
  if (state.best_epoch >= 0) visitor.Field("best_loss", state.best_loss);  // JSON has no infinity
}

std::string Counters(const TrainingState& state) {
  JsonFieldWriter writer;
  VisitCounters(writer, state);
  return writer.Dump();
}

absl::Status CheckCounter(absl::string_view name, double value, bool allowed, absl::string_view limit) {
  if (allowed) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat("counters.", name, ": ", value, ", must be ", limit));
}

absl::Status CheckCounters(const TrainingState& state) {
  for (const auto& [name, value] : {std::pair<const char*, int64_t>("epochs_done", state.epochs_done),
                                    {"batches_done", state.batches_done},
                                    {"rollbacks", state.rollbacks}}) {
    EBM_RETURN_IF_ERROR(CheckCounter(name, static_cast<double>(value), value >= 0, "0 or above"));
  }
  const double factor = state.learning_rate_factor;
  EBM_RETURN_IF_ERROR(CheckCounter("learning_rate_factor", factor, factor > 0 && factor <= 1, "above 0 and at most 1"));
  EBM_RETURN_IF_ERROR(CheckCounter("seconds", state.seconds, state.seconds >= 0, "0 or above"));
  return CheckCounter("best_epoch", static_cast<double>(state.best_epoch),
                      state.best_epoch == -1 || (state.best_epoch >= 0 && state.best_epoch < state.epochs_done),
                      "-1, or 0 to epochs_done - 1");
}

absl::Status ReadCounters(const std::string& text, TrainingState& state) {
  EBM_ASSIGN_OR_RETURN(JsonFieldReader reader, JsonFieldReader::Parse(text, "counters"));
  VisitCounters(reader, state);
  EBM_RETURN_IF_ERROR(reader.Finish());
  return CheckCounters(state);
}

absl::Status CheckVersion(const SafetensorsFile& file) {
  const auto version = file.metadata.find("version");
  const std::string text = version == file.metadata.end() ? "" : version->second;
  if (text == kStateVersion) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat("it is a training state of version '", text,
                                                 "'; this program continues those of version ", kStateVersion,
                                                 "; train without --resume"));
}

// The error names the setting that differs, so that the user knows what to change back.
absl::Status CheckIdentity(const SafetensorsFile& file, const RunIdentity& identity) {
  std::map<std::string, std::string> now = identity.settings;
  now["data_sha256"] = identity.data_sha256;
  std::map<std::string, std::string> before;
  for (const auto& [name, value] : file.metadata) {
    if (absl::StartsWith(name, kRunPrefix)) before[name.substr(kRunPrefix.size())] = value;
  }
  // Where it has an effect, another setting shows it.
  before.erase(kEpochsOfBudget);
  now.erase(kEpochsOfBudget);
  const auto value_in = [](const std::map<std::string, std::string>& settings, const std::string& name) {
    const auto found = settings.find(name);
    return found == settings.end() ? "(unset)" : found->second;
  };
  for (const auto* settings : {&now, &before}) {
    for (const auto& [name, value] : *settings) {
      if (value_in(before, name) == value_in(now, name)) continue;
      return absl::FailedPreconditionError(absl::StrCat(
          "it belongs to a run with ", name, " = ", value_in(before, name), "; this one has ", value_in(now, name)));
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<TrainingState> FromFile(const SafetensorsFile& file, const RunIdentity& identity,
                                       const TrainingState& shape_like) {
  const auto kind = file.metadata.find("kind");
  if (kind == file.metadata.end() || kind->second != kKind) return absl::InvalidArgumentError("not a training state");
  EBM_RETURN_IF_ERROR(CheckVersion(file));
  EBM_RETURN_IF_ERROR(CheckIdentity(file, identity));
  TrainingState state = shape_like;
  const auto counters = file.metadata.find("counters");
  if (counters == file.metadata.end()) return absl::InvalidArgumentError("counters are missing");
  EBM_RETURN_IF_ERROR(ReadCounters(counters->second, state));
  EBM_RETURN_IF_ERROR(FillAll(file, "parameters.", state.parameters));
  EBM_RETURN_IF_ERROR(FillAll(file, "average.", state.average));
  if (state.best_epoch >= 0) {
    state.best = state.parameters;
    EBM_RETURN_IF_ERROR(FillAll(file, "best.", state.best));
  }
  EBM_RETURN_IF_ERROR(FillOptimiser(file, state));
  EBM_RETURN_IF_ERROR(FillBuffer(file, state.buffer));
  return state;
}

}  // namespace

bool IsOver(const Recipe& recipe, const TrainingState& state) {
  if (state.epochs_done >= recipe.max_epochs) return true;
  return state.best_epoch >= 0 && state.epochs_done - 1 - state.best_epoch >= recipe.patience;
}

TrainingState InitialState(const ModelSpec& spec, const Recipe& recipe, uint64_t seed,
                           const std::vector<NamedTensor>& base) {
  TrainingState state{.seed = seed, .parameters = InitialParameters(spec, seed, base)};
  if (recipe.average_decay > 0) state.average = state.parameters;
  for (const NamedTensor& tensor : state.parameters) {
    state.optimiser.push_back({std::vector<float>(tensor.values.size()), std::vector<float>(tensor.values.size())});
  }
  state.buffer = ReplayBuffer::Uniform(recipe.chains, spec.dimension(), seed);
  return state;
}

absl::Status SaveState(const TrainingState& state, const RunIdentity& identity, const std::string& path) {
  SafetensorsFile file;
  file.metadata = {{"kind", kKind}, {"version", kStateVersion}, {"counters", Counters(state)}};
  for (const auto& [name, value] : identity.settings) file.metadata[absl::StrCat(kRunPrefix, name)] = value;
  file.metadata[absl::StrCat(kRunPrefix, "data_sha256")] = identity.data_sha256;
  Append("parameters.", state.parameters, file.tensors);
  Append("average.", state.average, file.tensors);
  Append("best.", state.best, file.tensors);
  Append("", OptimiserTensors(state), file.tensors);
  if (state.buffer.states.rows() > 0) {
    file.tensors.push_back(MakeRawTensor<float>(
        "buffer.states", {state.buffer.states.rows(), state.buffer.states.cols()}, state.buffer.states.values()));
  }
  return WriteSafetensors(file, path);
}

absl::StatusOr<std::optional<int64_t>> EpochsOfBudget(const std::string& path) {
  EBM_ASSIGN_OR_RETURN(const SafetensorsFile file, ReadSafetensors(path));
  const auto found = file.metadata.find(absl::StrCat(kRunPrefix, kEpochsOfBudget));
  int64_t epochs = 0;
  if (found == file.metadata.end() || !absl::SimpleAtoi(found->second, &epochs)) return std::nullopt;
  return epochs;
}

absl::StatusOr<TrainingState> LoadState(const std::string& path, const RunIdentity& identity,
                                        const TrainingState& shape_like) {
  EBM_ASSIGN_OR_RETURN(const SafetensorsFile file, ReadSafetensors(path));
  absl::StatusOr<TrainingState> state = FromFile(file, identity, shape_like);
  if (state.ok()) return state;
  return absl::Status(state.status().code(), absl::StrCat(path, ": ", state.status().message()));
}

}  // namespace ebm
