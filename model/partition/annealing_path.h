// The way from a base density (beta = 0) to a model (beta = 1): at which beta chains stop, and how far they step there.
//
// The log weight of annealed chains that keep up with the path has the variance
//
//   Var ln w = L^2 / T,   L = integral over beta of sqrt(c(beta) Var_beta[r]),   r = ln p~(x) - ln b(x)
//
// for T stops that share L evenly, and more for any other T stops. c = (1 + rho) / (1 - rho) counts how long r
// remembers itself, rho its autocorrelation over one step. L is the path's thermodynamic length (Crooks 2007,
// "Measuring thermodynamic length", PRL 99; with friction: Sivak & Crooks 2012, PRL 108).
//
// Chains that hardly move in T steps do better than that formula. Where r's autocorrelation falls by rho(beta) a step,
//
//   Var ln w = sum_s sum_t d_s d_t prod_{s <= u < t} rho_u,   d_t = (beta_t - beta_{t-1}) sqrt(Var_beta[r])
//
// which is L^2 / T where T is large, and (sum d)^2 where nothing moves.
//
// Threads: values and free functions.

#ifndef EBM_MODEL_PARTITION_ANNEALING_PATH_H_
#define EBM_MODEL_PARTITION_ANNEALING_PATH_H_

#include <cstdint>
#include <vector>

namespace ebm {

struct AnnealingPath {
  std::vector<double> betas;      // [T + 1], from one end to the other
  std::vector<float> step_sizes;  // [T + 1], alpha at each beta, scaled units

  int64_t steps() const { return static_cast<int64_t>(betas.size()) - 1; }
  AnnealingPath Reversed() const;
};

// T + 1 values of beta from 0 to 1; steps >= 1.
std::vector<double> LinearBetas(int64_t steps);
// 0, then T values from `first` to 1 by equal ratios; 0 < first < 1. One step alone goes to 1 at once.
std::vector<double> GeometricBetas(int64_t steps, double first);

// What a pilot run found at one beta.
struct ProfilePoint {
  double beta = 0;
  double deviation = 0;    // sqrt(Var r)
  double correlation = 0;  // rho, from 0 to below 1
  float step_size = 1;     // alpha whose steps are accepted at the wanted rate

  double speed() const;  // dL / dbeta
};

class AnnealingProfile {
 public:
  // points: two or more, by rising beta, from 0 to 1.
  explicit AnnealingProfile(std::vector<ProfilePoint> points);

  double length() const { return lengths_.back(); }  // L
  float StepSize(double beta) const { return At(beta).step_size; }
  // Var ln w of chains with T stops that share L evenly.
  double LogWeightVariance(int64_t steps) const;
  // T + 1 values of beta that share L evenly.
  std::vector<double> EqualBetas(int64_t steps) const;
  AnnealingPath PathAlong(std::vector<double> betas) const;

 private:
  // Linear between the points, but for ln alpha.
  ProfilePoint At(double beta) const;

  std::vector<ProfilePoint> points_;
  std::vector<double> lengths_;  // from 0 to each point
};

}  // namespace ebm

#endif  // EBM_MODEL_PARTITION_ANNEALING_PATH_H_
