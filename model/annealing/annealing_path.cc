#include "model/annealing/annealing_path.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace ebm {

AnnealingPath AnnealingPath::Reversed() const {
  return {.betas = {betas.rbegin(), betas.rend()}, .step_sizes = {step_sizes.rbegin(), step_sizes.rend()}};
}

std::vector<double> LinearBetas(int64_t steps) {
  std::vector<double> betas(steps + 1);
  for (int64_t t = 0; t <= steps; ++t) betas[t] = static_cast<double>(t) / static_cast<double>(steps);
  return betas;
}

std::vector<double> GeometricBetas(int64_t steps, double first) {
  std::vector<double> betas(steps + 1);
  for (int64_t t = 1; t < steps; ++t) {
    betas[t] = std::pow(first, static_cast<double>(steps - t) / static_cast<double>(steps - 1));
  }
  betas[steps] = 1;
  return betas;
}

double ProfilePoint::speed() const { return deviation * std::sqrt((1 + correlation) / (1 - correlation)); }

AnnealingProfile::AnnealingProfile(std::vector<ProfilePoint> points)
    : points_(std::move(points)), lengths_(points_.size()) {
  for (size_t k = 1; k < points_.size(); ++k) {
    const double speed = (points_[k - 1].speed() + points_[k].speed()) / 2;
    lengths_[k] = lengths_[k - 1] + speed * (points_[k].beta - points_[k - 1].beta);
  }
}

ProfilePoint AnnealingProfile::At(double beta) const {
  const auto above = std::ranges::upper_bound(points_, beta, {}, &ProfilePoint::beta);
  if (above == points_.begin()) return points_.front();
  if (above == points_.end()) return points_.back();
  const ProfilePoint& below = *(above - 1);
  const double share = (beta - below.beta) / (above->beta - below.beta);
  const double log_step = std::lerp(std::log(double{below.step_size}), std::log(double{above->step_size}), share);
  return {.beta = beta,
          .deviation = std::lerp(below.deviation, above->deviation, share),
          .correlation = std::lerp(below.correlation, above->correlation, share),
          .step_size = static_cast<float>(std::exp(log_step))};
}

// carried: the sum, over earlier s, of d_s times its remaining correlation.
double AnnealingProfile::LogWeightVariance(int64_t steps) const {
  const std::vector<double> betas = EqualBetas(steps);
  double variance = 0;
  double carried = 0;
  for (int64_t t = 1; t <= steps; ++t) {
    const double change = (betas[t] - betas[t - 1]) * At((betas[t] + betas[t - 1]) / 2).deviation;
    variance += change * change + 2 * change * carried;
    carried = (carried + change) * At(betas[t]).correlation;
  }
  return variance;
}

// For a path of length 0, where r is constant, the values are evenly spaced in beta.
std::vector<double> AnnealingProfile::EqualBetas(int64_t steps) const {
  if (!(length() > 0)) return LinearBetas(steps);
  std::vector<double> betas = LinearBetas(steps);
  size_t k = 1;
  for (int64_t t = 1; t < steps; ++t) {
    const double wanted = length() * betas[t];
    while (k + 1 < points_.size() && lengths_[k] < wanted) ++k;
    const double piece = lengths_[k] - lengths_[k - 1];
    const double share = piece > 0 ? std::clamp((wanted - lengths_[k - 1]) / piece, 0.0, 1.0) : 1.0;
    betas[t] = points_[k - 1].beta + share * (points_[k].beta - points_[k - 1].beta);
  }
  return betas;
}

AnnealingPath AnnealingProfile::PathAlong(std::vector<double> betas) const {
  AnnealingPath path{.betas = std::move(betas), .step_sizes = {}};
  path.step_sizes.reserve(path.betas.size());
  for (const double beta : path.betas) path.step_sizes.push_back(StepSize(beta));
  return path;
}

}  // namespace ebm
