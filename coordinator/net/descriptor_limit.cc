#include "coordinator/net/descriptor_limit.h"

#include <sys/resource.h>

#include <algorithm>

namespace muster::coordinator {

std::size_t raise_descriptor_limit(std::size_t wanted) {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return 0;
  const rlim_t before = limit.rlim_cur;
  limit.rlim_cur = std::clamp<rlim_t>(wanted, before, limit.rlim_max);
  if (limit.rlim_cur == before || ::setrlimit(RLIMIT_NOFILE, &limit) != 0) return before;
  return limit.rlim_cur;
}

}  // namespace muster::coordinator
