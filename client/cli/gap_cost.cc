#include "client/cli/gap_cost.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "client/cli/imputation.h"

namespace ebm::client {

CompletionCost CostOf(const ModelDescription& model, std::span<const float> row) {
  if (!HasMissing(row)) return CostOfRow(0, 0, 1);
  const std::vector<const DataColumn*> columns = ColumnsOfValues(model.columns, model.num_values());
  int64_t dimension = 0;
  int64_t missing = 0;
  for (size_t value = 0; value < row.size(); ++value) {
    dimension += columns[value]->coordinates();
    missing += std::isnan(row[value]) ? columns[value]->coordinates() : 0;
  }
  const int64_t gaussians = std::max<int64_t>(1, std::ssize(model.class_labels));
  return CostOfRow(dimension, missing, model.has_levels ? kNoGaussians : gaussians);
}

int64_t CountThatFit(const ModelDescription& model, ConstMatrix rows) {
  CompletionCost sum;
  for (int64_t i = 0; i < rows.rows(); ++i) {
    const CompletionCost cost = CostOf(model, rows.row(i));
    sum.rows += cost.rows;
    sum.operations += cost.operations;
    const bool has_gaps = sum.operations > 0;
    const bool fits = sum.rows <= kMostCompletedRows && sum.operations <= kMostCompletionOperations;
    if (i > 0 && has_gaps && !fits) return i;
  }
  return rows.rows();
}

}  // namespace ebm::client
