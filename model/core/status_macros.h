// EBM_RETURN_IF_ERROR and EBM_ASSIGN_OR_RETURN: early return for absl::Status, which this Abseil release lacks.

#ifndef EBM_MODEL_CORE_STATUS_MACROS_H_
#define EBM_MODEL_CORE_STATUS_MACROS_H_

#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#define EBM_STATUS_CONCAT_INNER(a, b) a##b
#define EBM_STATUS_CONCAT(a, b) EBM_STATUS_CONCAT_INNER(a, b)

// EBM_RETURN_IF_ERROR(Write(path));
#define EBM_RETURN_IF_ERROR(expression)                                              \
  do {                                                                               \
    if (absl::Status ebm_status = (expression); !ebm_status.ok()) return ebm_status; \
  } while (false)

// EBM_ASSIGN_OR_RETURN(const Table table, ReadTable(path));
#define EBM_ASSIGN_OR_RETURN(declaration, expression) \
  EBM_ASSIGN_OR_RETURN_INNER(EBM_STATUS_CONCAT(ebm_status_or_, __LINE__), declaration, expression)
#define EBM_ASSIGN_OR_RETURN_INNER(temporary, declaration, expression) \
  auto temporary = (expression);                                       \
  if (!temporary.ok()) return std::move(temporary).status();           \
  declaration = *std::move(temporary)

#endif  // EBM_MODEL_CORE_STATUS_MACROS_H_
