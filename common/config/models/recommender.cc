#include "common/config/models/recommender.h"

#include "common/config/models/limits.h"
#include "common/config/models/shared_keys.h"
#include "common/text.h"

namespace muster::config {

std::vector<FieldNeed> RecommenderOptions::reads() const {
  FieldNeed need{"ids", FieldNeed::Kind::integers, {}, "model.ids"};
  need.shape = {static_cast<std::int64_t>(ids.size())};
  for (std::size_t column = 0; column < ids.size(); ++column) {
    need.ranges.push_back({.least = 0,
                           .greatest = static_cast<double>(ids[column] - 1),
                           .reason = concat("model.ids[", column, "] is ", ids[column])});
  }
  return {need};
}

ModelOutput RecommenderOptions::output() const {
  return {.width = outputs, .width_key = "model.outputs"};
}

void describe(Fields<RecommenderOptions>& fields) {
  fields.summary(
      "For each column of field ids an embedding; linear layers with ReLU between them over all "
      "embeddings of a sample, one behind the other. For ratings and clicks of users and items.");
  fields
      .key("ids", &RecommenderOptions::ids,
           "How many different ids each column of field ids has, for example [users, items]; ids "
           "count from 0.")
      .required("[1000, 500]")
      .items_at_least(2)
      .at_least(1)
      .at_most(static_cast<double>(kLongestTable));
  fields.key("width", &RecommenderOptions::width, "Width of each embedding.")
      .required("32")
      .at_least(1)
      .at_most(kWidestLayer)
      .also_called({"embedding_dim", "dim"});
  fields
      .key("hidden", &RecommenderOptions::hidden,
           "Width of each hidden layer. Without any, a single linear layer.")
      .at_least(1)
      .at_most(kWidestLayer);
  fields
      .key("outputs", &RecommenderOptions::outputs,
           "Number of values to predict: the width of the last layer.")
      .at_least(1)
      .at_most(kWidestLayer);
  describe_initial_weights(fields);
}

}  // namespace muster::config
