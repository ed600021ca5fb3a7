// C++ client of the server for energy-based models. It takes plain values and returns plain values or absl::Status.
//
//   const auto client = Client::Connect("127.0.0.1:8500", {});
//   const auto answer = client.Classify({}, rows.view());
//
// Each call sends exactly one request: it is never split and never retried. Errors carry the server's code and message.
// Internal: the server's answer is malformed. Unavailable: the server cannot be reached.
//
// Threads: all methods are const and may be called concurrently; all calls share one channel.

#ifndef EBM_CLIENT_CLIENT_H_
#define EBM_CLIENT_CLIENT_H_

#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "client/messages.h"
#include "client/model_description.h"
#include "client/sample_messages.h"
#include "model/core/matrix_view.h"

namespace ebm::client {

struct ClientOptions {
  absl::Duration deadline = absl::InfiniteDuration();  // per call
  int max_message_bytes = 256 << 20;                   // limit for one answer, or one frame of a stream
};

// The generated stubs (client/stubs.h). Tests create them from an in-process channel.
struct Stubs;

class Client {
 public:
  // Never fails: the first call opens the connection, in plain text.
  static Client Connect(const std::string& server, const ClientOptions& options);

  Client(std::unique_ptr<Stubs> stubs, const ClientOptions& options);
  Client(Client&&) noexcept;
  Client& operator=(Client&&) noexcept;
  ~Client();

  // inputs: [n, D].
  absl::StatusOr<ClassifyAnswer> Classify(const ModelSelector& model, ConstMatrix inputs,
                                          bool calibrated = false) const;
  absl::StatusOr<ScoreAnswer> Score(const ModelSelector& model, ConstMatrix inputs, const ScoreExtras& extras) const;

  // Calls on_frame on the calling thread for every frame as it arrives. If on_frame is slow, the server pauses the
  // chains instead of buffering frames. A stop request through `stop`, from any thread, ends the call with Cancelled
  // within one step.
  absl::StatusOr<SampleSummary> Sample(const SampleRequest& request,
                                       const std::function<void(const SampleFrame&)>& on_frame,
                                       const std::stop_token& stop = {}) const;

  absl::StatusOr<std::vector<ModelDescription>> ListModels() const;
  absl::StatusOr<ModelDescription> GetModel(const ModelSelector& model) const;

 private:
  std::unique_ptr<Stubs> stubs_;
  ClientOptions options_;
};

}  // namespace ebm::client

#endif  // EBM_CLIENT_CLIENT_H_
