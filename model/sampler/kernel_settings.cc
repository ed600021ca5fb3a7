#include "model/sampler/kernel_settings.h"

#include <cmath>

namespace ebm {
namespace {

template <typename Kernel>
concept HasStepSize = requires(Kernel kernel) {
  kernel.step_size;
};
template <typename Kernel>
concept HasTemperature = requires(Kernel kernel) {
  kernel.temperature;
};
template <typename Kernel>
concept HasNoiseScale = requires(Kernel kernel) {
  kernel.noise_scale;
};

}  // namespace

absl::string_view NameOf(const KernelSettings& kernel) {
  return std::visit([](const auto& k) -> absl::string_view { return k.kName; }, kernel);
}

Motion MotionOf(const KernelSettings& kernel) {
  return std::visit(
      []<typename Kernel>(const Kernel& k) {
        Motion motion;
        if constexpr (HasStepSize<Kernel>) motion = {k.step_size, NoiseScaleAt(1, k.step_size)};
        if constexpr (HasNoiseScale<Kernel>) motion.noise_scale = k.noise_scale;
        return motion;
      },
      kernel);
}

void SetMotion(const Motion& motion, KernelSettings& kernel) {
  std::visit(
      [&motion]<typename Kernel>(Kernel& k) {
        if constexpr (HasStepSize<Kernel>) k.step_size = motion.step_size;
        if constexpr (HasNoiseScale<Kernel>) k.noise_scale = motion.noise_scale;
      },
      kernel);
}

void UseKind(const KernelSettings& wanted, KernelSettings& kernel) {
  if (kernel.index() == wanted.index()) return;
  const Motion motion = MotionOf(kernel);
  kernel = wanted;
  SetMotion(motion, kernel);
}

double TemperatureOf(const KernelSettings& kernel) {
  return std::visit(
      []<typename Kernel>(const Kernel& k) {
        double temperature = 1;
        if constexpr (HasTemperature<Kernel>) temperature = k.temperature;
        if constexpr (HasStepSize<Kernel> && HasNoiseScale<Kernel>) {
          temperature = double{k.noise_scale} * k.noise_scale / (2 * double{k.step_size});
        }
        return temperature;
      },
      kernel);
}

float NoiseScaleAt(double temperature, float step_size) {
  return static_cast<float>(std::sqrt(2 * step_size * temperature));
}

bool IsWeighted(const KernelSettings& kernel) {
  return std::visit([](const auto& k) { return k.kWeighted; }, kernel);
}

bool IsAdjusted(const KernelSettings& kernel) {
  return std::visit([](const auto& k) { return k.kAdjusted; }, kernel);
}

}  // namespace ebm
