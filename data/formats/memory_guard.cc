#include "data/formats/memory_guard.h"

#include "common/error.h"
#include "common/text.h"

namespace muster::data {

void refuse_for_memory(const std::filesystem::path& path) {
  throw Error(ErrorCode::unsupported, concat(path.string(), ": memory ran out while it was read"),
              "it needs a machine with more memory, or a higher limit if one is set (ulimit -v)");
}

}  // namespace muster::data
