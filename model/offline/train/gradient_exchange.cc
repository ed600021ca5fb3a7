#include "model/offline/train/gradient_exchange.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "model/core/status_macros.h"

namespace ebm {
namespace {

constexpr size_t kReportNumbers = 7;

std::array<float, kReportNumbers> NumbersOf(const BatchReport& report) {
  return {static_cast<float>(report.loss.cross_entropy),
          static_cast<float>(report.loss.data_log_density),
          static_cast<float>(report.loss.chain_log_density),
          static_cast<float>(report.loss.errors),
          static_cast<float>(report.acceptance),
          report.stops ? 1.0F : 0.0F,
          report.failed ? 1.0F : 0.0F};
}

BatchReport FromNumbers(std::span<const float> numbers) {
  return {.loss = {.cross_entropy = numbers[0],
                   .data_log_density = numbers[1],
                   .chain_log_density = numbers[2],
                   .errors = static_cast<int64_t>(numbers[3])},
          .acceptance = numbers[4],
          .stops = numbers[5] > 0,
          .failed = numbers[6] > 0};
}

}  // namespace

absl::Status GradientExchange::Sum(TrainableModel& model, BatchReport& report) {
  flat_.clear();
  for (size_t p = 0; p < model.parameters(); ++p) {
    const std::span<const float> gradient = model.gradient(p);
    flat_.insert(flat_.end(), gradient.begin(), gradient.end());
  }
  const size_t weights = flat_.size();
  for (const float number : NumbersOf(report)) flat_.push_back(number);
  EBM_RETURN_IF_ERROR(group_.Sum(flat_));
  report = FromNumbers(std::span<const float>(flat_).subspan(weights));
  const float* next = flat_.data();
  for (size_t p = 0; p < model.parameters(); ++p) {
    const std::span<float> gradient = model.mutable_gradient(p);
    std::copy_n(next, gradient.size(), gradient.begin());
    next += gradient.size();
  }
  return absl::OkStatus();
}

}  // namespace ebm
