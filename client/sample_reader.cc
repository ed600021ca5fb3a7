#include "client/sample_reader.h"

#include <functional>
#include <utility>
#include <variant>

#include "client/connection.h"
#include "client/wire.h"
#include "model/core/status_macros.h"

namespace ebm::client {

class SampleReader::Stream {
 public:
  Stream(Connection& connection, absl::Duration time, const SampleRequest& piece, const std::stop_token& stop)
      : piece_(piece), cancel_(stop, [this] { context_.TryCancel(); }) {
    connection.Prepare(time, context_);
    reader_ = connection.stubs().inference->Sample(&context_, ToProto(piece));
  }

  ~Stream() {
    if (finished_) return;
    context_.TryCancel();
    v1::SampleResponse rest;
    while (reader_->Read(&rest)) {
    }
    reader_->Finish();
  }

  // The next frame, or the summary; the status of the call at its end.
  absl::StatusOr<std::variant<SampleFrame, SampleSummary>> Next() {
    v1::SampleResponse message;
    if (!reader_->Read(&message)) {
      finished_ = true;
      EBM_RETURN_IF_ERROR(FromGrpc(reader_->Finish()));
      return absl::InternalError("the stream of samples ended without a summary");
    }
    if (!message.has_summary()) return FromProto(message.frame(), piece_);
    absl::StatusOr<SampleSummary> summary = FromProto(message.summary(), piece_);
    if (!summary.ok()) return summary.status();
    return Finish(*std::move(summary));
  }

 private:
  // The summary is the last message, but the call counts only with its status.
  absl::StatusOr<std::variant<SampleFrame, SampleSummary>> Finish(SampleSummary summary) {
    v1::SampleResponse more;
    if (reader_->Read(&more)) return absl::InternalError("the stream of samples goes on after its summary");
    finished_ = true;
    EBM_RETURN_IF_ERROR(FromGrpc(reader_->Finish()));
    return summary;
  }

  const SampleRequest& piece_;
  grpc::ClientContext context_;
  std::unique_ptr<grpc::ClientReaderInterface<v1::SampleResponse>> reader_;
  bool finished_ = false;
  std::stop_callback<std::function<void()>> cancel_;  // last, so that none runs once the rest is gone
};

SampleReader::SampleReader(std::shared_ptr<Connection> connection, const SampleRequest& request,
                           const std::optional<SamplerSettings>& settings)
    : connection_(std::move(connection)),
      begin_(connection_->clock().Now()),
      progress_(request, settings),
      pieces_({request}) {}

SampleReader::~SampleReader() { Cancel(); }

absl::StatusOr<std::optional<SampleFrame>> SampleReader::Next() {
  EBM_RETURN_IF_ERROR(error_);
  if (summary_.has_value()) return std::nullopt;
  absl::StatusOr<std::optional<SampleFrame>> frame = ReadFrame();
  if (!frame.ok()) {
    error_ = frame.status();
    stream_.reset();
  }
  return frame;
}

absl::StatusOr<std::optional<SampleFrame>> SampleReader::ReadFrame() {
  while (!pieces_.empty()) {
    if (stream_ == nullptr) {
      const absl::Duration time = connection_->options().deadline - (connection_->clock().Now() - begin_);
      stream_ = std::make_unique<Stream>(*connection_, time, pieces_.front(), stop_.get_token());
    }
    auto message = stream_->Next();
    if (!message.ok()) {
      EBM_RETURN_IF_ERROR(ContinueAfter(message.status()));
    } else if (auto* const frame = std::get_if<SampleFrame>(&*message)) {
      progress_.Take(pieces_.front(), *frame);
      if (frame->chains.empty()) continue;
      fruitless_ = 0;
      return std::move(*frame);
    } else {
      progress_.Take(pieces_.front(), std::get<SampleSummary>(*message));
      connection_->budget().NoteAnswer();
      stream_.reset();
      pieces_.pop_front();
    }
  }
  summary_ = progress_.Summary();
  return std::nullopt;
}

absl::Status SampleReader::ContinueAfter(const absl::Status& error) {
  if (stop_.stop_requested()) return absl::CancelledError("the caller has cancelled the request");
  ++fruitless_;
  EBM_ASSIGN_OR_RETURN(const absl::Duration wait, connection_->NextWait(error, fruitless_, begin_));
  stream_.reset();
  const std::vector<SampleRequest> remaining = progress_.Remaining();
  pieces_.assign(remaining.begin(), remaining.end());
  connection_->clock().Wait(wait, stop_.get_token());
  if (stop_.stop_requested()) return absl::CancelledError("the caller has cancelled the request");
  return absl::OkStatus();
}

}  // namespace ebm::client
