// Linear layers with ReLU between them: a model of its own, and the end of others.
#pragma once

#include <torch/nn/modules/container/sequential.h>

#include <cstdint>
#include <vector>

namespace muster::worker {

/// From [samples, inputs] to [samples, outputs], through layers of the widths in `hidden` (which
/// may be empty). Names: 0.weight, 0.bias, 2.weight, ... (a ReLU takes a number, as in
/// torch.nn.Sequential).
torch::nn::Sequential linear_layers(std::int64_t inputs, const std::vector<std::int64_t>& hidden,
                                    std::int64_t outputs);

}  // namespace muster::worker
