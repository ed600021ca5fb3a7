#include "model/offline/train/reporter.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace ebm {
namespace {

constexpr auto kRedrawInterval = std::chrono::milliseconds(100);
constexpr int64_t kBarWidth = 20;

std::string Bar(int64_t done, int64_t all) {
  const int64_t filled = kBarWidth * done / all;
  return absl::StrCat("[", std::string(filled, '#'), std::string(kBarWidth - filled, '.'), "]");
}

std::string MinutesAndSeconds(double seconds) {
  const auto whole = static_cast<int64_t>(seconds + 0.5);
  return absl::StrFormat("%d:%02d", whole / 60, whole % 60);
}

}  // namespace

Reporter::Reporter(const ReporterOptions& options, std::ostream* out, std::function<bool()> stop_requested)
    : options_(options), out_(*out), stop_requested_(std::move(stop_requested)) {}

void Reporter::BatchDone(int64_t epoch, int64_t batch, int64_t batches) {
  if (!options_.terminal) return;
  const auto now = std::chrono::steady_clock::now();
  if (now - last_draw_ < kRedrawInterval) return;
  last_draw_ = now;
  DrawBar(epoch, batch, batches);
}

void Reporter::DrawBar(int64_t epoch, int64_t batch, int64_t batches) {
  std::string line = absl::StrFormat("\r\033[Kepoch %d %s %d/%d batches", epoch, Bar(batch, batches), batch, batches);
  if (seconds_per_epoch_ > 0) {
    const double epochs_left =
        static_cast<double>(options_.max_epochs - epoch) - static_cast<double>(batch) / static_cast<double>(batches);
    absl::StrAppendFormat(&line, ", %.0f rows/s, at most %s left",
                          static_cast<double>(options_.rows_per_epoch) / seconds_per_epoch_,
                          MinutesAndSeconds(epochs_left * seconds_per_epoch_));
  }
  out_ << line << std::flush;
}

void Reporter::RolledBack(int64_t epoch, double new_learning_rate, const std::string& why) {
  Say(absl::StrFormat("epoch %d diverged: %s; restarting it with learning rate %.3g", epoch, why, new_learning_rate));
}

void Reporter::EpochDone(const EpochMetrics& metrics) {
  seconds_per_epoch_ = metrics.seconds;
  Say(
      absl::StrFormat("epoch %3d  %5.2f s  train error %6.2f %%  %s %7.3f  | validation error %6.2f %%  "
                      "cross entropy %.3f  L_gen %7.3f  loss %.3f%s",
                      metrics.epoch, metrics.seconds, 100 * metrics.train_error, options_.loss_name,
                      metrics.train_generative, 100 * metrics.validation_error, metrics.validation_cross_entropy,
                      metrics.validation_generative, metrics.validation_loss, metrics.best ? "  *" : ""));
}

void Reporter::Say(const std::string& line) {
  if (options_.terminal) out_ << "\r\033[K";
  out_ << line << '\n' << std::flush;
}

}  // namespace ebm
