// A report as one JSON object.
//
//   checkpoint, data, seed     what was measured, on what
//   figures                    {name: {"value", "lower", "upper"}}, the interval being the 95 % percentile bootstrap
//   numbers                    {name: number}, what has no interval
//   reliability                null for a model of one class; the diagram's bins, and those at the temperature where
//   there is one outliers                   a list of {"name", "rows", "log_density_histogram"} samples class counts,
//   the two-sample test, nearest training rows
//
// Names are those of NamedFigures and NamedNumbers (report.h). Numbers are finite.

#ifndef EBM_MODEL_OFFLINE_EVALUATION_REPORT_JSON_H_
#define EBM_MODEL_OFFLINE_EVALUATION_REPORT_JSON_H_

#include <string>

#include "model/offline/evaluation/report.h"

namespace ebm {

std::string ReportJson(const Report& report);

}  // namespace ebm

#endif  // EBM_MODEL_OFFLINE_EVALUATION_REPORT_JSON_H_
