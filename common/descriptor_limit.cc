#include "common/descriptor_limit.h"

#include <sys/resource.h>

#include <algorithm>

namespace muster {

void raise_descriptor_limit(std::size_t count) {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur += std::min<rlim_t>(count, limit.rlim_max - limit.rlim_cur);
  setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace muster
