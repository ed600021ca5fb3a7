// The annealing path from a base density (beta = 0) to a model (beta = 1): the values of beta, and the step size at
// each.
//
// If the chains equilibrate along the path, their log weight has the variance
//
//   Var ln w = L^2 / T,   L = integral over beta of sqrt(c(beta) Var_beta[r]),   r = ln p~(x) - ln b(x)
//
// for T values of beta that are evenly spaced in L, and more for any other T values. c = (1 + rho) / (1 - rho) is the
// integrated autocorrelation time of r, with rho its autocorrelation over one step. L is the path's thermodynamic
// length (Crooks 2007, "Measuring thermodynamic length", PRL 99; with friction: Sivak & Crooks 2012, PRL 108).
//
// Chains that hardly move in T steps have a smaller variance than this. If r's autocorrelation falls by rho(beta) per
// step,
//
//   Var ln w = sum_s sum_t d_s d_t prod_{s <= u < t} rho_u,   d_t = (beta_t - beta_{t-1}) sqrt(Var_beta[r])
//
// which is L^2 / T if T is large, and (sum d)^2 if the chains do not move.
//
// Threads: values and free functions, reentrant.

#ifndef EBM_MODEL_ANNEALING_ANNEALING_PATH_H_
#define EBM_MODEL_ANNEALING_ANNEALING_PATH_H_

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
// 0, then T values from `first` to 1 with equal ratios; 0 < first < 1. For T = 1: 0 and 1.
std::vector<double> GeometricBetas(int64_t steps, double first);

// What a pilot run measured at one beta.
struct ProfilePoint {
  double beta = 0;
  double deviation = 0;    // sqrt(Var r)
  double correlation = 0;  // rho, from 0 to below 1
  float step_size = 1;     // alpha with the target acceptance rate

  double speed() const;  // dL / dbeta
};

class AnnealingProfile {
 public:
  // points: two or more, by rising beta, from 0 to 1.
  explicit AnnealingProfile(std::vector<ProfilePoint> points);

  double length() const { return lengths_.back(); }  // L
  float StepSize(double beta) const { return At(beta).step_size; }
  // Var ln w for T values of beta that are evenly spaced in L.
  double LogWeightVariance(int64_t steps) const;
  // T + 1 values of beta, evenly spaced in L.
  std::vector<double> EqualBetas(int64_t steps) const;
  AnnealingPath PathAlong(std::vector<double> betas) const;

 private:
  // Interpolates deviation, correlation and ln alpha linearly in beta.
  ProfilePoint At(double beta) const;

  std::vector<ProfilePoint> points_;
  std::vector<double> lengths_;  // from 0 to each point
};

}  // namespace ebm

#endif  // EBM_MODEL_ANNEALING_ANNEALING_PATH_H_
