#include "coordinator/cli/order.h"

#include <nlohmann/json.hpp>

namespace muster::coordinator::cli {

std::string order_line(const data::Partition& partition, std::int64_t step, std::int64_t lane) {
  nlohmann::ordered_json line;
  line["step"] = step;
  line["lane"] = lane;
  line["samples"] = partition.samples(step, lane);
  return line.dump() + "\n";
}

}  // namespace muster::coordinator::cli
