// The version of this build: that of the project and, if it is known, the commit, as in "0.1.0+3f2a9c1d0b7e". Changes
// that were not committed do not show.

#ifndef EBM_MODEL_CORE_VERSION_H_
#define EBM_MODEL_CORE_VERSION_H_

namespace ebm {

extern const char kVersion[];

}  // namespace ebm

#endif  // EBM_MODEL_CORE_VERSION_H_
