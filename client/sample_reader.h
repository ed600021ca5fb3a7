// Reads the frames of a sample request, which run on the server while they are read. If the reader is slow, the server
// pauses the chains instead of buffering frames.
//
//   EBM_ASSIGN_OR_RETURN(const std::unique_ptr<SampleReader> reader, client.StartSample(request));
//   while (true) {
//     EBM_ASSIGN_OR_RETURN(const std::optional<SampleFrame> frame, reader->Next());
//     if (!frame.has_value()) break;  // reader->summary() is there
//   }
//
// A stream that ends UNAVAILABLE, as when its server shuts down, is continued on the next server, with the same bits as
// without the interruption; sample_progress.h says how, and when the steps that were lost must be repeated. It is given
// up after RetryOptions::attempts in a row that brought no new state. A seed that the request leaves open is drawn by
// the client, and the model's version is settled at the start, so that all parts belong together.
//
// Errors: those of the server, the same again from each further call of Next. Cancelled after Cancel. Internal: the
// answer is malformed.
//
// Threads: Cancel may be called from any thread, the rest from one at a time. Destruction cancels the request.

#ifndef EBM_CLIENT_SAMPLE_READER_H_
#define EBM_CLIENT_SAMPLE_READER_H_

#include <deque>
#include <memory>
#include <optional>
#include <stop_token>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "client/sample_messages.h"
#include "client/sample_progress.h"

namespace ebm::client {

class Connection;

class SampleReader {
 public:
  // request, settings: as of SampleProgress.
  SampleReader(std::shared_ptr<Connection> connection, const SampleRequest& request,
               const std::optional<SamplerSettings>& settings);
  SampleReader(const SampleReader&) = delete;
  SampleReader& operator=(const SampleReader&) = delete;
  ~SampleReader();

  // The next frame; nothing at the end of the stream.
  absl::StatusOr<std::optional<SampleFrame>> Next();

  // REQUIRES: Next has returned nothing.
  const SampleSummary& summary() const { return *summary_; }

  // The chains end within one step.
  void Cancel() { stop_.request_stop(); }

 private:
  class Stream;  // of one piece

  absl::StatusOr<std::optional<SampleFrame>> ReadFrame();
  absl::Status ContinueAfter(const absl::Status& error);

  const std::shared_ptr<Connection> connection_;
  const absl::Duration begin_;
  SampleProgress progress_;
  std::stop_source stop_;
  std::deque<SampleRequest> pieces_;  // the first one is being read
  std::unique_ptr<Stream> stream_;    // null between two pieces
  int fruitless_ = 0;                 // attempts since the last new state
  std::optional<SampleSummary> summary_;
  absl::Status error_;
};

}  // namespace ebm::client

#endif  // EBM_CLIENT_SAMPLE_READER_H_
