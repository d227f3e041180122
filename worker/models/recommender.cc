// Embeddings of id columns, and linear layers over all of them. Names: embeddings.0.weight (of the
// first column), embeddings.1.weight, ...; layers.0.weight, layers.0.bias, layers.2.weight, ...
#include <ATen/ops/cat.h>
#include <torch/nn/modules/container/modulelist.h>

#include <cmath>

#include "worker/models/embedding_table.h"
#include "worker/models/linear_layers.h"
#include "worker/models/model.h"

namespace muster::worker {
namespace {

class Recommender : public Model {
 public:
  explicit Recommender(const config::RecommenderOptions& options) {
    const auto columns = static_cast<std::int64_t>(options.ids.size());
    const double unit_length = 1 / std::sqrt(static_cast<double>(options.width));
    torch::nn::ModuleList list;
    for (const std::int64_t rows : options.ids) {
      tables_.push_back(std::make_shared<EmbeddingTable>(rows, options.width, unit_length));
      list->push_back(tables_.back());
    }
    register_module("embeddings", list);
    layers_ = register_module(
        "layers", linear_layers(columns * options.width, options.hidden, options.outputs));
  }

  at::Tensor forward(const TensorBatch& batch) override {
    const at::Tensor& ids = batch["ids"];  // [samples, columns]
    std::vector<at::Tensor> vectors;       // Each [samples, width].
    for (std::size_t column = 0; column < tables_.size(); ++column) {
      vectors.push_back(tables_[column]->forward(ids.select(1, static_cast<std::int64_t>(column))));
    }
    return layers_->forward(at::cat(vectors, 1));  // [samples, outputs]
  }

 private:
  std::vector<std::shared_ptr<EmbeddingTable>> tables_;  // By column.
  torch::nn::Sequential layers_;
};

}  // namespace

ModelPointer make_model(const config::RecommenderOptions& options) {
  return std::make_shared<Recommender>(options);
}

}  // namespace muster::worker
