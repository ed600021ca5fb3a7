// Results of a load run, by kind of request: rates, latencies and status codes.
//
// Threads: Add from one thread at a time.

#ifndef EBM_CLIENT_LOAD_LOAD_REPORT_H_
#define EBM_CLIENT_LOAD_LOAD_REPORT_H_

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "client/load/load_plan.h"

namespace ebm::client {

struct RequestOutcome {
  RequestKind kind = RequestKind::kClassify;
  std::string code = "OK";                    // the name of the status code
  absl::Duration latency;                     // from due (open loop) or sent (closed loop) to the end
  std::optional<absl::Duration> first_frame;  // of Sample: from the same time to the first frame
  uint64_t rows = 0;                          // rows of the request
  uint64_t chain_steps = 0;                   // steps done, according to the summary
};

// The q-quantile, 0 < q <= 1: the smallest of the sorted values such that a share q of them is no larger. 0 if empty.
double Percentile(const std::vector<double>& sorted, double q);

class LoadReport {
 public:
  void Add(const RequestOutcome& outcome);

  bool all_ok() const { return codes_.size() == codes_.count("OK"); }

  // One JSON object. length: the reported length (LoadDriver). offered: the open loop's rate, or 0.
  std::string Json(absl::Duration length, double offered) const;
  // A table for people.
  std::string Table(absl::Duration length) const;

 private:
  struct Kind {
    uint64_t ok = 0;
    uint64_t rows = 0;
    uint64_t chain_steps = 0;
    std::vector<double> latencies;     // seconds, of requests that succeeded
    std::vector<double> first_frames;  // seconds, of requests that succeeded
  };

  std::array<Kind, kRequestKinds> kinds_;
  std::map<std::string, uint64_t> codes_;
};

}  // namespace ebm::client

#endif  // EBM_CLIENT_LOAD_LOAD_REPORT_H_
