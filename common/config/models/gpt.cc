#include "common/config/models/gpt.h"

#include "common/config/models/limits.h"
#include "common/config/models/shared_keys.h"
#include "common/text.h"

namespace muster::config {

std::vector<FieldNeed> GptOptions::reads() const {
  const ValueRange tokens{.least = 0,
                          .greatest = static_cast<double>(vocabulary - 1),
                          .reason = concat("model.vocabulary is ", vocabulary)};
  return {{"input", FieldNeed::Kind::integers, {sequence}, "model.sequence", {tokens}}};
}

ModelOutput GptOptions::output() const {
  return {.positions = {sequence},
          .width = vocabulary,
          .width_key = "model.vocabulary",
          .positions_key = "model.sequence"};
}

void describe(Fields<GptOptions>& fields) {
  fields.summary(
      "A transformer that predicts the next token, with the layout of GPT-2: learned positions, "
      "layer norm before attention and before an MLP of four times the width, output weights tied "
      "to the token embedding. Parameters have Hugging Face's names, shapes and initialisation.");
  fields.key("vocabulary", &GptOptions::vocabulary, "Number of tokens; they count from 0.")
      .required("50257")
      .at_least(1)
      .at_most(kWidestLayer)
      .also_called({"vocab_size", "vocab"});
  fields.key("sequence", &GptOptions::sequence, "Tokens of one sample.")
      .required("1024")
      .at_least(1)
      .at_most(kWidestLayer)
      .also_called({"n_positions", "n_ctx", "block_size", "seq_len", "context"});
  fields.key("width", &GptOptions::width, "Width of the residual stream: a multiple of heads.")
      .required("768")
      .at_least(1)
      .at_most(kWidestLayer)
      .also_called({"n_embd", "d_model", "hidden_size"});
  fields.key("layers", &GptOptions::layers, "Number of blocks of attention and MLP.")
      .required("12")
      .at_least(1)
      .at_most(kMostLayers)
      .also_called({"n_layer", "num_layers", "depth"});
  fields.key("heads", &GptOptions::heads, "Heads of each attention.")
      .required("12")
      .at_least(1)
      .at_most(kWidestLayer)
      .also_called({"n_head", "num_heads"});
  fields
      .key(
          "dropout", &GptOptions::dropout,
          "Share of the values set to zero while training: of embeddings, attention and residuals.")
      .at_least(0)
      .below(1);
  describe_initial_weights(fields);
  fields.check([](const GptOptions& options, const Check& check) {
    if (options.heads < 1 || options.width % options.heads == 0) return;
    check.complain({"heads", "width"},
                   concat("must divide model.width (", options.width, "), got ", options.heads));
  });
}

}  // namespace muster::config
