#include "server/inference/sample_plan.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <memory>
#include <span>
#include <utility>
#include <variant>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "model/core/energy_model.h"
#include "model/core/matrix_view.h"
#include "model/core/status_macros.h"
#include "model/sampler/chain_batch.h"
#include "model/scoring/missing_values.h"
#include "model/spec/row_codec.h"
#include "server/inference/missing_rows.h"

namespace ebm::inference {
namespace {

constexpr float kMostOfByte = 255;

absl::Status CheckWithin(absl::string_view field, uint64_t value, uint64_t limit) {
  if (value >= 1 && value <= limit) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(field, ": ", value, ", must be 1 to ", limit));
}

absl::Status CheckSize(const SampleRequest& request, const RequestLimits& limits) {
  const uint32_t steps = request.sampler.steps;
  EBM_RETURN_IF_ERROR(CheckWithin("chains", request.chains, limits.max_chains));
  const uint64_t after_last = uint64_t{request.first_chain} + request.chains;
  if (after_last > uint64_t{1} << 32) {
    return absl::InvalidArgumentError(absl::StrCat("first_chain: ", request.first_chain, ", must be at most ",
                                                   (uint64_t{1} << 32) - request.chains, " for ", request.chains,
                                                   " chains"));
  }
  if (request.first_step > 0 && request.first_step >= steps) {
    return absl::InvalidArgumentError(
        absl::StrCat("first_step: ", request.first_step, ", must be below sampler.steps, ", steps));
  }
  const uint32_t remaining = steps - request.first_step;
  const char* const what = request.first_step > 0 ? "sampler.steps - first_step" : "sampler.steps";
  EBM_RETURN_IF_ERROR(CheckWithin(what, remaining, limits.max_steps));
  const uint64_t chain_steps = uint64_t{request.chains} * remaining;
  if (chain_steps > limits.max_chain_steps) {
    return absl::InvalidArgumentError(absl::StrCat("chains x (", what, "): ", request.chains, " x ", remaining, " = ",
                                                   chain_steps, ", must be at most ", limits.max_chain_steps));
  }
  return absl::OkStatus();
}

absl::Status MustBeUnset(absl::string_view field, absl::string_view where) {
  return absl::InvalidArgumentError(absl::StrCat(field, ": set, must be unset ", where));
}

absl::Status CheckWeighted(const SampleRequest& request) {
  constexpr char kWhere[] = "for annealed chains";
  if (!IsWeighted(request.sampler.kernel)) return absl::OkStatus();
  if (request.held_coordinates.has_value()) return MustBeUnset("held_coordinates", kWhere);
  if (request.start_states.has_value()) return MustBeUnset("start_states", kWhere);
  if (request.include_diagnostics) return MustBeUnset("include_diagnostics", kWhere);
  return absl::OkStatus();
}

// Part of another request: some of its chains, or their last steps. The parts have one seed.
absl::Status CheckPart(const SampleRequest& request) {
  if (request.first_step == 0 && request.first_chain == 0) return absl::OkStatus();
  if (!request.seed.has_value()) {
    return absl::InvalidArgumentError("seed: unset, must be set if first_chain or first_step is above 0");
  }
  if (request.first_step == 0) return absl::OkStatus();
  EBM_RETURN_IF_ERROR(CheckContinuable(request.sampler.kernel));
  if (request.start_states.has_value()) return absl::OkStatus();
  return absl::InvalidArgumentError("start_states: unset, must be set if first_step is above 0");
}

absl::Status CheckDiagnostics(const SampleRequest& request) {
  if (!request.include_diagnostics) return absl::OkStatus();
  const uint32_t steps = request.sampler.steps - std::max(BurnInOf(request.sampler.kernel), request.first_step);
  if (steps >= batching::TraceWindow::kFewestSteps) return absl::OkStatus();
  return MustBeUnset("include_diagnostics", absl::StrCat("if only ", steps, " steps can be traced; ",
                                                         batching::TraceWindow::kFewestSteps, " are needed"));
}

absl::Status CheckStart(const SampleRequest& request) {
  const bool given = request.sampler.start == ChainStart::kGiven;
  if (given == request.start_states.has_value()) return absl::OkStatus();
  if (!given) return MustBeUnset("start_states", absl::StrCat("if sampler.start is ", NameOf(request.sampler.start)));
  return absl::InvalidArgumentError("start_states: unset, must be set if sampler.start is given");
}

absl::StatusOr<int32_t> ResolveClass(const SampleRequest& request, int64_t num_classes) {
  if (!request.target_class.has_value()) return kNoClass;
  if (*request.target_class < 0 || *request.target_class >= num_classes) {
    return absl::InvalidArgumentError(
        absl::StrCat("target_class: ", *request.target_class, ", must be 0 to ", num_classes - 1));
  }
  return *request.target_class;
}

absl::Status CheckSettings(const SampleRequest& request) {
  EBM_RETURN_IF_ERROR(request.sampler.Validate());
  EBM_RETURN_IF_ERROR(CheckPart(request));
  EBM_RETURN_IF_ERROR(CheckWeighted(request));
  EBM_RETURN_IF_ERROR(CheckStart(request));
  return CheckDiagnostics(request);
}

// Converts the clamp; a negative scale swaps its ends.
template <typename Convert>
SamplerSettings WithClamp(SamplerSettings settings, const DataScaling& scaling, Convert convert) {
  if (settings.clamp_lower) settings.clamp_lower = convert(*settings.clamp_lower);
  if (settings.clamp_upper) settings.clamp_upper = convert(*settings.clamp_upper);
  if (scaling.scale < 0) std::swap(settings.clamp_lower, settings.clamp_upper);
  return settings;
}

// The identity if values have scalings of their own.
DataScaling ClampScaling(const ModelSpec& spec) {
  const DataColumn& column = spec.first_input();
  const bool is_shared = spec.num_input_columns() == 1 && !column.power.has_value() && !column.is_categorical();
  return is_shared ? column.scaling : DataScaling();
}

SamplerSettings InScaledUnits(const SamplerSettings& settings, const DataScaling& scaling) {
  return WithClamp(settings, scaling, [&scaling](float value) { return scaling.ToScaled(value); });
}

// [chains, D] from the values of start_states, which has a row for each chain or one for all.
std::vector<float> ForEveryChain(const SampleRequest& request, std::vector<float> states) {
  if (request.start_states->shape[0] == request.chains) return states;
  std::vector<float> repeated;
  repeated.reserve(states.size() * request.chains);
  for (uint32_t i = 0; i < request.chains; ++i) repeated.insert(repeated.end(), states.begin(), states.end());
  return repeated;
}

// A held value must be known.
absl::Status CheckHeldAreGiven(ConstMatrix states, std::span<const uint8_t> free) {
  if (free.empty()) return absl::OkStatus();
  for (int64_t row = 0; row < states.rows(); ++row) {
    for (size_t i = 0; i < free.size(); ++i) {
      if (free[i] != 0 || !std::isnan(states.row(row)[i])) continue;
      return absl::InvalidArgumentError(absl::StrCat("start_states: row ", row, " lacks a value that is held"));
    }
  }
  return absl::OkStatus();
}

// Consecutive chains often begin at the same row: the first row of each run, and their number at the end.
std::vector<int64_t> RunsOfRows(ConstMatrix rows) {
  std::vector<int64_t> firsts;
  for (int64_t i = 0; i < rows.rows(); ++i) {
    const bool is_repeated =
        i > 0 && std::memcmp(rows.row(i).data(), rows.row(i - 1).data(), rows.row(i).size_bytes()) == 0;
    if (!is_repeated) firsts.push_back(i);
  }
  firsts.push_back(rows.rows());
  return firsts;
}

CompletionCost CostOfRuns(ConstMatrix rows, std::span<const int64_t> firsts, int64_t gaussians) {
  CompletionCost cost;
  for (const int64_t first : firsts.first(firsts.size() - 1)) {
    const CompletionCost of_run = CostOfCompletion(rows.rows_from(first, 1), gaussians);
    cost.operations += of_run.operations;
    cost.bytes = std::max(cost.bytes, of_run.bytes);
  }
  return cost;
}

// Draws missing values of the chains' states from the base density given the others.
absl::Status FillMissing(Model& model, const ChainSettings& first, std::vector<float>& states) {
  const int64_t width = model.info().spec.dimension();
  const Matrix rows(states.data(), std::ssize(states) / width, width);
  const std::vector<int64_t> firsts = RunsOfRows(rows);
  const CompletionCost cost = CostOfRuns(rows, firsts, BaseGaussians(model.info(), first.target_class));
  if (cost.operations == 0) return absl::OkStatus();
  EBM_RETURN_IF_ERROR(CheckCompletion(cost, model.info().limits, "start_states"));
  EBM_ASSIGN_OR_RETURN(const batching::MemoryReservation memory,
                       model.scheduler().memory().TryReserve(static_cast<uint64_t>(cost.bytes), "the missing values"));
  for (size_t run = 0; run + 1 < firsts.size(); ++run) {
    if (!HasMissing(rows.row(firsts[run]))) continue;
    const auto given = model.base_density()->Given(rows.row(firsts[run]), first.target_class);
    for (int64_t i = firsts[run]; i < firsts[run + 1]; ++i) {
      given->Draw(first.seed, first.chain + static_cast<uint32_t>(i), rows.row(i));
    }
  }
  return absl::OkStatus();
}

// Only chains that begin can have missing values.
MissingValues MissingInStart(const SampleRequest& request, const ModelInfo& model) {
  return request.first_step > 0 ? MissingValues::kRefused : MissingValuesOf(model);
}

absl::StatusOr<std::vector<float>> GivenStart(const SampleRequest& request, const Model& model,
                                              std::span<const uint8_t> free) {
  const ModelSpec& spec = model.info().spec;
  const TensorView& tensor = *request.start_states;
  const auto decode = request.state_units == StateUnits::kScaled ? DecodeStates : DecodeRows;
  const RowsFormat format = {
      .field = "start_states", .max_rows = request.chains, .missing = MissingInStart(request, model.info())};
  EBM_ASSIGN_OR_RETURN(std::vector<float> states, decode(tensor, spec, format));
  EBM_RETURN_IF_ERROR(CheckHeldAreGiven({states.data(), tensor.shape[0], spec.dimension()}, free));
  if (tensor.shape[0] != 1 && tensor.shape[0] != request.chains) {
    return absl::InvalidArgumentError(absl::StrCat("start_states.shape[0]: ", tensor.shape[0],
                                                   ", must be 1 or the number of chains, ", request.chains));
  }
  return ForEveryChain(request, std::move(states));
}

// Empty if the engine draws them.
absl::StatusOr<std::vector<float>> StartStates(const SampleRequest& request, const Model& model,
                                               const ChainSettings& first, std::span<const uint8_t> free) {
  if (first.sampler.start == ChainStart::kGiven) return GivenStart(request, model, free);
  EBM_RETURN_IF_ERROR(model.CheckStart(first));
  return std::vector<float>();
}

// From 1 for held to 1 for free; empty where no mask is given.
absl::StatusOr<std::vector<uint8_t>> FreeCoordinates(const SampleRequest& request, const ModelSpec& spec) {
  if (!request.held_coordinates.has_value()) return std::vector<uint8_t>();
  EBM_ASSIGN_OR_RETURN(std::vector<uint8_t> mask, DecodeMask(*request.held_coordinates, spec, "held_coordinates"));
  if (std::find(mask.begin(), mask.end(), 0) == mask.end()) {
    return absl::InvalidArgumentError(
        absl::StrCat("held_coordinates.data: all ", spec.num_values(), " are held, at least one must be free"));
  }
  for (uint8_t& value : mask) value = 1 - value;
  return mask;
}

// The task, but for its chains' settings and states.
absl::StatusOr<batching::SampleTask> ReadTask(const SampleRequest& request, const ModelSpec& spec) {
  batching::SampleTask task;
  EBM_ASSIGN_OR_RETURN(task.free_coordinates, FreeCoordinates(request, spec));
  task.priority = request.priority;
  task.chains = request.chains;
  task.first_step = request.first_step;
  task.steps = request.sampler.steps;
  task.frame_interval = request.frame_interval;
  task.weighted = IsWeighted(request.sampler.kernel);
  if (request.include_diagnostics) task.traced_after = BurnInOf(request.sampler.kernel);
  return task;
}

// Given states that are held must be returned as they are; in scaled units they are.
bool KeepsGiven(const SamplePlan& plan) {
  return plan.settings.start == ChainStart::kGiven && !plan.held.free.empty() && plan.units == StateUnits::kData;
}

// Calls visit(value) for the held values of a row, 0 to C - 1.
template <typename Visit>
void ForEachHeld(const HeldValues& held, const ModelSpec& spec, Visit visit) {
  ForEachColumn(spec, [&](const DataColumn& column, const ColumnPlace& place) {
    for (int64_t i = 0; i < place.values; ++i) {
      if (held.free[place.first_coordinate + i * column.coordinates()] == 0) visit(place.first_value + i);
    }
  });
}

// Sets the held values of a chain's row, [C], to those that the request gave.
void Restore(const HeldValues& held, const ModelSpec& spec, uint32_t chain, std::span<float> row) {
  if (held.given.empty()) return;
  const std::span<const float> given = std::span(held.given).subspan(chain * row.size(), row.size());
  ForEachHeld(held, spec, [&](int64_t value) { row[value] = given[value]; });
}

bool IsByte(double value) { return value >= 0 && value <= kMostOfByte && value == std::floor(value); }

// Whether all values of the column are whole numbers from 0 to 255 in these units.
bool FitsBytes(const DataColumn& column, StateUnits units) {
  if (column.domain != Domain::kLevels) return false;
  if (units == StateUnits::kScaled) return IsByte(static_cast<double>(column.levels() - 1));
  if (column.is_categorical()) {
    return std::ranges::all_of(column.values, [](const CategoryValue& value) { return IsByte(value.code); });
  }
  return IsByte(column.range.minimum) && IsByte(column.step) && IsByte(column.range.maximum);
}

// Whether the states fit into the plan's type.
absl::Status CheckType(const SamplePlan& plan, const ModelSpec& spec) {
  if (plan.type == StateType::kFloat) return absl::OkStatus();
  absl::Status status;
  ForEachColumn(spec, [&](const DataColumn& column, const ColumnPlace& place) {
    if (!status.ok() || FitsBytes(column, plan.units)) return;
    status = absl::InvalidArgumentError(
        absl::StrCat("states_type: UINT8, but the values of ", Describe(column, place.index),
                     " are not all whole numbers from 0 to ", kMostOfByte, " in state_units"));
  });
  const std::span<const float> given = plan.held.given;
  for (size_t first = 0; first < given.size(); first += static_cast<size_t>(spec.num_values())) {
    ForEachHeld(plan.held, spec, [&](int64_t value) {
      if (!status.ok() || IsByte(given[first + value])) return;
      status =
          absl::InvalidArgumentError(absl::StrCat("states_type: UINT8, but start_states holds ", given[first + value],
                                                  ", no whole number from 0 to ", kMostOfByte));
    });
  }
  return status;
}

void AppendValues(std::span<const float> values, StateType type, std::string& bytes) {
  static_assert(std::endian::native == std::endian::little);
  if (type == StateType::kFloat) {
    bytes.append(reinterpret_cast<const char*>(values.data()), values.size_bytes());
    return;
  }
  for (const float value : values) bytes.push_back(static_cast<char>(static_cast<uint8_t>(value)));
}

}  // namespace

SamplerSettings SamplerDefaults(const ModelInfo& model) {
  const DataScaling scaling = ClampScaling(model.spec);
  return WithClamp(model.sampler, scaling, [&scaling](float value) { return scaling.ToData(value); });
}

absl::StatusOr<SamplePlan> PlanSample(const SampleRequest& request, Model& model, uint64_t default_seed) {
  const ModelSpec& spec = model.info().spec;
  EBM_RETURN_IF_ERROR(CheckSize(request, model.info().limits));
  // A model that has no Gibbs chains may have a clamp by default, which these chains do not take.
  if (std::holds_alternative<Gibbs>(request.sampler.kernel)) {
    EBM_RETURN_IF_ERROR(model.CheckKernel(request.sampler.kernel));
  }
  EBM_RETURN_IF_ERROR(CheckSettings(request));
  EBM_RETURN_IF_ERROR(model.CheckKernel(request.sampler.kernel));
  EBM_ASSIGN_OR_RETURN(const int32_t target_class, ResolveClass(request, spec.num_classes()));
  SamplePlan plan = {.seed = request.seed.value_or(default_seed),
                     .first_chain = request.first_chain,
                     .units = request.state_units,
                     .type = request.state_type,
                     .settings = request.sampler,
                     .task = {}};
  EBM_ASSIGN_OR_RETURN(plan.task, ReadTask(request, spec));
  const ChainSettings first = {.seed = plan.seed,
                               .chain = request.first_chain,
                               .target_class = target_class,
                               .sampler = InScaledUnits(request.sampler, ClampScaling(spec))};
  plan.task.settings = model.EngineSettings(first);
  EBM_ASSIGN_OR_RETURN(plan.task.states, StartStates(request, model, first, plan.task.free_coordinates));
  EBM_RETURN_IF_ERROR(FillMissing(model, first, plan.task.states));
  plan.held.free = plan.task.free_coordinates;
  if (KeepsGiven(plan)) plan.held.given = ForEveryChain(request, DataValues(*request.start_states));
  EBM_RETURN_IF_ERROR(CheckType(plan, spec));
  return plan;
}

int64_t WidthOfStates(const SamplePlan& plan, const ModelSpec& spec) {
  return plan.units == StateUnits::kScaled ? spec.dimension() : spec.num_values();
}

void AppendStates(const SamplePlan& plan, const ModelSpec& spec, const batching::Frame& frame, std::string& bytes) {
  const std::span<const float> states = frame.states;
  bytes.reserve(bytes.size() + states.size() * (plan.type == StateType::kFloat ? sizeof(float) : 1));
  if (plan.units == StateUnits::kScaled) return AppendValues(states, plan.type, bytes);
  std::vector<float> row(static_cast<size_t>(spec.num_values()));
  const size_t width = states.size() / frame.chains.size();
  for (size_t i = 0; i < frame.chains.size(); ++i) {
    DecodeRow(spec, states.subspan(i * width, width), row);
    Restore(plan.held, spec, frame.chains[i], row);
    AppendValues(row, plan.type, bytes);
  }
}

}  // namespace ebm::inference
