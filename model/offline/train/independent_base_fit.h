// The fit of independent levels (base_fit.h).
//
// Threads: reentrant.

#ifndef EBM_MODEL_OFFLINE_TRAIN_INDEPENDENT_BASE_FIT_H_
#define EBM_MODEL_OFFLINE_TRAIN_INDEPENDENT_BASE_FIT_H_

#include "model/io/labelled_data.h"
#include "model/offline/train/base_fit.h"
#include "model/spec/model_spec.h"

namespace ebm {

// From the levels that are known: missing ones are NaN. REQUIRES: rows of levels, and a spec with kIndependentBase.
BaseFit FitIndependentBase(const ModelSpec& spec, const LabelledData& train, const LabelledData& validation);

}  // namespace ebm

#endif  // EBM_MODEL_OFFLINE_TRAIN_INDEPENDENT_BASE_FIT_H_
