// ZIP archives for tests.

#ifndef EBM_TESTS_SUPPORT_ZIP_FILE_H_
#define EBM_TESTS_SUPPORT_ZIP_FILE_H_

#include <zip.h>

#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

namespace ebm {

enum class ZipMethod { kStored, kDeflated };

inline std::string Zip(const std::vector<std::pair<std::string, std::string>>& members,
                       ZipMethod method = ZipMethod::kStored) {
  zip_source_t* const out = zip_source_buffer_create(nullptr, 0, 0, nullptr);
  zip_source_keep(out);
  zip_t* const archive = zip_open_from_source(out, ZIP_CREATE | ZIP_TRUNCATE, nullptr);
  for (const auto& [name, content] : members) {
    zip_source_t* const member = zip_source_buffer(archive, content.data(), content.size(), 0);
    const zip_int64_t index = zip_file_add(archive, name.c_str(), member, 0);
    const zip_int32_t compression = method == ZipMethod::kStored ? ZIP_CM_STORE : ZIP_CM_DEFLATE;
    if (index < 0 || zip_set_file_compression(archive, static_cast<zip_uint64_t>(index), compression, 0) != 0) {
      std::abort();
    }
  }
  if (zip_close(archive) != 0) std::abort();
  zip_stat_t info;
  zip_source_stat(out, &info);
  std::string bytes(info.size, '\0');
  zip_source_open(out);
  zip_source_read(out, bytes.data(), bytes.size());
  zip_source_close(out);
  zip_source_free(out);
  return bytes;
}

}  // namespace ebm

#endif  // EBM_TESTS_SUPPORT_ZIP_FILE_H_
