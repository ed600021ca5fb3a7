// A client of a server for energy-based models, for C++ programs: plain values in, plain values or absl::Status out.
//
//   const auto client = Client::Connect("localhost:50051", {});
//   const auto answer = client.Classify({}, rows.view());
//
// A call sends one request and nothing else: it is never split and never tried again. Errors carry the server's code
// and message; Internal is a malformed answer, Unavailable a server that cannot be reached.
//
// Threads: all methods are const and may be called from many threads at once; all calls share one channel.

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
  absl::Duration deadline = absl::InfiniteDuration();  // of each call
  int max_message_bytes = 256 << 20;                   // of one answer, or of one frame of a stream
};

// The generated stubs (client/stubs.h); tests make them from an in-process channel.
struct Stubs;

class Client {
 public:
  // Never fails: the connection is made by the first call. The connection is in plain text.
  static Client Connect(const std::string& server, const ClientOptions& options);

  Client(std::unique_ptr<Stubs> stubs, const ClientOptions& options);
  Client(Client&&) noexcept;
  Client& operator=(Client&&) noexcept;
  ~Client();

  // inputs: [n, D].
  absl::StatusOr<ClassifyAnswer> Classify(const ModelSelector& model, ConstMatrix inputs,
                                          bool calibrated = false) const;
  absl::StatusOr<ScoreAnswer> Score(const ModelSelector& model, ConstMatrix inputs, const ScoreExtras& extras) const;

  // Calls on_frame on this thread for every frame as it arrives; a slow on_frame slows the chains, not the network.
  // A stop asked for through `stop`, from any thread, ends the call within a step with Cancelled.
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
