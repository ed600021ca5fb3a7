// Counts and durations of this protocol's requests, by model and version, for ModelStatistics.
//
// Threads: safe from any thread.

#ifndef EBM_SERVER_RPC_OIP_STATISTICS_H_
#define EBM_SERVER_RPC_OIP_STATISTICS_H_

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "server/inference/model.h"
#include "server/rpc/oip/target.h"
#include "server/rpc/oip/wire.h"

namespace ebm::rpc::oip {

// What a request took. Durations that are not measured for its kind are unset, zero, and are not counted.
struct RequestTimes {
  absl::Duration total;  // from the request's arrival to its last response
  absl::Duration queue;
  absl::Duration input;   // converting and checking the request
  absl::Duration infer;   // from the end of the queue to the last result
  absl::Duration output;  // making the responses
};

// The requests of one version of a model.
class RequestStatistics {
 public:
  // inferences: the rows or chains of the request.
  void Succeeded(uint64_t inferences, const RequestTimes& times);
  void Failed(absl::Duration total);

  // Without name, version and executions.
  wire::ModelStatistics Get() const;

 private:
  mutable absl::Mutex mu_;
  wire::ModelStatistics so_far_ ABSL_GUARDED_BY(mu_);
};

class Statistics {
 public:
  // They last as long as the model is loaded.
  std::shared_ptr<RequestStatistics> Of(const Target& target);

  // With name and version, and the executions of the model: the tiles of rows that workers have evaluated, for requests
  // of all protocols; for samples, the requests, since chains step together with those of other requests.
  wire::ModelStatistics Report(const Target& target);

 private:
  using Key = std::pair<std::string, std::string>;  // served name, version
  struct Entry {
    std::weak_ptr<const inference::Model> model;
    std::shared_ptr<RequestStatistics> statistics;
  };

  absl::Mutex mu_;
  std::map<Key, Entry> models_ ABSL_GUARDED_BY(mu_);
};

// An empty name or version stands for all.
bool IsAskedFor(const wire::ModelStatisticsRequest& request, const Target& target);

}  // namespace ebm::rpc::oip

#endif  // EBM_SERVER_RPC_OIP_STATISTICS_H_
