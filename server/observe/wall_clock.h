// The time of the wall clock, for points in time that metrics state. Durations and deadlines do not use it, since it
// can be set while the server runs.

#ifndef EBM_SERVER_OBSERVE_WALL_CLOCK_H_
#define EBM_SERVER_OBSERVE_WALL_CLOCK_H_

#include <ctime>

namespace ebm::observe {

// Seconds since 1970.
inline double WallSeconds() {
  timespec now = {};
  clock_gettime(CLOCK_REALTIME, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

}  // namespace ebm::observe

#endif  // EBM_SERVER_OBSERVE_WALL_CLOCK_H_
