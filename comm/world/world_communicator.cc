#include "comm/world/world_communicator.h"

#include <algorithm>
#include <exception>

#include "comm/node/kernels.h"
#include "comm/world/gather.h"
#include "comm/world/reduce.h"
#include "common/flight/reader.h"
#include "common/text.h"

namespace muster::comm {
namespace {

// Layouts are made once and used at every step; a program that keeps making new ones starts over.
constexpr std::size_t kTreesMax = 64;

NodePlace place_on(const NodeLayout& nodes) {
  return {.local_rank = nodes.local_rank,
          .local_ranks = nodes.local_ranks(),
          .first_rank = nodes.ranks_of_node[static_cast<std::size_t>(nodes.node)].front()};
}

std::vector<LaneRange> one_lane_each(int ranks) {
  std::vector<LaneRange> lanes;
  for (int rank = 0; rank < ranks; ++rank) lanes.push_back({rank, rank + 1});
  return lanes;
}

[[noreturn]] void refuse(std::string_view what, const std::string& why) {
  throw Error(ErrorCode::invalid, concat(what, ": ", why));
}

void require_memory(std::string_view what, const void* data, std::int64_t count) {
  if (count < 0) refuse(what, concat("a count of ", count));
  if (count > 0 && data == nullptr) refuse(what, concat("no memory for ", count, " elements"));
}

// FNV-1a over the edges of the ranges.
std::uint64_t digest_of(std::span<const ElementRange> ranges) {
  std::uint64_t digest = 0xcbf29ce484222325U;
  for (const ElementRange& range : ranges) {
    for (const std::int64_t edge : {range.begin, range.end}) {
      digest = (digest ^ static_cast<std::uint64_t>(edge)) * 0x100000001b3U;
      digest ^= digest >> 32U;
    }
  }
  return digest;
}

flight::Operation entry_for(const Operation& operation) {
  return {.kind = operation.kind,
          .sequence = operation.sequence,
          .bytes = static_cast<std::uint64_t>(operation.count) * bytes_per_element(operation.dtype),
          .dtype = operation.dtype,
          .label = operation.label.data()};
}

void check_owned(std::span<const ElementRange> owned, const NodeLayout& nodes, int ranks,
                 std::int64_t count) {
  if (owned.size() != static_cast<std::size_t>(ranks)) {
    refuse("all_gather", concat("ranges of ", owned.size(), " ranks, but there are ", ranks));
  }
  for (const std::vector<int>& node : nodes.ranks_of_node) {
    std::vector<ElementRange> ranges;
    for (const int rank : node) {
      const ElementRange& range = owned[static_cast<std::size_t>(rank)];
      if (range.begin < 0 || range.end < range.begin || range.end > count) {
        refuse("all_gather", concat("rank ", rank, " owns elements [", range.begin, ", ", range.end,
                                    ") of ", count));
      }
      if (range.size() > 0) ranges.push_back(range);
    }
    std::sort(ranges.begin(), ranges.end(),
              [](const auto& a, const auto& b) { return a.begin < b.begin; });
    for (std::size_t i = 1; i < ranges.size(); ++i) {
      if (ranges[i].begin < ranges[i - 1].end) {
        refuse("all_gather", concat("two ranks of one node own element ", ranges[i].begin));
      }
    }
  }
}

}  // namespace

WorldCommunicator::WorldCommunicator(WorldParts parts)
    : rank_(parts.rank),
      nodes_(std::move(parts.nodes)),
      timeout_(parts.timeout),
      on_failure_(std::move(parts.on_failure)),
      exceptions_at_start_(std::uncaught_exceptions()),
      node_(std::move(parts.host), place_on(nodes_), Deadline::after(parts.timeout)),
      network_(parts.transport
                   ? std::make_unique<Network>(std::move(parts.transport), rank_, nodes_, node_)
                   : nullptr),
      world_{rank_, nodes_, node_, network_.get()},
      rank_tree_(rank_.count, one_lane_each(rank_.count), nodes_) {
  if (network_) node_.set_idle([this] { network_->poll(); });
}

WorldCommunicator::~WorldCommunicator() {
  try {
    if (std::uncaught_exceptions() > exceptions_at_start_) {
      finish_for_ever({.code = ErrorCode::aborted,
                       .text = concat("rank ", rank_.index, " ended with an error of its own")});
    } else if (node_.is_aborted()) {
      finish_for_ever(node_.abort_record());
    }
  } catch (const std::exception&) {
    // The world is over either way; there is nobody left to tell.
  }
  if (finished_) scratch_.keep_until_exit();
}

Operation WorldCommunicator::numbered(OperationKind kind) {
  return {.sequence = ++operations_, .kind = kind};
}

Call WorldCommunicator::begin(const Operation& operation, const CallOptions& options) {
  const auto timeout = options.timeout.count() == 0 ? timeout_ : options.timeout;
  Call call{operation, Deadline::after(timeout), timeout};
  call.operation.set_label(options.label);
  return call;
}

template <class Body>
void WorldCommunicator::run(const Call& call, Body body) {
  if (finished_) {
    throw Error(ErrorCode::aborted, concat("the communicator is finished: ", finished_->text));
  }
  if (recorder_) recorder_->enter(entry_for(call.operation));
  try {
    if (network_) network_->poll();  // Another node may have stopped since the last operation.
    node_.throw_if_aborted(call);
    body();
    if (recorder_) recorder_->leave();
  } catch (const Error& caught) {
    const bool is_shared =
        caught.code() == ErrorCode::invalid || caught.code() == ErrorCode::unavailable;
    finish_for_ever({.code = is_shared ? caught.code() : ErrorCode::aborted,
                     .text = is_shared
                                 ? caught.what()
                                 : concat("rank ", rank_.index, " gave up: ", caught.what())});
    const Error error = with_absent_ranks(caught, call);  // Reads files: when all have been told.
    if (recorder_) recorder_->fail(error.code(), error.what());
    throw error;
  } catch (const std::exception& error) {
    const std::string text =
        concat("rank ", rank_.index, " failed in ", describe(call.operation), ": ", error.what());
    if (recorder_) recorder_->fail(ErrorCode::aborted, text);
    finish_for_ever({.code = ErrorCode::aborted, .text = text});
    throw Error(ErrorCode::aborted, text);
  }
}

// Inside a node a timeout names the ranks that are missing. Between nodes a rank knows whom it
// waits for, who may wait for a third one: the records tell who it all began with.
Error WorldCommunicator::with_absent_ranks(const Error& error, const Call& call) const {
  if (error.code() != ErrorCode::timeout || !recorder_) return error;
  const std::string absent =
      flight::absent_ranks(recorder_->folder(), rank_.count, recorder_->owner().generation,
                           call.operation.kind, call.operation.sequence);
  if (absent.empty()) return error;
  return Error(
      error.code(),
      concat(error.what(),
             "; by their flight records, as this host sees them, it was not entered by ", absent),
      error.hint());
}

void WorldCommunicator::finish_for_ever(const AbortRecord& record) {
  if (finished_) return;
  node_.raise(record);
  // Another rank may have been first; until its words are written down, this rank's own will do.
  finished_ = node_.is_aborted() ? node_.abort_record() : record;
  if (on_failure_) on_failure_();  // First: telling the others may fail, too.
  try {
    if (network_) network_->give_up(*finished_);
  } catch (const Error&) {
    // A peer that cannot be told is gone, and the world is over either way.
  }
}

std::shared_ptr<SharedMemory> WorldCommunicator::allocate_shared(std::size_t bytes,
                                                                 Sharing sharing) {
  const Call call = begin({.sequence = ++allocations_,
                           .count = static_cast<std::int64_t>(bytes),
                           .shape = static_cast<std::uint64_t>(sharing),
                           .kind = OperationKind::allocate_shared},
                          {});
  std::shared_ptr<SharedMemory> memory;
  run(call, [&] { memory = node_.allocate(call, bytes, sharing); });
  return memory;
}

const ReduceTree& WorldCommunicator::tree_of(const ReduceLayout& layout) {
  const auto known = trees_.find(layout.digest());
  if (known != trees_.end()) return known->second;
  if (trees_.size() >= kTreesMax) trees_.clear();
  std::vector<LaneRange> lanes;
  for (int rank = 0; rank < rank_.count; ++rank) lanes.push_back(layout.lanes_of(rank));
  return trees_.emplace(layout.digest(), ReduceTree(layout.lanes(), lanes, nodes_)).first->second;
}

Work WorldCommunicator::reduce_scatter(const ReduceLayout& layout,
                                       std::span<const void* const> parts, void* out,
                                       const CallOptions& options) {
  constexpr std::string_view kName = "reduce_scatter";
  if (layout.ranks() != rank_.count) {
    refuse(kName, concat("a layout of ", layout.ranks(), " ranks, but there are ", rank_.count));
  }
  if (parts.size() != layout.parts_of(rank_.index).size()) {
    refuse(kName, concat("rank ", rank_.index, " brings ", parts.size(), " parts, the layout says ",
                         layout.parts_of(rank_.index).size()));
  }
  for (const void* part : parts) require_memory(kName, part, layout.count());
  require_memory(kName, out, layout.wanted(rank_.index).size());

  Operation operation = numbered(OperationKind::reduce_scatter);
  operation.count = layout.count();
  operation.dtype = layout.dtype();
  operation.shape = layout.digest();
  const Call call = begin(operation, options);
  run(call,
      [&] { comm::reduce_scatter(world_, tree_of(layout), layout, parts, out, scratch_, call); });
  return Work();
}

Work WorldCommunicator::all_gather(Buffer whole, std::span<const ElementRange> owned,
                                   const CallOptions& options) {
  require_memory("all_gather", whole.data, whole.count);
  check_owned(owned, nodes_, rank_.count, whole.count);
  Operation operation = numbered(OperationKind::all_gather);
  operation.count = whole.count;
  operation.dtype = whole.dtype;
  operation.shape = digest_of(owned);
  const Call call = begin(operation, options);
  run(call, [&] { comm::all_gather(world_, whole, owned, call); });
  return Work();
}

Work WorldCommunicator::all_reduce(Buffer buffer, ReduceOp op, const CallOptions& options) {
  require_memory("all_reduce", buffer.data, buffer.count);
  if (!is_reducible(buffer.dtype)) {
    refuse("all_reduce", concat("cannot combine ", to_string(buffer.dtype)));
  }
  Operation operation = numbered(OperationKind::all_reduce);
  operation.count = buffer.count;
  operation.dtype = buffer.dtype;
  operation.reduce_op = op;
  const Call call = begin(operation, options);
  run(call, [&] { comm::all_reduce(world_, rank_tree_, buffer, op, scratch_, call); });
  return Work();
}

Work WorldCommunicator::broadcast(Buffer buffer, int root, const CallOptions& options) {
  require_memory("broadcast", buffer.data, buffer.count);
  if (root < 0 || root >= rank_.count) {
    refuse("broadcast", concat("there is no rank ", root, " among ", rank_.count));
  }
  Operation operation = numbered(OperationKind::broadcast);
  operation.count = buffer.count;
  operation.dtype = buffer.dtype;
  operation.root = root;
  const Call call = begin(operation, options);
  run(call, [&] { comm::broadcast(world_, buffer, root, call); });
  return Work();
}

Work WorldCommunicator::barrier(const CallOptions& options) {
  const Call call = begin(numbered(OperationKind::barrier), options);
  run(call, [&] { comm::barrier(world_, call); });
  return Work();
}

void WorldCommunicator::keep_record(std::unique_ptr<flight::Recorder> recorder) {
  recorder_ = std::move(recorder);
}

void WorldCommunicator::abort(const std::string& reason) {
  node_.raise(
      {.code = ErrorCode::aborted, .text = concat("aborted by rank ", rank_.index, ": ", reason)});
}

}  // namespace muster::comm
