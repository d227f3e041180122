#include "comm/node/kernels.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <vector>

#include "comm/node/streaming_copy.h"
#include "common/error.h"

namespace muster::comm {
namespace {

// Elements computed at a time: the intermediate sums of a deep tree then stay in the first-level
// cache.
constexpr std::int64_t kChunk = 1024;

struct Bfloat16 {
  std::uint16_t bits;
};

float widen(Bfloat16 value) {
  return std::bit_cast<float>(static_cast<std::uint32_t>(value.bits) << 16U);
}

Bfloat16 round(float value) {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  if ((bits & 0x7fffffffU) > 0x7f800000U)
    return {static_cast<std::uint16_t>((bits >> 16U) | 0x40U)};
  const std::uint32_t half = 0x7fffU + ((bits >> 16U) & 1U);  // Ties go to the even neighbour.
  return {static_cast<std::uint16_t>((bits + half) >> 16U)};
}

struct Sum {
  template <class T>
  static T apply(T lower, T upper) {
    return lower + upper;
  }
  static std::int64_t apply(std::int64_t lower, std::int64_t upper) {
    return static_cast<std::int64_t>(static_cast<std::uint64_t>(lower) +
                                     static_cast<std::uint64_t>(upper));
  }
};

struct Min {
  template <class T>
  static T apply(T lower, T upper) {
    return upper < lower || upper != upper ? upper : lower;
  }
};

struct Max {
  template <class T>
  static T apply(T lower, T upper) {
    return upper > lower || upper != upper ? upper : lower;
  }
};

// `out` may be `lower` or `upper`, element for element: there is no dependence between elements.
template <class Op, class T>
void combine(const T* lower, const T* upper, T* out, std::int64_t count) {
#pragma GCC ivdep
  for (std::int64_t i = 0; i < count; ++i) out[i] = Op::apply(lower[i], upper[i]);
}

void widen_all(const Bfloat16* from, float* to, std::int64_t count) {
  for (std::int64_t i = 0; i < count; ++i) to[i] = widen(from[i]);
}

void round_all(const float* from, Bfloat16* to, std::int64_t count) {
  for (std::int64_t i = 0; i < count; ++i) to[i] = round(from[i]);
}

std::size_t depth_of(std::span<const TreeStep> program) {
  std::size_t depth = 0;
  std::size_t deepest = 0;
  for (const TreeStep& step : program) {
    depth = step.kind == TreeStep::Kind::push ? depth + 1 : depth - 1;
    deepest = std::max(deepest, depth);
  }
  return deepest;
}

// A stack machine on chunks. An operand that is already of type T is used where it lies; only
// intermediate results (and widened bfloat16) are kept in `room`, one chunk for each stack place.
template <class Op, class T>
class Evaluation {
 public:
  Evaluation(std::span<const TreeStep> program, std::span<const Leaf> leaves)
      : program_(program),
        leaves_(leaves),
        stack_(depth_of(program)),
        room_(stack_.size() * kChunk) {}

  /// The result of elements [begin, begin + count): in `wanted`, or where the only operand lies.
  const T* chunk(std::int64_t begin, std::int64_t count, T* wanted) {
    std::size_t top = 0;
    for (std::size_t index = 0; index < program_.size(); ++index) {
      const TreeStep& step = program_[index];
      if (step.kind == TreeStep::Kind::push) {
        stack_[top] =
            operand(leaves_[static_cast<std::size_t>(step.part)], begin, count, room(top));
        ++top;
        continue;
      }
      top -= 1;
      T* sum = index + 1 == program_.size() ? wanted : room(top - 1);
      combine<Op, T>(stack_[top - 1], stack_[top], sum, count);
      stack_[top - 1] = sum;
    }
    return stack_[0];
  }

 private:
  T* room(std::size_t place) { return room_.data() + place * kChunk; }

  static const T* operand(const Leaf& leaf, std::int64_t begin, std::int64_t count, T* widened) {
    if constexpr (std::is_same_v<T, float>) {
      if (leaf.dtype == DType::bfloat16) {
        widen_all(reinterpret_cast<const Bfloat16*>(leaf.data) + begin, widened, count);
        return widened;
      }
    }
    return reinterpret_cast<const T*>(leaf.data) + begin;
  }

  std::span<const TreeStep> program_;
  std::span<const Leaf> leaves_;
  std::vector<const T*> stack_;
  std::vector<T> room_;
};

template <class Op, class T>
void run(std::span<const TreeStep> program, std::span<const Leaf> leaves, std::int64_t count,
         T* out) {
  // By far the most frequent case, and with all-reduces of a few numbers the one where set-up
  // shows.
  if (program.size() == 3 &&
      leaves[static_cast<std::size_t>(program[0].part)].dtype != DType::bfloat16 &&
      leaves[static_cast<std::size_t>(program[1].part)].dtype != DType::bfloat16) {
    combine<Op, T>(
        reinterpret_cast<const T*>(leaves[static_cast<std::size_t>(program[0].part)].data),
        reinterpret_cast<const T*>(leaves[static_cast<std::size_t>(program[1].part)].data), out,
        count);
    return;
  }
  Evaluation<Op, T> evaluation(program, leaves);
  for (std::int64_t begin = 0; begin < count; begin += kChunk) {
    const std::int64_t length = std::min(kChunk, count - begin);
    const T* result = evaluation.chunk(begin, length, out + begin);
    if (result != out + begin) {
      std::memmove(out + begin, result, static_cast<std::size_t>(length) * sizeof(T));
    }
  }
}

/// For results that do not go to their place as they are computed: `put(sums, begin, length)` takes
/// those of a chunk there.
template <class Op, class T, class Put>
void run_in_chunks(std::span<const TreeStep> program, std::span<const Leaf> leaves,
                   std::int64_t count, const Put& put) {
  Evaluation<Op, T> evaluation(program, leaves);
  std::vector<T> sums(static_cast<std::size_t>(std::min(count, kChunk)));
  for (std::int64_t begin = 0; begin < count; begin += kChunk) {
    const std::int64_t length = std::min(kChunk, count - begin);
    put(evaluation.chunk(begin, length, sums.data()), begin, length);
  }
}

template <class Op, class T>
void run_streamed(std::span<const TreeStep> program, std::span<const Leaf> leaves,
                  std::int64_t count, T* out) {
  run_in_chunks<Op, T>(program, leaves, count,
                       [out](const T* sums, std::int64_t begin, std::int64_t length) {
                         streaming_copy(reinterpret_cast<std::byte*>(out + begin),
                                        reinterpret_cast<const std::byte*>(sums),
                                        static_cast<std::size_t>(length) * sizeof(T));
                       });
}

template <class Op>
void run_rounded(std::span<const TreeStep> program, std::span<const Leaf> leaves,
                 std::int64_t count, Bfloat16* out) {
  run_in_chunks<Op, float>(program, leaves, count,
                           [out](const float* sums, std::int64_t begin, std::int64_t length) {
                             round_all(sums, out + begin, length);
                           });
}

template <class Op>
void evaluate_with(std::span<const TreeStep> program, std::span<const Leaf> leaves,
                   std::int64_t count, DType out_dtype, std::byte* out, Store store) {
  const auto run_as = [&](auto* typed_out) {
    if (store == Store::streamed) return run_streamed<Op>(program, leaves, count, typed_out);
    run<Op>(program, leaves, count, typed_out);
  };
  switch (out_dtype) {
    case DType::float32:
      return run_as(reinterpret_cast<float*>(out));
    case DType::float64:
      return run_as(reinterpret_cast<double*>(out));
    case DType::int64:
      return run_as(reinterpret_cast<std::int64_t*>(out));
    case DType::bfloat16:
      return run_rounded<Op>(program, leaves, count, reinterpret_cast<Bfloat16*>(out));
    case DType::float16:
    case DType::int32:
    case DType::uint8:
      break;
  }
  MUSTER_ASSERT(false, "a type that cannot be reduced");
}

}  // namespace

DType accumulator_of(DType dtype) { return dtype == DType::bfloat16 ? DType::float32 : dtype; }

bool is_reducible(DType dtype) {
  return dtype != DType::float16 && dtype != DType::int32 && dtype != DType::uint8;
}

void evaluate(std::span<const TreeStep> program, std::span<const Leaf> leaves, std::int64_t count,
              ReduceOp op, DType out_dtype, std::byte* out, Store store) {
  if (count <= 0) return;
  switch (op) {
    case ReduceOp::sum:
      return evaluate_with<Sum>(program, leaves, count, out_dtype, out, store);
    case ReduceOp::min:
      return evaluate_with<Min>(program, leaves, count, out_dtype, out, store);
    case ReduceOp::max:
      return evaluate_with<Max>(program, leaves, count, out_dtype, out, store);
  }
}

}  // namespace muster::comm
