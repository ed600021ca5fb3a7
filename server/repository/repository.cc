#include "server/repository/repository.h"

#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <optional>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"
#include "model/core/status_macros.h"
#include "server/batching/time_slice.h"

namespace ebm::repository {
namespace {

using batching::MutexLock;
using catalog::VersionState;
using catalog::VersionStatus;

constexpr char kAllModels[] = "*";

// How soon a retired version is looked at again while requests run on it.
constexpr absl::Duration kTidyInterval = absl::Milliseconds(50);

// Loading models and freeing them must not delay requests. Under SCHED_IDLE any other thread that wakes up takes the
// core at once, which a low priority alone does not achieve: the compute threads' long time slices keep them from
// preempting. On a machine whose cores are never idle, such a thread still has 0.3 % of a core.
void LowerPriority() {
  batching::SetTimeSlice(batching::kLongTimeSlice);
  const sched_param none = {};
  sched_setscheduler(gettid(), SCHED_IDLE, &none);
}

absl::Status Stopped() { return absl::UnavailableError("the server is shutting down"); }

absl::Status NotInRepository(absl::string_view name, absl::string_view version) {
  return absl::NotFoundError(absl::StrCat("name '", name, "'",
                                          version.empty() ? "" : absl::StrCat(" version '", version, "'"),
                                          " is not in the repository"));
}

// What a caller is told of a file that it did not choose.
absl::Status LoadError(const VersionStatus& version, const absl::Status& status) {
  const bool is_of_file = absl::IsInvalidArgument(status) || absl::IsNotFound(status);
  return absl::Status(
      is_of_file ? absl::StatusCode::kFailedPrecondition : status.code(),
      absl::StrCat("model ", version.name, " version ", version.version, " cannot be loaded: ", status.message()));
}

absl::Status CheckRequest(const std::string& name, const std::string& version) {
  EBM_RETURN_IF_ERROR(CheckStoredName(name));
  if (version.empty() || ParseVersion(version).has_value()) return absl::OkStatus();
  return absl::InvalidArgumentError("version: must be a positive number without leading zeros");
}

}  // namespace

Repository::Repository(RepositoryOptions options, const RepositoryParts& parts)
    : options_(std::move(options)), parts_(parts) {}

Repository::~Repository() {
  Stop();
  for (std::thread& thread : threads_) thread.join();
}

absl::Status Repository::Start() {
  EBM_ASSIGN_OR_RETURN(StoredModels found, parts_.disk->Scan());
  Take(std::move(found));
  for (const std::string& name : options_.load_at_start) EBM_RETURN_IF_ERROR(AskAtStart(name));
  for (int i = 0; i < options_.load_threads; ++i) threads_.emplace_back([this] { RunLoader(); });
  if (options_.load_threads > 0) threads_.emplace_back([this] { RunPoller(); });
  return absl::OkStatus();
}

absl::Status Repository::AskAtStart(absl::string_view name) {
  MutexLock lock(&mu_);
  const bool asks_for_all = name == kAllModels;
  if (!asks_for_all && !entries_.contains(name)) return NotInRepository(name, "");
  for (auto& [present, entry] : entries_) {
    if (!asks_for_all && present != name) continue;
    const bool has_version = entry.AskForChosen().has_value();
    if (!asks_for_all && !has_version && !entry.IsMissing()) return NotInRepository(name, "");
    Advance(entry, present);
  }
  return absl::OkStatus();
}

absl::Status Repository::WaitUntilLoaded() {
  MutexLock lock(&mu_);
  while (!stopped_ && (!requests_.empty() || !orders_.empty() || running_ > 0)) changed_.Wait(&mu_);
  std::vector<std::string> missing;
  for (const auto& [name, entry] : entries_) {
    if (!entry.IsMissing()) continue;
    for (const VersionStatus& version : entry.Index()) {
      missing.push_back(absl::StrCat("model ", name, " version ", version.version, ": ", version.reason));
    }
  }
  if (missing.empty()) return absl::OkStatus();
  return absl::FailedPreconditionError(absl::StrJoin(missing, "\n"));
}

void Repository::Stop() {
  std::vector<LoadDone> waiting;
  {
    MutexLock lock(&mu_);
    stopped_ = true;
    orders_.clear();
    for (Request& request : std::exchange(requests_, {})) waiting.push_back(std::move(request.done));
    for (auto& [name, entry] : entries_) {
      for (LoadDone& done : entry.TakeWaiting()) waiting.push_back(std::move(done));
    }
  }
  changed_.NotifyAll();
  for (const LoadDone& done : waiting) done(Stopped());
}

absl::Status Repository::CheckMode(absl::string_view method) const {
  if (options_.mode == Mode::kExplicit) return absl::OkStatus();
  return absl::FailedPreconditionError(
      absl::StrCat(method,
                   ": this server decides itself which models are loaded (its --repository_mode is not "
                   "explicit)"));
}

void Repository::Load(std::string name, std::string version, std::function<void(absl::StatusOr<VersionStatus>)> done) {
  absl::Status status = CheckMode("LoadModel");
  if (status.ok()) status = CheckRequest(name, version);
  if (!status.ok()) return done(status);
  bool is_stopped = false;
  {
    MutexLock lock(&mu_);
    is_stopped = stopped_;
    if (!is_stopped) requests_.push_back({std::move(name), std::move(version), done});
  }
  if (is_stopped) return done(Stopped());
  changed_.NotifyAll();
}

void Repository::Unload(std::string name, std::string version, std::function<void(absl::Status)> done) {
  absl::Status status = CheckMode("UnloadModel");
  if (status.ok()) status = CheckRequest(name, version);
  if (status.ok()) {
    MutexLock lock(&mu_);
    const auto entry = entries_.find(name);
    Versions forgotten;
    if (entry != entries_.end()) forgotten = entry->second.Forget(ParseVersion(version));
    if (forgotten.empty()) status = absl::NotFoundError(absl::StrCat("no such version of '", name, "' is loaded"));
    Retire(name, forgotten);
    if (entry != entries_.end()) Advance(entry->second, name);
  }
  done(status);
}

std::vector<VersionStatus> Repository::Index() const {
  std::vector<VersionStatus> index;
  MutexLock lock(&mu_);
  const auto retired = parts_.store->Retired();
  for (const auto& [name, entry] : entries_) {
    for (VersionStatus& version : entry.Index()) {
      const auto is_this = [&version](const auto& other) {
        return other.first == version.name && absl::StrCat(other.second) == version.version;
      };
      const bool is_retired = std::any_of(retired.begin(), retired.end(), is_this);
      if (version.state == VersionState::kAvailable && is_retired) version.state = VersionState::kUnloading;
      index.push_back(std::move(version));
    }
  }
  return index;
}

void Repository::PollOnce() {
  absl::StatusOr<StoredModels> found = parts_.disk->Scan();
  if (found.ok()) return Take(*std::move(found));
  Report({std::string(found.status().message())});
}

void Repository::Take(StoredModels found) {
  std::map<std::string, absl::StatusOr<ModelSettings>> settings;
  for (const StoredModel& model : found.models) settings.emplace(model.name, parts_.disk->ReadSettings(model));
  std::vector<std::string> gone;
  {
    MutexLock lock(&mu_);
    for (auto& [name, entry] : entries_) {
      if (!settings.contains(name)) entry.Vanish();
    }
    for (StoredModel& model : found.models) {
      const absl::StatusOr<ModelSettings>& read = settings.at(model.name);
      if (!read.ok()) found.problems.emplace_back(read.status().message());
      EntryOf(model.name).Update(std::move(model), read);
    }
    for (auto& [name, entry] : entries_) {
      Advance(entry, name);
      if (entry.IsGone()) gone.push_back(name);
    }
    for (const std::string& name : gone) entries_.erase(name);
  }
  for (const std::string& name : gone) parts_.observer->Vanished(name);
  Report(found.problems);
}

void Repository::Report(const std::vector<std::string>& problems) {
  std::vector<std::string> before;
  {
    MutexLock lock(&mu_);
    before = std::exchange(problems_, problems);
  }
  for (const std::string& problem : problems) {
    if (std::find(before.begin(), before.end(), problem) == before.end()) parts_.observer->FoundProblem(problem);
  }
}

ModelEntry& Repository::EntryOf(const std::string& name) {
  const Decides decides = options_.mode == Mode::kExplicit ? Decides::kRequests : Decides::kSettings;
  return entries_.try_emplace(name, name, decides).first->second;
}

void Repository::Advance(ModelEntry& entry, const std::string& name) {
  Step step = entry.Advance();
  if (step.labels.has_value()) parts_.store->SetLabels(name, *step.labels);
  Retire(name, step.retire);
  for (LoadOrder& order : step.load) {
    if (!stopped_) orders_.push_back(std::move(order));
  }
  changed_.NotifyAll();
}

void Repository::Retire(const std::string& name, const Versions& versions) {
  for (const int64_t version : versions) {
    parts_.store->Retire(name, version);
    parts_.observer->Retired(name, version);
    has_retired_ = true;
  }
}

bool Repository::RunNext() {
  std::optional<Request> request;
  std::optional<LoadOrder> order;
  {
    MutexLock lock(&mu_);
    if (requests_.empty() && orders_.empty()) return false;
    if (!requests_.empty()) {
      request = std::move(requests_.front());
      requests_.pop_front();
    } else {
      order = std::move(orders_.front());
      orders_.pop_front();
    }
    ++running_;
  }
  if (request.has_value()) Look(*request);
  if (order.has_value()) RunLoad(*order);
  {
    MutexLock lock(&mu_);
    --running_;
  }
  changed_.NotifyAll();
  return true;
}

void Repository::Look(Request& request) {
  absl::StatusOr<StoredModel> stored = parts_.disk->ScanModel(request.name);
  absl::StatusOr<VersionStatus> answer = NotInRepository(request.name, request.version);
  if (stored.ok()) {
    const absl::StatusOr<ModelSettings> settings = parts_.disk->ReadSettings(*stored);
    MutexLock lock(&mu_);
    ModelEntry& entry = EntryOf(request.name);
    entry.Update(*std::move(stored), settings);
    const absl::StatusOr<int64_t> version =
        settings.ok() ? Ask(request, entry) : absl::FailedPreconditionError(settings.status().message());
    if (version.ok()) {
      Advance(entry, request.name);
      if (entry.IsLoading(*version)) return entry.Await(*version, std::move(request.done));
      answer = entry.StatusOf(*version);
    } else {
      answer = version.status();
    }
  } else if (!absl::IsNotFound(stored.status())) {
    answer = stored.status();
  }
  request.done(answer);
}

absl::StatusOr<int64_t> Repository::Ask(const Request& request, ModelEntry& entry) {
  if (stopped_) return Stopped();
  const std::optional<int64_t> version = ParseVersion(request.version);
  if (!version.has_value()) {
    const std::optional<int64_t> newest = entry.AskForChosen();
    if (newest.has_value()) return *newest;
  } else if (entry.IsOnDisk(*version) || entry.IsLoaded(*version)) {
    entry.AskFor(*version);
    return *version;
  }
  return NotInRepository(request.name, request.version);
}

void Repository::RunLoad(const LoadOrder& order) {
  const batching::SteadyTime start = parts_.clock->Now();
  const absl::Status status = parts_.store->Load(order);
  const absl::Duration took = parts_.clock->Now() - start;
  VersionStatus loaded;
  std::vector<LoadDone> waiting;
  {
    MutexLock lock(&mu_);
    ModelEntry& entry = EntryOf(order.name);
    waiting = entry.EndLoad(order.version.number, status);
    Advance(entry, order.name);
    loaded = entry.StatusOf(order.version.number);
  }
  loaded.state = status.ok() ? VersionState::kReady : VersionState::kFailed;  // it may be retired again by now
  parts_.observer->LoadEnded(loaded, took);
  for (const LoadDone& done : waiting) {
    done(status.ok() ? absl::StatusOr<VersionStatus>(loaded) : LoadError(loaded, status));
  }
}

bool Repository::Tidy() {
  {
    MutexLock lock(&mu_);
    if (!std::exchange(has_retired_, false)) return false;
  }
  const bool is_left = parts_.store->DestroyRetired() > 0;
  MutexLock lock(&mu_);
  has_retired_ = has_retired_ || is_left;
  return has_retired_;
}

void Repository::RunLoader() {
  LowerPriority();
  for (;;) {
    {
      MutexLock lock(&mu_);
      while (!stopped_ && requests_.empty() && orders_.empty()) changed_.Wait(&mu_);
      if (stopped_) return;
    }
    RunNext();
  }
}

void Repository::RunPoller() {
  LowerPriority();
  const bool polls = options_.mode != Mode::kNone;
  const auto next_after = [&](batching::SteadyTime now) {
    return polls ? now + options_.poll_interval : batching::SteadyTime::InfiniteFuture();
  };
  batching::SteadyTime next = next_after(parts_.clock->Now());
  for (;;) {
    {
      MutexLock lock(&mu_);
      if (stopped_) return;
      const absl::Duration until_next = next - parts_.clock->Now();
      changed_.WaitFor(&mu_, has_retired_ ? std::min(kTidyInterval, until_next) : until_next);
      if (stopped_) return;
    }
    Tidy();
    if (parts_.clock->Now() < next) continue;
    PollOnce();
    next = next_after(parts_.clock->Now());
  }
}

}  // namespace ebm::repository
