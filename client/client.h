// C++ client of the server for energy-based models. It takes plain values and returns plain values or absl::Status.
//
//   EBM_ASSIGN_OR_RETURN(const Client client, Client::Connect({.target = "127.0.0.1:8500"}));
//   EBM_ASSIGN_OR_RETURN(const ClassifyAnswer answer, client.Classify({}, rows.view()));
//
// A call sends one request; it is never split. What can be repeated safely is retried (connection_options.h). Errors
// carry the server's code and message. Internal: the server's answer is malformed. Unavailable: no server can be
// reached.
//
// Threads: all methods are const and may be called concurrently; all calls share one channel.

#ifndef EBM_CLIENT_CLIENT_H_
#define EBM_CLIENT_CLIENT_H_

#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "client/connection_options.h"
#include "client/messages.h"
#include "client/model_description.h"
#include "client/sample_messages.h"
#include "client/sample_reader.h"
#include "model/core/matrix_view.h"

namespace ebm::client {

// Whether a server, or a service of it, takes calls. kUnknown: the server does not know the service (yet).
enum class Serving { kYes, kNo, kUnknown };

// What all calls of a client share (client/connection.h). Tests create one from an in-process channel.
class Connection;

// Drawn at random: what a request without a seed gets.
uint64_t DrawSeed();

class Client {
 public:
  // The first call opens the connection. InvalidArgument for options that are wrong, and for files of TLS or a token
  // that cannot be read.
  static absl::StatusOr<Client> Connect(const ConnectionOptions& options);

  explicit Client(std::shared_ptr<Connection> connection);

  // inputs: [n, D].
  absl::StatusOr<ClassifyAnswer> Classify(const ModelSelector& model, ConstMatrix inputs,
                                          bool calibrated = false) const;
  absl::StatusOr<ScoreAnswer> Score(const ModelSelector& model, ConstMatrix inputs, const ScoreExtras& extras) const;

  // Unless there are no retries, first asks for the model's version and settings where the request leaves them open,
  // which the parts of a stream must share. The reader may outlive the client.
  absl::StatusOr<std::unique_ptr<SampleReader>> StartSample(SampleRequest request) const;

  // Calls on_frame on the calling thread for every frame as it arrives. A stop request through `stop`, from any thread,
  // ends the call with Cancelled within one step.
  absl::StatusOr<SampleSummary> Sample(const SampleRequest& request,
                                       const std::function<void(const SampleFrame&)>& on_frame,
                                       const std::stop_token& stop = {}) const;

  absl::StatusOr<std::vector<ModelDescription>> ListModels() const;
  // Returns the versions of all models, sorted by name and number.
  absl::StatusOr<std::vector<ModelVersion>> ListVersions() const;
  absl::StatusOr<ModelReport> ReportModel(const ModelSelector& model) const;
  // FailedPrecondition if no version is loaded.
  absl::StatusOr<ModelDescription> GetModel(const ModelSelector& model) const;

  // Returns when the model is loaded. An empty version is the newest in the server's repository.
  absl::StatusOr<ModelDescription> LoadModel(const std::string& name, const std::string& version) const;
  // An empty version is all of them.
  absl::Status UnloadModel(const std::string& name, const std::string& version) const;

  // The health protocol of gRPC, of the server whose turn it is. An empty service is the server as a whole. NotFound if
  // the server knows no such service.
  absl::StatusOr<Serving> CheckHealth(const std::string& service) const;
  // Calls on_change at once and at every change, until the stream ends; the status is why. A stop ends it with
  // Cancelled.
  absl::Status WatchHealth(const std::string& service, const std::function<void(Serving)>& on_change,
                           const std::stop_token& stop = {}) const;

 private:
  std::shared_ptr<Connection> connection_;
};

}  // namespace ebm::client

#endif  // EBM_CLIENT_CLIENT_H_
