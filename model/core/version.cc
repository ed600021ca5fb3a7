#include "model/core/version.h"

namespace ebm {

const char kVersion[] = EBM_VERSION;

}  // namespace ebm
