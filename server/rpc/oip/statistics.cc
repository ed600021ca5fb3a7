#include "server/rpc/oip/statistics.h"

namespace ebm::rpc::oip {
namespace {

void Add(absl::Duration duration, wire::StatisticDuration& sum) {
  sum.set_count(sum.count() + 1);
  sum.set_ns(sum.ns() + static_cast<uint64_t>(absl::ToInt64Nanoseconds(duration)));
}

}  // namespace

void RequestStatistics::Succeeded(uint64_t inferences, const RequestTimes& times) {
  const absl::MutexLock lock(&mu_);
  so_far_.set_inference_count(so_far_.inference_count() + inferences);
  wire::InferStatistics& sums = *so_far_.mutable_inference_stats();
  Add(times.total, *sums.mutable_success());
  Add(times.queue, *sums.mutable_queue());
  Add(times.infer, *sums.mutable_compute_infer());
  if (times.input > absl::ZeroDuration()) Add(times.input, *sums.mutable_compute_input());
  if (times.output > absl::ZeroDuration()) Add(times.output, *sums.mutable_compute_output());
}

void RequestStatistics::Failed(absl::Duration total) {
  const absl::MutexLock lock(&mu_);
  Add(total, *so_far_.mutable_inference_stats()->mutable_fail());
}

wire::ModelStatistics RequestStatistics::Get() const {
  const absl::MutexLock lock(&mu_);
  return so_far_;
}

std::shared_ptr<RequestStatistics> Statistics::Of(const Target& target) {
  const inference::ModelInfo& model = target.model->info();
  const Key key = {ServedName(model.name, target.task), model.version};
  const absl::MutexLock lock(&mu_);
  if (const auto found = models_.find(key); found != models_.end() && found->second.model.lock() == target.model) {
    return found->second.statistics;
  }
  std::erase_if(models_, [](const auto& entry) { return entry.second.model.expired(); });
  Entry& entry = models_[key];
  entry = {.model = target.model, .statistics = std::make_shared<RequestStatistics>()};
  return entry.statistics;
}

wire::ModelStatistics Statistics::Report(const Target& target) {
  const inference::ModelInfo& model = target.model->info();
  wire::ModelStatistics statistics = Of(target)->Get();
  statistics.set_name(ServedName(model.name, target.task));
  statistics.set_version(model.version);
  statistics.set_execution_count(target.task == Task::kRows
                                     ? static_cast<uint64_t>(target.model->scheduler().Stats().row_tiles)
                                     : statistics.inference_stats().success().count());
  return statistics;
}

bool IsAskedFor(const wire::ModelStatisticsRequest& request, const Target& target) {
  const inference::ModelInfo& model = target.model->info();
  const bool has_name = request.name().empty() || request.name() == ServedName(model.name, target.task);
  return has_name && (request.version().empty() || request.version() == model.version);
}

}  // namespace ebm::rpc::oip
