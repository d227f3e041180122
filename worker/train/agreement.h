// Small things that the ranks find out together.
#pragma once

#include <cstdint>
#include <string>

#include "comm/communicator.h"

namespace muster::worker {

/// The least of what the ranks bring. Collective.
inline std::int64_t least(comm::Communicator& communicator, std::int64_t mine,
                          std::string_view label) {
  communicator.all_reduce({&mine, 1, DType::int64}, comm::ReduceOp::min, {.label = label}).wait();
  return mine;
}

/// True when it is true on every rank. Collective.
inline bool all_agree(comm::Communicator& communicator, bool mine, std::string_view label) {
  return least(communicator, mine ? 1 : 0, label) == 1;
}

/// What rank 0 brings. Collective.
inline std::int64_t of_first_rank(comm::Communicator& communicator, std::int64_t value,
                                  std::string_view label) {
  communicator.broadcast({&value, 1, DType::int64}, 0, {.label = label}).wait();
  return value;
}

/// The text that rank 0 brings. Collective.
inline std::string text_of_first_rank(comm::Communicator& communicator, std::string text,
                                      std::string_view label) {
  text.resize(static_cast<std::size_t>(
      of_first_rank(communicator, static_cast<std::int64_t>(text.size()), label)));
  if (text.empty()) return text;
  communicator
      .broadcast({text.data(), static_cast<std::int64_t>(text.size()), DType::uint8}, 0,
                 {.label = label})
      .wait();
  return text;
}

}  // namespace muster::worker
