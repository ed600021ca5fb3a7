// A folder of models (model/repository/layout.h), whose versions are loaded and retired while the server serves.
//
// Background threads load one version each at a time: they read and warm it, then let requests find it, then retire
// what is no longer wanted (wanted.h). Requests that run finish on the version that they began with. A version that
// cannot be loaded is tried again when its file has changed.
//
//   kNone      what is wanted at start is loaded, and nothing changes after
//   kPoll      the folder is looked at again and again
//   kExplicit  Load and Unload decide
//
// Threads: safe from any thread. Without threads of its own (load_threads 0, in tests), the caller runs PollOnce,
// RunNext and Tidy.

#ifndef EBM_SERVER_REPOSITORY_REPOSITORY_H_
#define EBM_SERVER_REPOSITORY_REPOSITORY_H_

#include <deque>
#include <functional>
#include <map>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "server/batching/clock.h"
#include "server/batching/mutex.h"
#include "server/catalog/model_control.h"
#include "server/repository/model_entry.h"
#include "server/repository/model_store.h"

namespace ebm::repository {

enum class Mode { kNone, kPoll, kExplicit };

struct RepositoryOptions {
  Mode mode = Mode::kNone;
  absl::Duration poll_interval = absl::Seconds(5);  // for kPoll
  int load_threads = 1;
  std::vector<std::string> load_at_start;  // for kExplicit: names of models; "*": all that are there
};

// All are borrowed and outlive the repository.
struct RepositoryParts {
  ModelDisk* disk = nullptr;
  ModelStore* store = nullptr;
  RepositoryObserver* observer = nullptr;
  const batching::Clock* clock = nullptr;
};

class Repository final : public catalog::ModelControl {
 public:
  Repository(RepositoryOptions options, const RepositoryParts& parts);
  // Stops, and waits for the loads that run.
  ~Repository() override;
  Repository(const Repository&) = delete;
  Repository& operator=(const Repository&) = delete;

  // Finds what is wanted at start, begins to load it, and starts the threads. Errors: the folder cannot be read; a name
  // to load at start is not there.
  absl::Status Start();
  // Waits until the loads of Start have ended. FailedPrecondition if a model has no version that could be loaded, with
  // the reasons.
  absl::Status WaitUntilLoaded();
  // Begins no further load, and answers all callers that wait for one.
  void Stop();

  void Load(std::string name, std::string version,
            std::function<void(absl::StatusOr<catalog::VersionStatus>)> done) override;
  void Unload(std::string name, std::string version, std::function<void(absl::Status)> done) override;
  std::vector<catalog::VersionStatus> Index() const override;

  // What the threads run. PollOnce: looks at the folder. RunNext: performs the oldest order; false if there is none.
  // Tidy: destroys what was retired and has ended; true if something is left.
  void PollOnce();
  bool RunNext();
  bool Tidy();

 private:
  // A request of Load that has not been looked at.
  struct Request {
    std::string name;
    std::string version;
    LoadDone done;
  };
  using Entries = std::map<std::string, ModelEntry, std::less<>>;

  absl::Status AskAtStart(absl::string_view name);
  absl::Status CheckMode(absl::string_view method) const;
  // Finds out what a request asks for, orders the load, and lets the caller wait for it or answers at once.
  void Look(Request& request);
  absl::StatusOr<int64_t> Ask(const Request& request, ModelEntry& entry) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void RunLoad(const LoadOrder& order);
  // Goes by what a scan has found.
  void Take(StoredModels found);
  ModelEntry& EntryOf(const std::string& name) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void Advance(ModelEntry& entry, const std::string& name) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void Retire(const std::string& name, const Versions& versions) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void Report(const std::vector<std::string>& problems);
  void RunLoader();
  void RunPoller();

  const RepositoryOptions options_;
  const RepositoryParts parts_;

  mutable batching::Mutex mu_;
  batching::CondVar changed_;
  Entries entries_ ABSL_GUARDED_BY(mu_);
  std::deque<Request> requests_ ABSL_GUARDED_BY(mu_);
  std::deque<LoadOrder> orders_ ABSL_GUARDED_BY(mu_);
  int running_ ABSL_GUARDED_BY(mu_) = 0;  // requests and orders that a thread performs
  bool has_retired_ ABSL_GUARDED_BY(mu_) = false;
  bool stopped_ ABSL_GUARDED_BY(mu_) = false;
  std::vector<std::string> problems_ ABSL_GUARDED_BY(mu_);  // of the last scan
  std::vector<std::thread> threads_;
};

}  // namespace ebm::repository

#endif  // EBM_SERVER_REPOSITORY_REPOSITORY_H_
