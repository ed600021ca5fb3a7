#include "model/kernels/bf16_multiply.h"

#include <algorithm>
#include <chrono>

#include "model/kernels/aligned_floats.h"
#include "model/kernels/bf16_paths.h"
#include "model/kernels/flush_denormals.h"

namespace ebm::kernels {
namespace {

using Clock = std::chrono::steady_clock;

// The least time of a product whose weights stay in the first-level cache: what is compared are instructions.
Clock::duration TimeOf(Bf16Path path) {
  constexpr size_t kDepth = 128;
  constexpr size_t kRows = 12;
  constexpr int kTries = 50;
  const Bf16PanelMatrix weights(kDepth, kPanelColumns, path);
  const AlignedFloats start(kPanelColumns);
  const RowBlock a(kRows, kDepth);
  RowBlock c(kRows, kPanelColumns);
  AlignedFloats scratch(Bf16ScratchSize(kRows, weights));
  Clock::duration least = Clock::duration::max();
  for (int i = 0; i < kTries; ++i) {
    const Clock::time_point began = Clock::now();
    Multiply({a.row(0), a.stride()}, kRows, weights, start.data(), scratch.data(), {c.row(0), c.stride()});
    least = std::min(least, Clock::now() - began);
  }
  return least;
}

Bf16Path MeasureFastestPath() {
  const std::vector<Bf16Path> paths = SupportedBf16Paths();
  if (paths.size() == 1) return paths.front();
  return *std::ranges::min_element(paths, {}, TimeOf);
}

}  // namespace

std::vector<Bf16Path> SupportedBf16Paths() {
  std::vector<Bf16Path> paths = {Bf16Path::kMultiplyAdds};
  if (HasDotProducts()) paths.push_back(Bf16Path::kDotProducts);
  if (HasTiles()) paths.push_back(Bf16Path::kTiles);
  return paths;
}

Bf16Path FastestBf16Path() {
  static const Bf16Path fastest = MeasureFastestPath();
  return fastest;
}

size_t Bf16ScratchSize(size_t rows, const Bf16PanelMatrix& b) {
  constexpr size_t kTileRows = Bf16PanelMatrix::kTileRows;
  const size_t padded_rows = (rows + kTileRows - 1) / kTileRows * kTileRows;
  return (b.path() == Bf16Path::kTiles ? padded_rows : rows) * b.blocks() * Bf16PanelMatrix::kBlockDepth;
}

void Multiply(InputRows a, size_t rows, const Bf16PanelMatrix& b, const float* start, float* scratch, OutputRows c) {
  const FlushDenormals while_computing;
  switch (b.path()) {
    case Bf16Path::kMultiplyAdds:
      return MultiplyByMultiplyAdds(a, rows, b, start, scratch, c);
    case Bf16Path::kDotProducts:
      return MultiplyByDotProducts(a, rows, b, start, scratch, c);
    case Bf16Path::kTiles:
      return MultiplyByTiles(a, rows, b, start, scratch, c);
  }
}

}  // namespace ebm::kernels
