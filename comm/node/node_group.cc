#include "comm/node/node_group.h"

#include <sched.h>

#include <algorithm>

#include "comm/node/futex.h"
#include "common/text.h"

namespace muster::comm {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

// Longer than any rank of a balanced operation is late, shorter than anyone would notice.
constexpr auto kSpin = microseconds(50);
// From then on it lets others use the core between two looks: on a busy machine the rank it waits
// for may stand in line for the same one.
constexpr auto kSpinAlone = microseconds(5);
constexpr int kPausesPerLook = 64;
// How long a sleeping rank goes without looking at the deadline and at its peers.
constexpr auto kSlice = milliseconds(20);

int usable_cores() {
  cpu_set_t cores;
  CPU_ZERO(&cores);
  if (::sched_getaffinity(0, sizeof(cores), &cores) != 0) return 1;
  return CPU_COUNT(&cores);
}

Call setup_call(Deadline deadline) {
  return {.operation = {.kind = OperationKind::allocate_shared},
          .deadline = deadline,
          .timeout = deadline.left()};
}

// Counts this rank among the sleepers for as long as it lives, also when a check throws.
class Sleeper {
 public:
  explicit Sleeper(std::atomic<std::uint32_t>& sleepers) : sleepers_(sleepers) {
    sleepers_.fetch_add(1);
  }
  ~Sleeper() { sleepers_.fetch_sub(1); }
  Sleeper(const Sleeper&) = delete;
  Sleeper& operator=(const Sleeper&) = delete;

 private:
  std::atomic<std::uint32_t>& sleepers_;
};

}  // namespace

NodeGroup::NodeGroup(std::unique_ptr<NodeHost> host, const NodePlace& place, Deadline deadline)
    : place_(place),
      host_(std::move(host)),
      memory_(host_->share(ControlSegment::bytes_needed(place.local_ranks), Backing::on_use,
                           [deadline] {
                             if (deadline.has_passed()) {
                               throw Error(ErrorCode::timeout,
                                           "the ranks of this node did not all come to share "
                                           "memory");
                             }
                           })),
      segment_(memory_->data(), place.local_ranks),
      may_spin_(place.local_ranks <= usable_cores()) {
  barrier(setup_call(deadline));
}

NodeGroup::~NodeGroup() { segment_.slot(place_.local_rank).left.store(1); }

void NodeGroup::enter(const Call& call, std::span<const Buffer> buffers) {
  if (ranks() == 1) return;
  MUSTER_ASSERT(buffers.size() <= kMaxParts, "more buffers than a tree cover can have nodes");
  ++entry_turn_;
  RankSlot& mine = segment_.slot(place_.local_rank);
  Entry& entry = mine.entries[entry_turn_ % 2];
  entry.operation = call.operation;
  for (std::size_t index = 0; index < buffers.size(); ++index) {
    entry.places[index] = regions_.place_of(buffers[index].data, buffers[index].bytes());
  }
  mine.last_operation.store(
      call.operation.sequence * 256 + static_cast<std::uint64_t>(call.operation.kind),
      std::memory_order_relaxed);
  barrier(call);

  // Everyone compares everyone with the first rank: all come to the same verdict and the same text.
  const Operation& first = segment_.slot(0).entries[entry_turn_ % 2].operation;
  for (int rank = 1; rank < ranks(); ++rank) {
    const Operation& other = segment_.slot(rank).entries[entry_turn_ % 2].operation;
    if (other == first) continue;
    throw Error(ErrorCode::invalid,
                describe_mismatch(place_.first_rank, first, place_.first_rank + rank, other),
                "every rank makes the same calls in the same order with equal shapes");
  }
}

void NodeGroup::barrier(const Call& call) {
  Control& control = segment_.control();
  if (ranks() == 1) return;
  const std::uint32_t before = barriers_ * kGenerationStep;
  ++barriers_;
  segment_.slot(place_.local_rank).arrived.store(barriers_, std::memory_order_relaxed);
  const auto last = static_cast<std::uint32_t>(ranks() - 1);
  if (control.arrivals.fetch_add(1, std::memory_order_acq_rel) != last) {
    wait_for_generation(before, call);
    return;
  }
  control.arrivals.store(0, std::memory_order_relaxed);
  // Sequentially consistent, as is the sleeper's side: either this rank sees the sleeper, or the
  // sleeper sees the new generation.
  control.generation.fetch_add(kGenerationStep);
  if (control.sleepers.load() != 0) futex_wake_all(control.generation);
}

void NodeGroup::wait_for_generation(std::uint32_t before, const Call& call) {
  Control& control = segment_.control();
  // A barrier to which all have come is complete, also for a rank that wakes up after an abort.
  const auto is_complete = [&] {
    const std::uint32_t now = control.generation.load();
    if (now == before) return false;
    if (now == (before | kAbortFlag)) throw_aborted(call);
    return true;
  };
  const auto start = Clock::now();
  const auto spin_end = start + (may_spin_ ? kSpin : Clock::duration::zero());
  Clock::time_point now = start;
  do {
    for (int pause = 0; pause < kPausesPerLook; ++pause) {
      if (is_complete()) return;
      spin_pause();
    }
    now = Clock::now();
    if (now - start > kSpinAlone) ::sched_yield();
  } while (now < spin_end);

  const Sleeper sleeper(control.sleepers);
  while (!is_complete()) {
    const auto slice = std::clamp<Clock::duration>(call.deadline.left(), microseconds(100), kSlice);
    futex_wait(control.generation, before, slice);
    if (is_complete()) return;
    look_around(call);
  }
}

void NodeGroup::look_around(const Call& call) {
  for (int rank = 0; rank < ranks(); ++rank) {
    if (rank == place_.local_rank) continue;
    const RankSlot& slot = segment_.slot(rank);
    const bool ended = host_->has_ended(rank);
    if (!ended && slot.left.load() == 0) continue;
    if (has_come(slot)) continue;  // It came before it ended.
    throw Error(ErrorCode::aborted,
                concat(describe(call.operation), ": rank ", place_.first_rank + rank,
                       ended ? " has died" : " has left", " and will not come"));
  }
  if (idle_) idle_();
  check(call, [this] { return missing_ranks(); });
}

bool NodeGroup::has_come(const RankSlot& slot) const {
  return static_cast<std::int32_t>(slot.arrived.load() - barriers_) >= 0;  // Right across overflow.
}

void NodeGroup::check(const Call& call, const std::function<std::string()>& missing) const {
  throw_if_aborted(call);
  if (call.deadline.has_passed()) {
    throw Error(ErrorCode::timeout,
                concat(describe(call.operation), ": waited ",
                       human_seconds(std::chrono::duration<double>(call.timeout).count()), " for ",
                       missing()));
  }
}

std::string NodeGroup::missing_ranks() const {
  std::vector<std::string> missing;
  for (int rank = 0; rank < ranks(); ++rank) {
    const RankSlot& slot = segment_.slot(rank);
    if (has_come(slot)) continue;
    const std::uint64_t last = slot.last_operation.load();
    std::string text = concat("rank ", place_.first_rank + rank);
    if (last != 0) {
      text += concat(" (last seen in ", to_string(static_cast<OperationKind>(last % 256)), " #",
                     last / 256, ')');
    }
    missing.push_back(std::move(text));
  }
  return missing.empty() ? "the others" : join(missing, ", ");
}

void NodeGroup::throw_if_aborted(const Call& call) const {
  if (is_aborted()) throw_aborted(call);
}

void NodeGroup::throw_aborted(const Call& call) const {
  const AbortRecord record = segment_.abort_record();
  // A wrong program is wrong on every rank, and memory that is missing is missing for all. Anything
  // else happened to another rank.
  const bool is_shared = record.code == ErrorCode::invalid || record.code == ErrorCode::unavailable;
  throw Error(is_shared ? record.code : ErrorCode::aborted,
              is_shared ? record.text : concat(describe(call.operation), ": ", record.text));
}

std::byte* NodeGroup::buffer_of(int local_rank, std::size_t index) const {
  const BufferPlace& place = segment_.slot(local_rank).entries[entry_turn_ % 2].places[index];
  if (place.region == BufferPlace::kPrivate) return nullptr;
  std::byte* address = regions_.address_of(place);
  if (address == nullptr) {
    throw Error(ErrorCode::invalid,
                concat("rank ", place_.first_rank + local_rank, " uses shared memory that rank ",
                       place_.first_rank + place_.local_rank, " has let go"),
                "keep allocate_shared memory on every rank while any rank works with it");
  }
  return address;
}

std::shared_ptr<SharedMemory> NodeGroup::allocate(const Call& call, std::size_t bytes,
                                                  Sharing sharing) {
  enter(call, {});
  const std::size_t stride = sharing == Sharing::one_per_rank ? whole_pages(bytes) : 0;
  const std::size_t total = sharing == Sharing::one_per_rank
                                ? stride * static_cast<std::size_t>(ranks())
                                : whole_pages(bytes);
  if (place_.local_rank == 0) require_available_memory(total);
  std::shared_ptr<Mapping> mapping =
      host_->share(total, Backing::reserved, [&] { look_around(call); });
  barrier(call);
  regions_.add(mapping);
  return std::make_shared<NodeMemory>(std::move(mapping), bytes, stride, place_.local_rank);
}

}  // namespace muster::comm
