// A vector for each id: what models look up. Not torch::nn::Embedding, which draws its initial
// values twice when they are to have another spread.
#pragma once

#include <ATen/ops/embedding.h>
#include <ATen/ops/empty.h>
#include <torch/nn/module.h>

#include <cstdint>

namespace muster::worker {

class EmbeddingTable : public torch::nn::Module {
 public:
  /// Values are normally distributed around 0.
  EmbeddingTable(std::int64_t rows, std::int64_t width, double standard_deviation)
      : weight_(register_parameter("weight",
                                   at::empty({rows, width}).normal_(0, standard_deviation))) {}

  /// `ids`: int64 [...], each in [0, rows). Gives [..., width]. The gradient is dense, and each of
  /// its rows is added up in the order of the ids, at any number of threads.
  at::Tensor forward(const at::Tensor& ids) const { return at::embedding(weight_, ids); }

  const at::Tensor& weight() const { return weight_; }  // [rows, width]

 private:
  at::Tensor weight_;
};

}  // namespace muster::worker
