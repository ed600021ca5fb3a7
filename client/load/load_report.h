// What a load run saw, by kind of request.
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
  std::string code = "OK";                    // the status' name
  absl::Duration latency;                     // from due (open loop) or sent (closed loop) to the end
  std::optional<absl::Duration> first_frame;  // likewise, of Sample
  uint64_t rows = 0;                          // answered
  uint64_t chain_steps = 0;                   // made
};

// The smallest value that at least q of the sorted values do not exceed; 0 of none. 0 < q <= 1.
double Percentile(const std::vector<double>& sorted, double q);

class LoadReport {
 public:
  void Add(const RequestOutcome& outcome);

  bool all_ok() const { return codes_.size() == codes_.count("OK"); }

  // One JSON object. length: of the run, from its start to the last answer. offered: the open loop's rate, or 0.
  std::string Json(absl::Duration length, double offered) const;
  // For people.
  std::string Table(absl::Duration length) const;

 private:
  struct Kind {
    uint64_t ok = 0;
    uint64_t rows = 0;
    uint64_t chain_steps = 0;
    std::vector<double> latencies;     // seconds, of requests that ended well
    std::vector<double> first_frames;  // seconds
  };

  std::array<Kind, kRequestKinds> kinds_;
  std::map<std::string, uint64_t> codes_;
};

}  // namespace ebm::client

#endif  // EBM_CLIENT_LOAD_LOAD_REPORT_H_
