// The type of what a list of fields visits (model/io/json_fields.h). Internal to this folder.

#ifndef EBM_MODEL_CHECKPOINT_MAYBE_CONST_H_
#define EBM_MODEL_CHECKPOINT_MAYBE_CONST_H_

#include <concepts>
#include <type_traits>

namespace ebm {

// Const while writing, mutable while reading.
template <typename T, typename Struct>
concept MaybeConst = std::same_as<std::remove_const_t<T>, Struct>;

}  // namespace ebm

#endif  // EBM_MODEL_CHECKPOINT_MAYBE_CONST_H_
