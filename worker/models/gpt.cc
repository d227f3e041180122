// A transformer with the layout of GPT-2. Source: Radford et al., Language Models are Unsupervised
// Multitask Learners, 2019. Names and shapes are those that Hugging Face's GPT2LMHeadModel saves
// (transformer.wte.weight, transformer.h.0.attn.c_attn.weight [in, out], transformer.ln_f.*), so
// weights go both ways; so is the initialisation. The head is the token embedding itself and has no
// name of its own.
//
// Shapes: B samples, T tokens of each, C the width, H heads, D = C / H.
#include <ATen/ops/addmm.h>
#include <ATen/ops/dropout.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/gelu.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/scaled_dot_product_attention.h>
#include <ATen/ops/zeros.h>
#include <torch/nn/modules/container/modulelist.h>
#include <torch/nn/modules/normalization.h>

#include <cmath>

#include "worker/models/embedding_table.h"
#include "worker/models/model.h"

namespace muster::worker {
namespace {

constexpr double kDeviation = 0.02;  // Of initial weights.

/// A linear layer with its weight as [in, out].
class Projection : public torch::nn::Module {
 public:
  Projection(std::int64_t in, std::int64_t out, double deviation)
      : weight_(register_parameter("weight", at::empty({in, out}).normal_(0, deviation))),
        bias_(register_parameter("bias", at::zeros({out}))) {}

  /// [n, in] to [n, out]
  at::Tensor forward(const at::Tensor& rows) const { return at::addmm(bias_, rows, weight_); }

 private:
  at::Tensor weight_;
  at::Tensor bias_;
};

torch::nn::LayerNorm layer_norm(std::int64_t width) {
  return torch::nn::LayerNorm(torch::nn::LayerNormOptions({width}));
}

/// Each residual branch adds to the stream: with more of them, each starts smaller.
double deviation_of_branch(const config::GptOptions& options) {
  return kDeviation / std::sqrt(2 * static_cast<double>(options.layers));
}

class Attention : public torch::nn::Module {
 public:
  explicit Attention(const config::GptOptions& options)
      : options_(options),
        c_attn_(register_module(
            "c_attn", std::make_shared<Projection>(options.width, 3 * options.width, kDeviation))),
        c_proj_(register_module("c_proj",
                                std::make_shared<Projection>(options.width, options.width,
                                                             deviation_of_branch(options)))) {}

  /// [B*T, C] to [B*T, C]
  at::Tensor forward(const at::Tensor& rows, std::int64_t samples) const {
    const std::int64_t head_width = options_.width / options_.heads;
    const std::vector<at::Tensor> parts =
        c_attn_->forward(rows)
            .view({samples, options_.sequence, 3, options_.heads, head_width})
            .permute({2, 0, 3, 1, 4})  // [3, B, H, T, D]
            .unbind(0);
    const at::Tensor mixed = at::scaled_dot_product_attention(
        parts[0], parts[1], parts[2], /*attn_mask=*/{}, is_training() ? options_.dropout : 0,
        /*is_causal=*/true);  // [B, H, T, D]
    return c_proj_->forward(mixed.transpose(1, 2).reshape({-1, options_.width}));
  }

 private:
  config::GptOptions options_;
  std::shared_ptr<Projection> c_attn_, c_proj_;
};

class FeedForward : public torch::nn::Module {
 public:
  explicit FeedForward(const config::GptOptions& options)
      : c_fc_(register_module(
            "c_fc", std::make_shared<Projection>(options.width, 4 * options.width, kDeviation))),
        c_proj_(register_module("c_proj",
                                std::make_shared<Projection>(4 * options.width, options.width,
                                                             deviation_of_branch(options)))) {}

  /// [B*T, C] to [B*T, C]
  at::Tensor forward(const at::Tensor& rows) const {
    return c_proj_->forward(at::gelu(c_fc_->forward(rows), "tanh"));
  }

 private:
  std::shared_ptr<Projection> c_fc_, c_proj_;
};

class Block : public torch::nn::Module {
 public:
  explicit Block(const config::GptOptions& options)
      : dropout_(options.dropout),
        ln_1_(register_module("ln_1", layer_norm(options.width))),
        attn_(register_module("attn", std::make_shared<Attention>(options))),
        ln_2_(register_module("ln_2", layer_norm(options.width))),
        mlp_(register_module("mlp", std::make_shared<FeedForward>(options))) {}

  /// [B*T, C] to [B*T, C]
  at::Tensor forward(at::Tensor rows, std::int64_t samples) {
    rows = rows + dropped(attn_->forward(ln_1_->forward(rows), samples));
    return rows + dropped(mlp_->forward(ln_2_->forward(rows)));
  }

 private:
  at::Tensor dropped(const at::Tensor& rows) const {
    return at::dropout(rows, dropout_, is_training());
  }

  double dropout_;
  torch::nn::LayerNorm ln_1_;
  std::shared_ptr<Attention> attn_;
  torch::nn::LayerNorm ln_2_;
  std::shared_ptr<FeedForward> mlp_;
};

/// Everything but the head.
class Transformer : public torch::nn::Module {
 public:
  explicit Transformer(const config::GptOptions& options)
      : options_(options),
        wte_(register_module("wte", std::make_shared<EmbeddingTable>(options.vocabulary,
                                                                     options.width, kDeviation))),
        wpe_(register_module(
            "wpe", std::make_shared<EmbeddingTable>(options.sequence, options.width, kDeviation))) {
    torch::nn::ModuleList list;
    for (std::int64_t layer = 0; layer < options.layers; ++layer) {
      blocks_.push_back(std::make_shared<Block>(options));
      list->push_back(blocks_.back());
    }
    register_module("h", list);
    ln_f_ = register_module("ln_f", layer_norm(options.width));
  }

  /// Tokens [B, T] to [B*T, C].
  at::Tensor forward(const at::Tensor& tokens) {
    const at::Tensor embedded = wte_->forward(tokens) + wpe_->weight();  // [B, T, C] + [T, C]
    at::Tensor rows =
        at::dropout(embedded, options_.dropout, is_training()).view({-1, options_.width});
    for (const auto& block : blocks_) rows = block->forward(rows, tokens.size(0));
    return ln_f_->forward(rows);
  }

  const at::Tensor& token_embedding() const { return wte_->weight(); }  // [vocabulary, C]

 private:
  config::GptOptions options_;
  std::shared_ptr<EmbeddingTable> wte_, wpe_;
  std::vector<std::shared_ptr<Block>> blocks_;
  torch::nn::LayerNorm ln_f_{nullptr};
};

class Gpt : public Model {
 public:
  explicit Gpt(const config::GptOptions& options)
      : sequence_(options.sequence),
        transformer_(register_module("transformer", std::make_shared<Transformer>(options))) {}

  at::Tensor forward(const TensorBatch& batch) override {
    const at::Tensor tokens = batch["input"].view({batch.samples(), sequence_});
    return at::linear(transformer_->forward(tokens), transformer_->token_embedding())
        .view({batch.samples(), sequence_, -1});  // [samples, sequence, vocabulary]
  }

 private:
  std::int64_t sequence_;
  std::shared_ptr<Transformer> transformer_;
};

}  // namespace

ModelPointer make_model(const config::GptOptions& options) {
  return std::make_shared<Gpt>(options);
}

}  // namespace muster::worker
