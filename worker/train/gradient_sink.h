// Where gradients go: hooks on every parameter copy a finished gradient to its place in a gradient
// buffer of the arena and give the engine's own tensor back at once.
//
// Every place is written for every lane. A parameter that got no gradient contributes zeros:
// without that, the gradient of an earlier lane would stay there, silently.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "worker/train/arena.h"

namespace muster::worker {

class GradientSink {
 public:
  /// Hooks onto the parameters of `arena`, which must outlive this. Batch norm must run with
  /// momentum 1, so that its running statistics are those of the last forward pass.
  explicit GradientSink(Arena& arena);
  ~GradientSink();
  GradientSink(const GradientSink&) = delete;
  GradientSink& operator=(const GradientSink&) = delete;

  /// Gradients of the next backward passes go to buffer `index`, replacing what is there.
  void begin_lane(int index);

  /// Adds the statistics of the last forward pass, weighted by its share of the step's samples.
  void add_statistics(double weight);

  /// Writes zeros wherever nothing came.
  void end_lane();

 private:
  class Hook;

  void receive(std::size_t parameter, const at::Tensor& gradient);

  Arena& arena_;
  at::Tensor buffer_;          // [total_elements]; of the present lane.
  std::vector<bool> written_;  // By parameter.
};

}  // namespace muster::worker
