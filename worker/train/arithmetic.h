// The element-wise passes over the arena that are not libtorch's. Their order of operations is part
// of the promise of the same bits: compiled with -ffp-contract=off, and every sum has a fixed
// order.
//
// T is float or double.
#pragma once

#include <cstdint>

namespace muster::worker {

/// to[i] += from[i]
template <class T>
void add(T* to, const T* from, std::int64_t count);

/// values[i] /= divisor, and the sum of squares of the results in double. One block or less at a
/// time: eight running sums over i mod 8, added pairwise at the end.
template <class T>
double divide_and_sum_squares(T* values, std::int64_t count, T divisor);

/// values[i] *= factor
template <class T>
void multiply(T* values, std::int64_t count, T factor);

/// average[i] = (1 - momentum) * average[i] + momentum * value[i]
template <class T>
void move_average(T* average, const T* value, std::int64_t count, double momentum);

}  // namespace muster::worker
