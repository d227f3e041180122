#include "comm/reduce_layout.h"

#include "common/error.h"
#include "common/text.h"

namespace muster::comm {
namespace {

std::string in_brackets(std::int64_t begin, std::int64_t end) {
  return concat('[', begin, ", ", end, ')');
}

void check_lanes(std::int64_t lanes, const std::vector<LaneRange>& lanes_of_rank) {
  std::int64_t next = 0;
  for (std::size_t rank = 0; rank < lanes_of_rank.size(); ++rank) {
    const LaneRange& range = lanes_of_rank[rank];
    if (range.begin != next || range.end <= range.begin) {
      throw Error(ErrorCode::invalid,
                  concat("reduce layout: lanes ", in_brackets(range.begin, range.end), " of rank ",
                         rank, " do not follow lane ", next),
                  "give every rank at least one lane, in the order of ranks");
    }
    next = range.end;
  }
  if (next != lanes || lanes_of_rank.empty()) {
    throw Error(ErrorCode::invalid,
                concat("reduce layout: the ranks have ", next, " lanes, not ", lanes));
  }
}

void check_wanted(std::int64_t count, std::size_t ranks, const std::vector<ElementRange>& wanted) {
  if (wanted.size() != ranks) {
    throw Error(ErrorCode::invalid, concat("reduce layout: wanted elements of ", wanted.size(),
                                           " ranks, but there are ", ranks));
  }
  for (std::size_t rank = 0; rank < ranks; ++rank) {
    const ElementRange& range = wanted[rank];
    if (range.begin < 0 || range.end < range.begin || range.end > count) {
      throw Error(ErrorCode::invalid, concat("reduce layout: rank ", rank, " wants elements ",
                                             in_brackets(range.begin, range.end), " of ", count));
    }
  }
}

// Mixes `value` into `digest` (the finalizer of SplitMix64). Against mistakes, not against malice.
std::uint64_t mix(std::uint64_t digest, std::int64_t value) {
  std::uint64_t x = digest ^ (static_cast<std::uint64_t>(value) + 0x9e3779b97f4a7c15U);
  x = (x ^ (x >> 30U)) * 0xbf58476d1ce4e5b9U;
  x = (x ^ (x >> 27U)) * 0x94d049bb133111ebU;
  return x ^ (x >> 31U);
}

}  // namespace

ReduceLayout::ReduceLayout(std::int64_t lanes, std::vector<LaneRange> lanes_of_rank,
                           std::int64_t count, DType dtype, std::vector<ElementRange> wanted)
    : lanes_(lanes),
      lanes_of_rank_(std::move(lanes_of_rank)),
      count_(count),
      dtype_(dtype),
      wanted_(std::move(wanted)) {
  if (dtype_ != DType::float32 && dtype_ != DType::float64) {
    throw Error(ErrorCode::invalid,
                concat("reduce layout: cannot add ", to_string(dtype_), " over lanes"),
                "use float32 or float64");
  }
  if (count_ < 0) {
    throw Error(ErrorCode::invalid, concat("reduce layout: a count of ", count_));
  }
  check_lanes(lanes_, lanes_of_rank_);
  check_wanted(count_, lanes_of_rank_.size(), wanted_);

  std::vector<LaneRange> all;
  digest_ = mix(mix(0, lanes_), count_);
  for (std::size_t rank = 0; rank < lanes_of_rank_.size(); ++rank) {
    parts_.push_back(tree_cover(lanes_of_rank_[rank], lanes_));
    all.insert(all.end(), parts_.back().begin(), parts_.back().end());
    digest_ =
        mix(mix(mix(digest_, lanes_of_rank_[rank].end), wanted_[rank].begin), wanted_[rank].end);
  }
  program_ = tree_program(all, lanes_);
}

std::span<const LaneRange> ReduceLayout::parts_of(int rank) const {
  return parts_[static_cast<std::size_t>(rank)];
}

}  // namespace muster::comm
