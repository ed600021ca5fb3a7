// A report as one self-contained page of HTML: without network access or scripts, with its pictures and charts
// embedded.

#ifndef EBM_MODEL_OFFLINE_EVALUATION_REPORT_PAGE_H_
#define EBM_MODEL_OFFLINE_EVALUATION_REPORT_PAGE_H_

#include <string>

#include "absl/status/statusor.h"
#include "model/offline/evaluation/report.h"

namespace ebm {

// Errors: those of EncodePng.
absl::StatusOr<std::string> ReportPage(const Report& report);

}  // namespace ebm

#endif  // EBM_MODEL_OFFLINE_EVALUATION_REPORT_PAGE_H_
