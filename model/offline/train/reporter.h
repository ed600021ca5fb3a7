// The log of a training run: on a terminal, a progress bar with speed and time left; elsewhere, one line per epoch.
//
// Threads: one.

#ifndef EBM_MODEL_OFFLINE_TRAIN_REPORTER_H_
#define EBM_MODEL_OFFLINE_TRAIN_REPORTER_H_

#include <chrono>
#include <functional>
#include <ostream>
#include <string>

#include "model/offline/train/trainer.h"

namespace ebm {

struct ReporterOptions {
  bool terminal = false;   // out is a terminal: draw a bar, redrawn in place
  int64_t max_epochs = 0;  // of the whole run
  int64_t rows_per_epoch = 0;
  std::string loss_name = "L_gen";  // of EpochMetrics::train_generative
};

class Reporter final : public EpochObserver {
 public:
  // out is borrowed; stop_requested is asked between batches.
  Reporter(const ReporterOptions& options, std::ostream* out, std::function<bool()> stop_requested);

  bool StopRequested() override { return stop_requested_(); }
  void BatchDone(int64_t epoch, int64_t batch, int64_t batches) override;
  void RolledBack(int64_t epoch, double new_learning_rate, const std::string& why) override;

  void EpochDone(const EpochMetrics& metrics);
  // Prints a line above the bar.
  void Say(const std::string& line);

 private:
  void DrawBar(int64_t epoch, int64_t batch, int64_t batches);

  const ReporterOptions options_;
  std::ostream& out_;
  const std::function<bool()> stop_requested_;
  double seconds_per_epoch_ = 0;  // of the last epoch; 0 before the first has ended
  std::chrono::steady_clock::time_point last_draw_;
};

}  // namespace ebm

#endif  // EBM_MODEL_OFFLINE_TRAIN_REPORTER_H_
