#include "model/offline/train/tensorboard_writer.h"

#include <unistd.h>

#include <array>
#include <bit>
#include <filesystem>
#include <system_error>
#include <utility>
#include <variant>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "model/core/status_macros.h"
#include "model/io/png.h"

namespace ebm {
namespace {

constexpr char kFilePrefix[] = "events.out.tfevents.";

constexpr std::array<uint32_t, 256> MakeCrcTable() {
  std::array<uint32_t, 256> table{};
  for (uint32_t byte = 0; byte < 256; ++byte) {
    uint32_t crc = byte;
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) != 0 ? 0x82F63B78U : 0U);
    table[byte] = crc;
  }
  return table;
}

// TFRecord masks stored checksums, so that a record that contains records can still be checked.
uint32_t MaskedCrc(std::string_view bytes) {
  const uint32_t crc = Crc32c(bytes);
  return std::rotr(crc, 15) + 0xA282EAD8U;
}

template <typename T>
std::string LittleEndian(T value) {
  std::string bytes;
  for (size_t i = 0; i < sizeof(T); ++i) bytes.push_back(static_cast<char>((value >> (8 * i)) & 0xFF));
  return bytes;
}

// Protobuf's wire format: a key of field number and wire type, then the value.
enum WireType : uint32_t { kVarint = 0, kFixed64 = 1, kBytes = 2, kFixed32 = 5 };

std::string Varint(uint64_t value) {
  std::string bytes;
  for (; value >= 0x80; value >>= 7) bytes.push_back(static_cast<char>(value | 0x80));
  bytes.push_back(static_cast<char>(value));
  return bytes;
}

std::string Key(uint32_t field, WireType type) { return Varint(uint64_t{field} << 3 | type); }
std::string IntField(uint32_t field, int64_t value) {
  return absl::StrCat(Key(field, kVarint), Varint(static_cast<uint64_t>(value)));
}
std::string DoubleField(uint32_t field, double value) {
  return absl::StrCat(Key(field, kFixed64), LittleEndian(std::bit_cast<uint64_t>(value)));
}
std::string FloatField(uint32_t field, float value) {
  return absl::StrCat(Key(field, kFixed32), LittleEndian(std::bit_cast<uint32_t>(value)));
}
std::string BytesField(uint32_t field, std::string_view value) {
  std::string bytes = absl::StrCat(Key(field, kBytes), Varint(value.size()));
  bytes.append(value);
  return bytes;
}

std::string SummaryEvent(double wall_time, int64_t step, const std::string& value) {
  const std::string summary = BytesField(1, value);
  return absl::StrCat(DoubleField(1, wall_time), IntField(2, step), BytesField(5, summary));
}

}  // namespace

uint32_t Crc32c(std::string_view bytes) {
  static constexpr std::array<uint32_t, 256> kTable = MakeCrcTable();
  uint32_t crc = ~0U;
  for (const char c : bytes) crc = (crc >> 8) ^ kTable[(crc ^ static_cast<uint8_t>(c)) & 0xFF];
  return ~crc;
}

absl::StatusOr<TensorboardWriter> TensorboardWriter::Open(const std::string& folder, double wall_time) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) return absl::UnavailableError(absl::StrCat("creating ", folder, ": ", error.message()));
  const std::string path = absl::StrCat(folder, "/", kFilePrefix, static_cast<int64_t>(wall_time), ".", getpid());
  std::ofstream out(path, std::ios::binary | std::ios::app);
  if (!out) return absl::UnavailableError(absl::StrCat("opening ", path, " failed"));
  TensorboardWriter writer(path, std::move(out));
  writer.WriteRecord(absl::StrCat(DoubleField(1, wall_time), BytesField(3, "brain.Event:2")));
  return writer;
}

absl::Status TensorboardWriter::Clear(const std::string& folder) {
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
    if (!absl::StartsWith(entry.path().filename().string(), kFilePrefix)) continue;
    std::filesystem::remove(entry.path(), error);
    if (error) return absl::UnavailableError(absl::StrCat("removing ", entry.path().string(), ": ", error.message()));
  }
  return absl::OkStatus();
}

void TensorboardWriter::AddScalar(std::string_view tag, int64_t step, double wall_time, float value) {
  WriteRecord(SummaryEvent(wall_time, step, absl::StrCat(BytesField(1, tag), FloatField(2, value))));
}

absl::Status TensorboardWriter::AddImage(std::string_view tag, int64_t step, double wall_time,
                                         const GrayOrColorImage& image) {
  EBM_ASSIGN_OR_RETURN(const std::string png, EncodePng(image));
  const auto [width, height] = std::visit([](const auto& any) { return std::pair(any.width, any.height); }, image);
  const int64_t channels = std::holds_alternative<ColorImage>(image) ? kColorChannels : 1;
  const std::string encoded =
      absl::StrCat(IntField(1, height), IntField(2, width), IntField(3, channels), BytesField(4, png));
  WriteRecord(SummaryEvent(wall_time, step, absl::StrCat(BytesField(1, tag), BytesField(4, encoded))));
  return absl::OkStatus();
}

absl::Status TensorboardWriter::Flush() {
  out_.flush();
  return out_ ? absl::OkStatus() : absl::UnavailableError(absl::StrCat("writing ", path_, " failed"));
}

void TensorboardWriter::WriteRecord(std::string_view event) {
  const std::string length = LittleEndian(static_cast<uint64_t>(event.size()));
  out_ << length << LittleEndian(MaskedCrc(length));
  out_.write(event.data(), static_cast<std::streamsize>(event.size()));
  out_ << LittleEndian(MaskedCrc(event));
}

}  // namespace ebm
