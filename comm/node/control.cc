#include "comm/node/control.h"

#include <algorithm>

#include "comm/node/futex.h"

namespace muster::comm {
namespace {

constexpr std::size_t kPage = 4096;

std::size_t slots_offset() { return (sizeof(Control) + 63) / 64 * 64; }

}  // namespace

std::size_t ControlSegment::stages_offset(int ranks) {
  const std::size_t end = slots_offset() + sizeof(RankSlot) * static_cast<std::size_t>(ranks);
  return (end + kPage - 1) / kPage * kPage;
}

std::size_t ControlSegment::bytes_needed(int ranks) {
  // A rank alone on its node never stages anything.
  return stages_offset(ranks) +
         (ranks == 1 ? 0 : 2 * kStageBytes * static_cast<std::size_t>(ranks));
}

RankSlot& ControlSegment::slot(int rank) const {
  return *reinterpret_cast<RankSlot*>(base_ + slots_offset() +
                                      sizeof(RankSlot) * static_cast<std::size_t>(rank));
}

std::byte* ControlSegment::stage(int rank, std::uint32_t turn) const {
  const std::size_t index = 2 * static_cast<std::size_t>(rank) + turn % 2;
  return base_ + stages_offset(ranks_) + index * kStageBytes;
}

void ControlSegment::raise(const AbortRecord& record) const {
  Control& shared = control();
  std::uint32_t unclaimed = 0;
  if (!shared.abort_claimed.compare_exchange_strong(unclaimed, 1)) return;
  shared.abort_code = record.code;
  shared.abort_from_network = record.from_network;
  const std::size_t length = std::min(record.text.size(), shared.abort_text.size() - 1);
  std::copy_n(record.text.begin(), length, shared.abort_text.begin());
  shared.generation.fetch_or(kAbortFlag);
  futex_wake_all(shared.generation);
}

AbortRecord ControlSegment::abort_record() const {
  const Control& shared = control();
  return {.code = shared.abort_code,
          .text = shared.abort_text.data(),
          .from_network = shared.abort_from_network};
}

}  // namespace muster::comm
