#include "model/offline/train/trainable_model.h"

#include <torch/csrc/autograd/autograd.h>

#include <algorithm>
#include <cmath>
#include <variant>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "model/base/independent_base.h"
#include "model/core/random.h"
#include "model/core/status_macros.h"
#include "model/energy/energy_factory.h"
#include "model/networks/centring.h"
#include "model/networks/flip_function.h"
#include "model/networks/network.h"
#include "model/networks/process_settings.h"
#include "model/networks/tensor_import.h"
#include "model/offline/train/base_moments.h"
#include "model/spec/indicators.h"
#include "model/spec/parameter_layout.h"

namespace ebm {
namespace {

at::Tensor ImportLabels(std::span<const int32_t> labels) {
  at::Tensor tensor = at::empty({static_cast<int64_t>(labels.size())}, at::kLong);
  std::ranges::copy(labels, tensor.data_ptr<int64_t>());
  return tensor;
}

NamedTensor UniformTensor(const ParameterShape& parameter, float bound, uint64_t seed, uint32_t index) {
  NamedTensor tensor{.name = parameter.name, .shape = parameter.shape, .values = std::vector<float>(parameter.count())};
  FillUniform({.seed = seed, .stream = RandomStream::kParameterInit, .chain = index}, tensor.values);
  for (float& value : tensor.values) value = bound * (2.0F * value - 1.0F);
  return tensor;
}

float BoundOf(const ModelSpec& spec, const ParameterShape& parameter) {
  const auto fan_in = static_cast<float>(parameter.fan_in);
  return std::visit([fan_in](const auto& network) { return InitialBound(network, fan_in); }, spec.network);
}

// Between tensors of the same shape and layout, without a graph.
void CopyValues(const at::Tensor& from, const at::Tensor& to) {
  const at::Tensor source = from.contiguous();
  std::copy_n(source.const_data_ptr<float>(), source.numel(), to.mutable_data_ptr<float>());
}

// The gradients in the parameters' row-major layout: a convolution may return its gradient in another.
std::vector<at::Tensor> Contiguous(std::vector<at::Tensor> gradients) {
  for (at::Tensor& gradient : gradients) gradient = gradient.contiguous();
  return gradients;
}

at::Tensor ImportSlice(const LossRows& batch, int64_t first, int64_t count) {
  std::vector<at::Tensor> parts = {ImportTensor(batch.rows.rows_from(first, count))};
  if (batch.density_rows.rows() > 0) parts.push_back(ImportTensor(batch.density_rows.rows_from(first, count)));
  if (batch.chain_states.rows() > 0) parts.push_back(ImportTensor(batch.chain_states.rows_from(first, count)));
  return at::cat(parts);
}

// What is trained, and those of it that the penalty of weights applies to.
struct TrainedParameters {
  const std::vector<at::Tensor>& all;
  const std::vector<at::Tensor>& penalised;
};

at::Tensor SumOfSquares(const std::vector<at::Tensor>& tensors) {
  at::Tensor sum = at::zeros({}, at::kFloat);
  for (const at::Tensor& tensor : tensors) sum = sum + tensor.square().sum();
  return sum;
}

// In all families, the names of weights end so.
bool IsWeight(const ParameterShape& parameter) { return absl::EndsWith(parameter.name, "weight"); }

// The contribution of one slice to the batch's means and their gradient.
struct SliceGradient {
  BatchLoss loss;
  std::vector<at::Tensor> gradients;
};

// A loss and its figures.
struct SliceLoss {
  at::Tensor loss;
  BatchLoss figures;
};

// x: the slice's rows, then as many density rows if there are any, then as many chain states. n: the number of the
// batch's rows, by which sums are divided.
SliceLoss LossWithChains(const at::Tensor& logits, const at::Tensor& targets, const LossWeights& weights, double n) {
  const int64_t count = targets.size(0);
  const at::Tensor data_logits = logits.narrow(0, 0, count);
  const at::Tensor log_density = at::logsumexp(logits.narrow(0, logits.size(0) - 2 * count, 2 * count), 1);
  const at::Tensor data = log_density.narrow(0, 0, count).sum() / n;
  const at::Tensor chains = log_density.narrow(0, count, count).sum() / n;
  const at::Tensor cross_entropy = at::cross_entropy_loss(data_logits, targets, {}, at::Reduction::Sum) / n;
  at::Tensor loss = cross_entropy + weights.density * (chains - data);
  if (weights.energy_penalty > 0) loss = loss + weights.energy_penalty * log_density.square().sum() / n;
  return {.loss = loss,
          .figures = {.cross_entropy = cross_entropy.item<double>(),
                      .data_log_density = data.item<double>(),
                      .chain_log_density = chains.item<double>(),
                      .generative = chains.item<double>() - data.item<double>(),
                      .errors = data_logits.argmax(1).ne(targets).sum().item<int64_t>()}};
}

// flips: ln p~(x^i) - ln p~(x), [count, D]; logits: of the rows.
SliceLoss LossOfFlips(Objective objective, const at::Tensor& flips, const at::Tensor& logits, double n) {
  const bool is_flow = objective == Objective::kProbabilityFlow;
  const at::Tensor terms = is_flow ? (flips / 2).exp() : at::softplus(flips);
  const double log_density = (logits.sum() / n).item<double>();
  const at::Tensor loss = terms.sum() / n;
  return {.loss = loss,
          .figures = {
              .data_log_density = log_density, .chain_log_density = log_density, .generative = loss.item<double>()}};
}

SliceGradient GradientOf(const SliceLoss& slice, const TrainedParameters& trained, double weight_penalty,
                         double share) {
  at::Tensor loss = slice.loss;
  if (weight_penalty > 0) loss = loss + weight_penalty / 2 * share * SumOfSquares(trained.penalised);
  return {.loss = slice.figures, .gradients = Contiguous(torch::autograd::grad({loss}, trained.all))};
}

// By the means of the coordinates, or their indicators, under the base density; none for other families, and of levels
// without a base density.
Centring CentringOf(const ModelSpec& spec, const std::vector<NamedTensor>& tensors) {
  if (std::holds_alternative<GaussianRbmSpec>(spec.network)) {
    std::vector<double> means = MomentsOfBase(tensors).means;
    means.resize(static_cast<size_t>(spec.dimension()));
    return Centring::OfReals(means);
  }
  const auto logits = std::ranges::find(tensors, kBaseSiteLogits, &NamedTensor::name);
  if (logits == tensors.end()) return {};
  const std::vector<double> means = IndicatorMeans(Indicators(spec), logits->values);
  const auto* const sites = std::get_if<BoltzmannSpec>(&spec.network);
  return sites == nullptr ? Centring(means) : Centring(means, EdgesOf(*sites, spec.dimension()));
}

void Add(const BatchLoss& part, BatchLoss& sum) {
  sum.cross_entropy += part.cross_entropy;
  sum.data_log_density += part.data_log_density;
  sum.chain_log_density += part.chain_log_density;
  sum.generative += part.generative;
  sum.errors += part.errors;
}

// Sets the parameters of a restricted Boltzmann machine on real coordinates so that it has the base's means and
// variances, but for its weights: W_ij counts s_i, and the hidden units are on half of the time at the mean.
void StartAtMoments(const BaseMoments& base, std::vector<NamedTensor>& tensors) {
  std::vector<float>& weight = tensors[0].values;
  std::vector<float>& bias = tensors[1].values;
  std::vector<float>& log_variance = tensors[2].values;
  std::vector<float>& hidden_bias = tensors[3].values;
  const size_t hidden = hidden_bias.size();
  for (size_t i = 0; i < base.means.size(); ++i) {
    log_variance[i] = static_cast<float>(std::log(base.variances[i]));
    const double deviation = std::sqrt(base.variances[i]);
    double sum = 0;
    for (size_t j = 0; j < hidden; ++j) {
      float& w = weight[i * hidden + j];
      w = static_cast<float>(deviation * w);
      sum += w;
      hidden_bias[j] -= static_cast<float>(w * base.means[i] / base.variances[i]);
    }
    bias[i] = static_cast<float>(base.means[i] - sum / 2);
  }
}

}  // namespace

std::vector<NamedTensor> InitialParameters(const ModelSpec& spec, uint64_t seed, const std::vector<NamedTensor>& base) {
  std::vector<NamedTensor> tensors;
  for (const ParameterShape& parameter : ParameterLayout(spec)) {
    tensors.push_back(UniformTensor(parameter, BoundOf(spec, parameter), seed, static_cast<uint32_t>(tensors.size())));
  }
  const auto logits = std::ranges::find(base, kBaseSiteLogits, &NamedTensor::name);
  for (NamedTensor& tensor : tensors) {
    const bool is_of_indicators = tensor.name == kRbmVisibleBias || tensor.name == kBoltzmannBias;
    if (is_of_indicators && logits != base.end()) tensor.values = logits->values;
  }
  if (std::holds_alternative<GaussianRbmSpec>(spec.network)) StartAtMoments(MomentsOfBase(base), tensors);
  return tensors;
}

struct TrainableModel::Impl {
  Impl(Network n, Centring c, std::unique_ptr<EnergyModel> e, const std::vector<ParameterShape>& layout)
      : network(std::move(n)),
        centring(std::move(c)),
        trained(centring.ToCentred(network.parameters())),
        energy(std::move(e)) {
    for (size_t p = 0; p < trained.size(); ++p) {
      at::Tensor& parameter = trained[p];
      if (centring.any()) parameter = parameter.clone();
      parameter.requires_grad_(true);
      if (IsWeight(layout[p])) penalised.push_back(parameter);
    }
  }

  // Sets the weights, and the energy's, to those that follow from what is trained.
  void UpdateWeights() {
    if (centring.any()) {
      const c10::InferenceMode no_graph;
      const std::vector<at::Tensor> plain = centring.ToPlain(trained);
      for (size_t p = 0; p < plain.size(); ++p) CopyValues(plain[p], network.parameters()[p]);
    }
    energy->adjustable_parameters()->SetParameters(Weights());
  }

  std::vector<std::span<const float>> Weights() const {
    std::vector<std::span<const float>> weights;
    for (const at::Tensor& parameter : network.parameters()) {
      weights.emplace_back(parameter.const_data_ptr<float>(), static_cast<size_t>(parameter.numel()));
    }
    return weights;
  }

  Network network;
  Centring centring;
  std::vector<at::Tensor> trained;      // without centring, the network's own parameters
  std::vector<at::Tensor> penalised;    // of these, the weights
  NetworkFunction flips;                // for objectives without chains
  std::unique_ptr<EnergyModel> energy;  // of the same weights
  std::vector<at::Tensor> gradients;
};

absl::Status CheckObjective(Objective objective, const ModelSpec& spec) {
  if (HasChains(objective)) return absl::OkStatus();
  const absl::Status status = FlipFunctionOf(spec).status();
  if (status.ok()) return status;
  return absl::InvalidArgumentError(absl::StrCat("objective is ", NameOf(objective), ": ", status.message()));
}

absl::StatusOr<std::unique_ptr<TrainableModel>> TrainableModel::Create(const ModelSpec& spec,
                                                                       const std::vector<NamedTensor>& parameters,
                                                                       Objective objective) {
  EBM_ASSIGN_OR_RETURN(std::unique_ptr<EnergyModel> energy, MakeEnergyModel(spec, parameters));
  EBM_ASSIGN_OR_RETURN(Network network, Network::FromTensors(spec, parameters));
  auto impl = std::make_unique<Impl>(std::move(network), CentringOf(spec, parameters), std::move(energy),
                                     ParameterLayout(spec));
  EBM_RETURN_IF_ERROR(CheckObjective(objective, spec));
  if (!HasChains(objective)) impl->flips = *FlipFunctionOf(spec);
  return std::unique_ptr<TrainableModel>(new TrainableModel(std::move(impl)));
}

TrainableModel::TrainableModel(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
TrainableModel::~TrainableModel() = default;

const EnergyModel& TrainableModel::energy() const { return *impl_->energy; }

std::vector<std::span<const float>> TrainableModel::Weights() const { return impl_->Weights(); }

void TrainableModel::Change(const std::function<void(size_t, std::span<float>)>& change) {
  for (size_t p = 0; p < impl_->trained.size(); ++p) {
    at::Tensor& parameter = impl_->trained[p];
    change(p, {parameter.data_ptr<float>(), static_cast<size_t>(parameter.numel())});
  }
  impl_->UpdateWeights();
}

std::vector<NamedTensor> TrainableModel::ToTensors() const { return impl_->network.ToTensors(); }

std::vector<NamedTensor> TrainableModel::Settle() {
  std::vector<NamedTensor> tensors = ToTensors();
  if (impl_->centring.any()) Load(tensors);
  return tensors;
}

void TrainableModel::Load(const std::vector<NamedTensor>& parameters) {
  Impl& impl = *impl_;
  std::vector<std::span<const float>> values;
  values.reserve(parameters.size());
  for (const NamedTensor& parameter : parameters) values.emplace_back(parameter.values);
  impl.network.SetParameters(values);
  if (impl.centring.any()) {
    const c10::InferenceMode no_graph;
    const std::vector<at::Tensor> centred = impl.centring.ToCentred(impl.network.parameters());
    for (size_t p = 0; p < centred.size(); ++p) CopyValues(centred[p], impl.trained[p]);
  }
  impl.energy->adjustable_parameters()->SetParameters(Weights());
}

BatchLoss TrainableModel::ComputeGradient(const LossRows& batch, const LossWeights& weights, RowWorkers& workers) {
  const int64_t n = batch.rows.rows();
  const auto divisor = static_cast<double>(batch.batch > 0 ? batch.batch : n);
  std::vector<SliceGradient> slices(workers.CountSlices(n));
  workers.ForEachSlice(n, [&](int64_t slice, int64_t first, int64_t count) {
    PrepareThread();
    const std::vector<at::Tensor> plain = impl_->centring.ToPlain(impl_->trained);
    const at::Tensor x = ImportSlice(batch, first, count);
    const at::Tensor logits = impl_->network.Logits(plain, x);
    const SliceLoss loss =
        HasChains(weights.objective)
            ? LossWithChains(logits, ImportLabels(batch.labels.subspan(first, count)), weights, divisor)
            : LossOfFlips(weights.objective, impl_->flips(plain, x), logits, divisor);
    slices[slice] = GradientOf(loss, {impl_->trained, impl_->penalised}, weights.weight_penalty,
                               static_cast<double>(count) / divisor);
  });
  BatchLoss total = slices[0].loss;
  impl_->gradients = std::move(slices[0].gradients);
  for (size_t s = 1; s < slices.size(); ++s) {
    Add(slices[s].loss, total);
    for (size_t p = 0; p < impl_->gradients.size(); ++p) impl_->gradients[p].add_(slices[s].gradients[p]);
  }
  return total;
}

size_t TrainableModel::parameters() const { return impl_->trained.size(); }

void TrainableModel::ZeroGradient() {
  impl_->gradients.clear();
  for (const at::Tensor& parameter : impl_->trained) {
    impl_->gradients.push_back(at::zeros(parameter.sizes(), at::kFloat));
  }
}

std::span<float> TrainableModel::mutable_gradient(size_t parameter) {
  at::Tensor& gradient = impl_->gradients[parameter];
  return {gradient.mutable_data_ptr<float>(), static_cast<size_t>(gradient.numel())};
}

std::span<const float> TrainableModel::gradient(size_t parameter) const {
  const at::Tensor& gradient = impl_->gradients[parameter];
  return {gradient.const_data_ptr<float>(), static_cast<size_t>(gradient.numel())};
}

}  // namespace ebm
