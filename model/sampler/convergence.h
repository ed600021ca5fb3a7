// Whether chains agree with each other and with themselves, and how many independent draws their draws are worth.
//
// Every chain is cut in halves, which gives M sequences of N draws; m_j and s_j^2 are the mean and the unbiased
// variance of sequence j, and rho_jt its autocorrelation at lag t:
//
//   W     = mean_j s_j^2                               within sequences
//   V     = (N - 1) / N W + var_j(m_j)                 of all draws together
//   R-hat = sqrt(V / W)                                near 1 where the sequences agree
//   rho_t = 1 - (W - mean_j s_j^2 rho_jt) / V
//   ESS   = M N / (-1 + 2 sum_k P_k),   P_k = rho_2k + rho_(2k+1)
//
// with the sum over the pairs P_k before the first that is not above 0, each no larger than the one before (Geyer's
// initial monotone sequence), and ESS at most M N log10(M N).
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

// within: W; between: var_j(m_j), unbiased; draws: N. Infinite where no sequence moves and they differ; nothing where
// they are all the same.
std::optional<double> RHat(double within, double between, int64_t draws);

// chains: [C, 2 N], the draws of one quantity in their order. Nothing where N is below 2, too.
std::optional<double> SplitRHat(ConstMatrix chains);
// Nothing where no sequence moves, and for fewer than two draws in each.
std::optional<double> EffectiveSampleSize(ConstMatrix chains);

}  // namespace ebm

#endif  // EBM_MODEL_SAMPLER_CONVERGENCE_H_
