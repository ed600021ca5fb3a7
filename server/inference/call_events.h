// Reports to a model's observer what became of a call.
//
// Threads: free functions, reentrant. A null observer is told nothing.

#ifndef EBM_SERVER_INFERENCE_CALL_EVENTS_H_
#define EBM_SERVER_INFERENCE_CALL_EVENTS_H_

#include "absl/status/status.h"
#include "model/scoring/missing_values.h"
#include "server/inference/model.h"
#include "server/inference/model_observer.h"

namespace ebm::inference {

// The call was not accepted, with this error.
void ReportRefused(const absl::Status& error, ModelObserver* observer);
// The call was accepted and ended with this error.
void ReportBroken(const absl::Status& error, ModelObserver* observer);

// Reports the figures of a call's rows. known: those that its answer has; the others are computed here. A row with
// missing values has the figures that Score would give it (score.h).
void ReportRows(const ModelInfo& model, const RowFigures& figures, RowsObserved known, ModelObserver* observer);

}  // namespace ebm::inference

#endif  // EBM_SERVER_INFERENCE_CALL_EVENTS_H_
