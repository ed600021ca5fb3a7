#include "model/core/guarded.h"

#include <exception>
#include <new>
#include <string>
#include <system_error>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace ebm {

absl::Status StatusOfCurrentException() {
  try {
    throw;
  } catch (const std::bad_alloc&) {
    return absl::ResourceExhaustedError("out of memory");
  } catch (const std::system_error& error) {  // std::thread, std::filesystem
    const bool is_thread = error.code() == std::errc::resource_unavailable_try_again;
    const char* const what = is_thread ? "the system refuses a thread" : "the system refuses";
    return absl::ResourceExhaustedError(absl::StrCat(what, ": ", error.what()));
  } catch (const std::exception& error) {
    const std::string what = error.what();
    const std::string line = what.substr(0, what.find('\n'));
    // LibTorch's allocator throws c10::Error: "DefaultCPUAllocator: not enough memory: you tried to allocate ...".
    if (absl::StrContains(line, "not enough memory")) return absl::ResourceExhaustedError(line);
    return absl::InternalError(absl::StrCat("the computation failed: ", line));
  } catch (...) {
    return absl::InternalError("the computation failed");
  }
}

}  // namespace ebm
