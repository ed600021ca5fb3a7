// The columns of a model's data between the wire and the plain type, for the server and its clients.
//
// Threads: free functions, reentrant.

#ifndef EBM_PROTO_CONVERT_COLUMN_H_
#define EBM_PROTO_CONVERT_COLUMN_H_

#include <vector>

#include "absl/status/statusor.h"
#include "ebm/v1/model.pb.h"
#include "model/spec/data_column.h"

namespace ebm {

// Sets the model's data_range, and its scaling for one plain column or else its columns.
void SetColumns(const std::vector<DataColumn>& columns, const DataRange& range, v1::Model& model);

DataRange RangeOf(const v1::Model& model);
// One plain column if the model has none of its own. InvalidArgument for a kind that this build does not know.
absl::StatusOr<std::vector<DataColumn>> ColumnsOf(const v1::Model& model);

}  // namespace ebm

#endif  // EBM_PROTO_CONVERT_COLUMN_H_
