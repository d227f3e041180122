#include "worker/train/arithmetic.h"

namespace muster::worker {

template <class T>
void add(T* __restrict__ to, const T* __restrict__ from, std::int64_t count) {
  for (std::int64_t i = 0; i < count; ++i) to[i] += from[i];
}

template <class T>
double divide_and_sum_squares(T* values, std::int64_t count, T divisor) {
  constexpr int kSums = 8;
  double sums[kSums] = {};
  std::int64_t i = 0;
  for (; i + kSums <= count; i += kSums) {
    for (int k = 0; k < kSums; ++k) {
      const T value = values[i + k] / divisor;
      values[i + k] = value;
      sums[k] += static_cast<double>(value) * static_cast<double>(value);
    }
  }
  for (int k = 0; i < count; ++i, ++k) {
    const T value = values[i] / divisor;
    values[i] = value;
    sums[k] += static_cast<double>(value) * static_cast<double>(value);
  }
  return ((sums[0] + sums[1]) + (sums[2] + sums[3])) + ((sums[4] + sums[5]) + (sums[6] + sums[7]));
}

template <class T>
void multiply(T* values, std::int64_t count, T factor) {
  for (std::int64_t i = 0; i < count; ++i) values[i] *= factor;
}

template <class T>
void move_average(T* __restrict__ average, const T* __restrict__ value, std::int64_t count,
                  double momentum) {
  const T keep = static_cast<T>(1 - momentum);
  const T take = static_cast<T>(momentum);
  for (std::int64_t i = 0; i < count; ++i) average[i] = keep * average[i] + take * value[i];
}

template void add(float*, const float*, std::int64_t);
template void add(double*, const double*, std::int64_t);
template double divide_and_sum_squares(float*, std::int64_t, float);
template double divide_and_sum_squares(double*, std::int64_t, double);
template void multiply(float*, std::int64_t, float);
template void multiply(double*, std::int64_t, double);
template void move_average(float*, const float*, std::int64_t, double);
template void move_average(double*, const double*, std::int64_t, double);

}  // namespace muster::worker
