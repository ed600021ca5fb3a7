// Convergence diagnostics: whether chains agree (split R-hat), and how many independent draws their draws are worth
// (effective sample size, ESS).
//
// Every chain is split into two halves, which gives M sequences of N draws; m_j and s_j^2 are the mean and the unbiased
// variance of sequence j, and rho_jt its autocorrelation at lag t:
//
//   W     = mean_j s_j^2                               within sequences
//   V     = (N - 1) / N W + var_j(m_j)                 of all draws together
//   R-hat = sqrt(V / W)                                near 1 where the sequences agree
//   rho_t = 1 - (W - mean_j s_j^2 rho_jt) / V
//   ESS   = M N / (-1 + 2 sum_k P_k),   P_k = rho_2k + rho_(2k+1)
//
// The sum is over the pairs P_k before the first that is not above 0, each capped at the one before (Geyer's initial
// monotone sequence). ESS is capped at M N log10(M N).
//
// Source: Gelman et al. 2013, "Bayesian Data Analysis", 3rd edition, sections 11.4 and 11.5; Vehtari et al. 2021,
// "Rank-normalization, folding, and localization", arXiv:1903.08008, equations 1 to 13, without ranks.
//
// Threads: free functions, reentrant.

#ifndef EBM_MODEL_SAMPLER_CONVERGENCE_H_
#define EBM_MODEL_SAMPLER_CONVERGENCE_H_

#include <cstdint>
#include <optional>

#include "model/core/matrix_view.h"

namespace ebm {

// within: W; between: var_j(m_j), unbiased; draws: N. Infinite if no sequence moves but they differ; nullopt if all
// draws are equal.
std::optional<double> RHat(double within, double between, int64_t draws);

// chains: [C, 2 N], the draws of one quantity in their order. Also nullopt if N is below 2.
std::optional<double> SplitRHat(ConstMatrix chains);
// nullopt if no sequence moves, or if N is below 2.
std::optional<double> EffectiveSampleSize(ConstMatrix chains);

}  // namespace ebm

#endif  // EBM_MODEL_SAMPLER_CONVERGENCE_H_
