#include "client/row_messages.h"

namespace ebm::client {

bool IsOutlier(float p_value, double false_positive_rate) { return p_value <= static_cast<float>(false_positive_rate); }

}  // namespace ebm::client
