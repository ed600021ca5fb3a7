// A second protocol on the same core, for tests: a request is a line of text, and so is every answer.
//
//   classify 4 2 2 2      ->  class 2
//   sample CHAINS STEPS   ->  frame STEP BYTES, for every step, with the states in hexadecimal; then: done CHAINS

#ifndef EBM_TESTS_SERVER_INFERENCE_LINE_PROTOCOL_H_
#define EBM_TESTS_SERVER_INFERENCE_LINE_PROTOCOL_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "server/inference/row_call.h"
#include "server/inference/sample_stream.h"

namespace ebm::inference {

class LineCall final : private StreamWriter {
 public:
  LineCall(const std::shared_ptr<Model>& model, const CallParts& parts)
      : model_(model), parts_(parts), rows_(model, parts) {}

  void Start(const std::string& line) {
    const std::vector<std::string> words = absl::StrSplit(line, ' ');
    std::vector<float> numbers(words.size() - 1);
    for (size_t i = 0; i < numbers.size(); ++i) (void)absl::SimpleAtof(words[i + 1], &numbers[i]);
    const absl::Status status = words[0] == "classify" ? Classify(numbers) : Sample(numbers);
    if (!status.ok()) Fail(status);
  }

  const std::vector<std::string>& answers() const { return answers_; }

 private:
  absl::Status Classify(const std::vector<float>& row) {
    const int64_t shape[] = {1, static_cast<int64_t>(row.size())};
    const absl::string_view bytes(reinterpret_cast<const char*>(row.data()), row.size() * sizeof(float));
    return rows_.Classify({.shape = shape, .bytes = bytes}, {}, {}, [this](const auto& answer) {
      answers_.push_back(answer.ok() ? absl::StrCat("class ", answer->classes[0]) : answer.status().ToString());
    });
  }
  absl::Status Sample(const std::vector<float>& numbers) {
    SampleRequest request = {.chains = static_cast<uint32_t>(numbers[0]), .seed = 1, .frame_interval = 1};
    request.sampler = SamplerDefaults(model_->info());
    request.sampler.steps = static_cast<uint32_t>(numbers[1]);
    const auto stream = SampleStream::Start(model_, request, parts_, {}, this);
    if (stream.ok()) stream_ = *stream;
    return stream.status();
  }

  Write WriteFrame(SampleStream& stream, const batching::Frame& frame) override {
    std::string bytes;
    AppendStates(stream.plan(), stream.model().spec, frame, bytes);
    answers_.push_back(absl::StrCat("frame ", frame.step, " ", absl::BytesToHexString(bytes)));
    return Write::kDone;
  }
  void End(SampleStream& /*stream*/, const SampleReport& report) override {
    answers_.push_back(absl::StrCat("done ", report.chains_finished));
  }
  void Fail(const absl::Status& why) override { answers_.push_back(why.ToString()); }

  std::shared_ptr<Model> model_;
  CallParts parts_;
  RowCall rows_;
  std::shared_ptr<SampleStream> stream_;
  std::vector<std::string> answers_;
};

}  // namespace ebm::inference

#endif  // EBM_TESTS_SERVER_INFERENCE_LINE_PROTOCOL_H_
