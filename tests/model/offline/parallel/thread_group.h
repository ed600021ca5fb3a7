// A process group of threads in one process, for tests: exchanges through memory, in the order of the ranks.

#ifndef EBM_TESTS_MODEL_OFFLINE_PARALLEL_THREAD_GROUP_H_
#define EBM_TESTS_MODEL_OFFLINE_PARALLEL_THREAD_GROUP_H_

#include <algorithm>
#include <barrier>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "model/offline/parallel/process_group.h"

namespace ebm::testing {

class ThreadGroups {
 public:
  explicit ThreadGroups(int size) : size_(size), floats_(size), bytes_(size), barrier_(size) {}

  // Calls run(group) for every rank on a thread of its own, and returns when all are done.
  void Run(const std::function<void(ProcessGroup&)>& run) {
    std::vector<std::thread> threads;
    threads.reserve(size_);
    for (int rank = 0; rank < size_; ++rank) {
      threads.emplace_back([this, rank, &run] {
        Member member(*this, rank);
        run(member);
      });
    }
    for (std::thread& thread : threads) thread.join();
  }

 private:
  class Member final : public ProcessGroup {
   public:
    Member(ThreadGroups& groups, int rank) : groups_(groups), rank_(rank) {}

    int rank() const override { return rank_; }
    int size() const override { return groups_.size_; }
    absl::Status Sum(std::span<float> values) override {
      const std::vector<float> all = *Gather(values);
      for (size_t i = 0; i < values.size(); ++i) {
        values[i] = all[i];
        for (size_t rank = 1; rank < static_cast<size_t>(size()); ++rank) values[i] += all[rank * values.size() + i];
      }
      return absl::OkStatus();
    }
    absl::Status Broadcast(std::span<uint8_t> bytes) override {
      groups_.bytes_[rank_].assign(bytes.begin(), bytes.end());
      groups_.barrier_.arrive_and_wait();
      std::ranges::copy(groups_.bytes_[0], bytes.begin());
      groups_.barrier_.arrive_and_wait();
      return absl::OkStatus();
    }
    absl::StatusOr<std::vector<float>> Gather(std::span<const float> values) override {
      groups_.floats_[rank_].assign(values.begin(), values.end());
      groups_.barrier_.arrive_and_wait();
      std::vector<float> all;
      for (const std::vector<float>& part : groups_.floats_) all.insert(all.end(), part.begin(), part.end());
      groups_.barrier_.arrive_and_wait();
      return all;
    }

   private:
    ThreadGroups& groups_;
    const int rank_;
  };

  const int size_;
  std::vector<std::vector<float>> floats_;  // by rank
  std::vector<std::vector<uint8_t>> bytes_;
  std::barrier<> barrier_;
};

}  // namespace ebm::testing

#endif  // EBM_TESTS_MODEL_OFFLINE_PARALLEL_THREAD_GROUP_H_
