// Runs a fuzz target on every file of a folder, without a fuzzer: the regression test of ordinary builds.
//
//   fuzz_NAME_corpus FOLDER

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <iostream>

#include "model/io/file_bytes.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  int files = 0;
  for (const std::filesystem::directory_entry& file : std::filesystem::directory_iterator(argv[1])) {
    std::cout << file.path().filename().string() << std::endl;  // flushed: the last one named is the one that aborts
    const absl::StatusOr<std::string> bytes = ebm::ReadFileBytes(file.path());
    if (!bytes.ok()) {
      std::cerr << bytes.status().message() << "\n";
      return 1;
    }
    LLVMFuzzerTestOneInput(reinterpret_cast<const uint8_t*>(bytes->data()), bytes->size());
    ++files;
  }
  return files > 0 ? 0 : 1;
}
