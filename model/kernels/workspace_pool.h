// Scratch memory for const methods that many threads call at once: each call borrows a workspace and gives it back, so
// that nothing is allocated once there are as many workspaces as concurrent calls.
//
// Threads: safe from any thread. The lock is held only while a workspace is taken or given back.

#ifndef EBM_MODEL_KERNELS_WORKSPACE_POOL_H_
#define EBM_MODEL_KERNELS_WORKSPACE_POOL_H_

#include <memory>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"

namespace ebm {

template <typename Workspace>
class WorkspacePool {
 public:
  // Gives the workspace back when it goes out of scope.
  class Loan {
   public:
    Loan(WorkspacePool* pool, std::unique_ptr<Workspace> workspace) : pool_(pool), workspace_(std::move(workspace)) {}
    ~Loan() { pool_->GiveBack(std::move(workspace_)); }
    Loan(const Loan&) = delete;
    Loan& operator=(const Loan&) = delete;

    Workspace& operator*() const { return *workspace_; }

   private:
    WorkspacePool* const pool_;
    std::unique_ptr<Workspace> workspace_;
  };

  // arguments: passed to the constructor of a new Workspace if none is free.
  template <typename... Arguments>
  Loan Borrow(const Arguments&... arguments) {
    std::unique_ptr<Workspace> workspace = TakeFree();
    if (workspace == nullptr) workspace = std::make_unique<Workspace>(arguments...);
    return Loan(this, std::move(workspace));
  }

 private:
  std::unique_ptr<Workspace> TakeFree() {
    const absl::MutexLock lock(&mu_);
    if (free_.empty()) return nullptr;
    std::unique_ptr<Workspace> workspace = std::move(free_.back());
    free_.pop_back();
    return workspace;
  }

  void GiveBack(std::unique_ptr<Workspace> workspace) {
    const absl::MutexLock lock(&mu_);
    free_.push_back(std::move(workspace));
  }

  absl::Mutex mu_;
  std::vector<std::unique_ptr<Workspace>> free_ ABSL_GUARDED_BY(mu_);
};

}  // namespace ebm

#endif  // EBM_MODEL_KERNELS_WORKSPACE_POOL_H_
