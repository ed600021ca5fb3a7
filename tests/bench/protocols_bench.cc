// Compares the same question through ebm.v1 (Classify) and through the Open Inference Protocol (ModelInfer), at one
// server, in alternating rounds:
//
//   ebm-protocols-bench --server=HOST:PORT --pid=PID --model=NAME --values=C [--rows=1] [--callers=16] [--rounds=20]
//
// Prints the rates of each round and the processor time that the server took for an answer, and at the end the medians
// and ranges of the ratios, ModelInfer to Classify. The processor times exclude the client, and depend little on what
// else runs on the machine.

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <fstream>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "CLI/CLI.hpp"
#include "ebm/v1/inference.grpc.pb.h"
#include "grpcpp/grpcpp.h"
#include "inference/grpc_service.grpc.pb.h"

namespace ebm {
namespace {

using Clock = std::chrono::steady_clock;

struct Flags {
  std::string server;
  int pid = 0;  // of the server
  std::string model;
  int64_t values = 0;
  int64_t rows = 1;
  int callers = 16;
  int rounds = 20;
  double seconds = 4;
};

// A method of a stub that is called again as soon as it has answered.
template <typename Stub, typename Request, typename Response>
class Caller {
 public:
  using Method = std::unique_ptr<grpc::ClientAsyncResponseReader<Response>> (Stub::*)(grpc::ClientContext*,
                                                                                      const Request&,
                                                                                      grpc::CompletionQueue*);
  Caller(Stub* stub, Method method, const Request* request) : stub_(*stub), method_(method), request_(*request) {}

  void Start(grpc::CompletionQueue* queue) {
    context_ = std::make_unique<grpc::ClientContext>();
    reader_ = (stub_.*method_)(context_.get(), request_, queue);
    reader_->Finish(&response_, &status_, this);
  }
  bool ok() const {
    if (!status_.ok()) std::cerr << status_.error_message() << "\n";
    return status_.ok();
  }

 private:
  Stub& stub_;
  const Method method_;
  const Request& request_;
  std::unique_ptr<grpc::ClientContext> context_;
  std::unique_ptr<grpc::ClientAsyncResponseReader<Response>> reader_;
  Response response_;
  grpc::Status status_;
};

// The processor time of a process so far, in seconds: fields 14 and 15 of its stat file, in ticks of 10 ms.
double ProcessorSeconds(int pid) {
  std::ifstream stat("/proc/" + std::to_string(pid) + "/stat");
  std::string word;
  double ticks = 0;
  for (int field = 1; field <= 15 && stat >> word; ++field) {
    if (field >= 14) ticks += std::stod(word);
  }
  return ticks / 100;
}

struct Measured {
  double rate = 0;     // answers per second
  double seconds = 0;  // of the server's processor time, per answer
};

// By `callers` callers on four connections. A rate of 0 if a call fails.
template <typename Response, typename Stub, typename Request>
Measured Measure(const Flags& flags, const std::vector<std::unique_ptr<Stub>>& stubs,
                 typename Caller<Stub, Request, Response>::Method method, const Request& request) {
  using Of = Caller<Stub, Request, Response>;
  grpc::CompletionQueue queue;
  std::vector<std::unique_ptr<Of>> callers;
  const double used_before = ProcessorSeconds(flags.pid);
  const Clock::time_point start = Clock::now();
  for (int i = 0; i < flags.callers; ++i) {
    callers.push_back(std::make_unique<Of>(stubs[static_cast<size_t>(i) % stubs.size()].get(), method, &request));
    callers.back()->Start(&queue);
  }
  int64_t answers = 0;
  int open = flags.callers;
  bool all_ok = true;
  void* tag = nullptr;
  bool done = false;
  const auto elapsed = [&] { return std::chrono::duration<double>(Clock::now() - start).count(); };
  while (open > 0 && queue.Next(&tag, &done)) {
    auto* const caller = static_cast<Of*>(tag);
    all_ok = all_ok && caller->ok();
    ++answers;
    all_ok&& elapsed() < flags.seconds ? caller->Start(&queue) : static_cast<void>(--open);
  }
  if (!all_ok) return {};
  return {.rate = static_cast<double>(answers) / elapsed(),
          .seconds = (ProcessorSeconds(flags.pid) - used_before) / static_cast<double>(answers)};
}

template <typename Service>
auto StubsOf(const Flags& flags) {
  constexpr int kConnections = 4;
  std::vector<std::unique_ptr<typename Service::Stub>> stubs;
  for (int i = 0; i < kConnections; ++i) {
    grpc::ChannelArguments arguments;
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    const auto channel = grpc::CreateCustomChannel(flags.server, grpc::InsecureChannelCredentials(), arguments);
    stubs.push_back(Service::NewStub(channel));
  }
  return stubs;
}

v1::ClassifyRequest NativeRequest(const Flags& flags, const std::string& bytes) {
  v1::ClassifyRequest request;
  request.mutable_model()->set_name(flags.model);
  v1::Tensor& inputs = *request.mutable_inputs();
  inputs.set_data_type(v1::DATA_TYPE_FLOAT32);
  inputs.add_shape(flags.rows);
  inputs.add_shape(flags.values);
  inputs.set_data(bytes);
  return request;
}

::inference::ModelInferRequest OipRequest(const Flags& flags, const std::string& bytes) {
  ::inference::ModelInferRequest request;
  request.set_model_name(flags.model);
  auto& input = *request.add_inputs();
  input.set_name("x");
  input.set_datatype("FP32");
  input.add_shape(flags.rows);
  input.add_shape(flags.values);
  request.add_raw_input_contents(bytes);
  for (const char* output : {"probabilities", "class"}) request.add_outputs()->set_name(output);
  return request;
}

void PrintSpread(const char* what, std::vector<double> ratios) {
  std::sort(ratios.begin(), ratios.end());
  std::cout << what << ": median " << ratios[ratios.size() / 2] << ", range " << ratios.front() << " to "
            << ratios.back() << "\n";
}

int Run(const Flags& flags) {
  using Native = v1::InferenceService;
  using Oip = ::inference::GRPCInferenceService;
  const std::vector<float> rows(static_cast<size_t>(flags.rows * flags.values), 1.0F);
  const std::string bytes(reinterpret_cast<const char*>(rows.data()), rows.size() * sizeof(float));
  const v1::ClassifyRequest native_request = NativeRequest(flags, bytes);
  const ::inference::ModelInferRequest oip_request = OipRequest(flags, bytes);
  const auto native_stubs = StubsOf<Native>(flags);
  const auto oip_stubs = StubsOf<Oip>(flags);
  std::vector<double> rates;
  std::vector<double> times;
  for (int round = -1; round < flags.rounds; ++round) {  // the first warms up
    const Measured native =
        Measure<v1::ClassifyResponse>(flags, native_stubs, &Native::Stub::AsyncClassify, native_request);
    const Measured oip =
        Measure<::inference::ModelInferResponse>(flags, oip_stubs, &Oip::Stub::AsyncModelInfer, oip_request);
    if (native.rate == 0 || oip.rate == 0) return 1;
    if (round < 0) continue;
    rates.push_back(oip.rate / native.rate);
    times.push_back(oip.seconds / native.seconds);
    std::cout << "Classify " << native.rate << "/s, " << native.seconds * 1e6 << " us; ModelInfer " << oip.rate
              << "/s, " << oip.seconds * 1e6 << " us" << std::endl;
  }
  PrintSpread("ratio of rates", rates);
  PrintSpread("ratio of processor times", times);
  return 0;
}

}  // namespace
}  // namespace ebm

int main(int argc, char** argv) {
  ebm::Flags flags;
  CLI::App app("Compares ebm.v1 and the Open Inference Protocol at one server.", "ebm-protocols-bench");
  app.add_option("--server", flags.server, "HOST:PORT")->required();
  app.add_option("--pid", flags.pid, "The server's process")->required();
  app.add_option("--model", flags.model, "The model's name")->required();
  app.add_option("--values", flags.values, "Values of a row")->required()->check(CLI::Range(1, 1 << 20));
  app.add_option("--rows", flags.rows, "Rows of a request")->check(CLI::Range(1, 4096));
  app.add_option("--callers", flags.callers, "Requests in flight")->check(CLI::Range(1, 1000));
  app.add_option("--rounds", flags.rounds, "Rounds that are reported")->check(CLI::Range(1, 1000));
  app.add_option("--seconds", flags.seconds, "Length of each half of a round")->check(CLI::Range(0.01, 100.0));
  CLI11_PARSE(app, argc, argv);
  return ebm::Run(flags);
}
