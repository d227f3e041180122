// checkpoint_bench FOLDER VOCABULARY SEQUENCE WIDTH LAYERS: saves and loads checkpoints of a made
// GPT with AdamW's two moments, and says how long that took. For scripts/bench, which has a peer do
// the same in turns (bench/peers/checkpoint.py).
//
// A command a line on standard input, an answer a line (JSON) on standard output:
//   save   {"seconds": 0.1, "path": "FOLDER/step-000001"}   until all is durable
//   load   {"seconds": 0.1}   the newest whole checkpoint, verified, into memory taken for it
// The first line of output, before any command, describes the tensors: {"model": {NAME: SHAPE}}.
#include <chrono>
#include <cstring>
#include <filesystem>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <random>
#include <span>
#include <string>
#include <vector>

#include "common/checkpoint/checkpoint_writer.h"
#include "common/checkpoint/load.h"
#include "common/error.h"
#include "common/text.h"

namespace muster {
namespace {

using checkpoint::TensorView;
using Shape = std::vector<std::int64_t>;

struct GptSizes {
  std::int64_t vocabulary = 0;
  std::int64_t sequence = 0;
  std::int64_t width = 0;
  std::int64_t layers = 0;
};

struct NamedShape {
  std::string name;
  Shape shape;
};

/// What a GPT-2 of these sizes has, under Hugging Face's names.
std::vector<NamedShape> gpt_shapes(const GptSizes& sizes) {
  const std::int64_t width = sizes.width;
  std::vector<NamedShape> shapes = {{"wte.weight", {sizes.vocabulary, width}},
                                    {"wpe.weight", {sizes.sequence, width}},
                                    {"ln_f.weight", {width}},
                                    {"ln_f.bias", {width}}};
  const auto add_layer = [&](const std::string& at, std::int64_t inputs, std::int64_t outputs) {
    shapes.push_back({at + ".weight", {inputs, outputs}});
    shapes.push_back({at + ".bias", {outputs}});
  };
  for (std::int64_t layer = 0; layer < sizes.layers; ++layer) {
    const std::string at = concat("h.", layer, ".");
    for (const char* norm : {"ln_1", "ln_2"}) {
      shapes.push_back({concat(at, norm, ".weight"), {width}});
      shapes.push_back({concat(at, norm, ".bias"), {width}});
    }
    add_layer(at + "attn.c_attn", width, 3 * width);
    add_layer(at + "attn.c_proj", width, width);
    add_layer(at + "mlp.c_fc", width, 4 * width);
    add_layer(at + "mlp.c_proj", 4 * width, width);
  }
  return shapes;
}

std::size_t elements_of(const Shape& shape) {
  std::size_t elements = 1;
  for (const std::int64_t length : shape) elements *= static_cast<std::size_t>(length);
  return elements;
}

/// Parameters, then both moments, each one after the other as in a worker's arena.
class State {
 public:
  explicit State(std::vector<NamedShape> shapes) : shapes_(std::move(shapes)) {
    for (const NamedShape& tensor : shapes_) elements_ += elements_of(tensor.shape);
    values_.resize(3 * elements_);
    std::minstd_rand random(1);
    for (float& value : values_) value = static_cast<float>(random()) * 0x1p-31F;
  }

  std::vector<TensorView> model() const { return views("", 0); }
  std::vector<TensorView> optimizer() const {
    std::vector<TensorView> both = views("exp_avg.", 1);
    for (TensorView& view : views("exp_avg_sq.", 2)) both.push_back(std::move(view));
    return both;
  }
  const std::vector<NamedShape>& shapes() const { return shapes_; }

 private:
  std::vector<TensorView> views(const std::string& prefix, std::size_t column) const {
    std::vector<TensorView> found;
    auto rest = std::as_bytes(std::span(values_)).subspan(column * elements_ * sizeof(float));
    for (const NamedShape& tensor : shapes_) {
      const std::size_t bytes = elements_of(tensor.shape) * sizeof(float);
      found.push_back({prefix + tensor.name, DType::float32, tensor.shape, rest.first(bytes)});
      rest = rest.subspan(bytes);
    }
    return found;
  }

  std::vector<NamedShape> shapes_;
  std::size_t elements_ = 0;
  std::vector<float> values_;
};

/// Every tensor into memory of its own.
void load(const std::filesystem::path& folder) {
  std::vector<std::unique_ptr<std::byte[]>> tensors;
  const auto places = [&tensors](const checkpoint::SafetensorsFile& file) {
    checkpoint::Places found;
    for (const checkpoint::TensorEntry& entry : file.tensors()) {
      tensors.push_back(std::make_unique_for_overwrite<std::byte[]>(entry.bytes()));
      found.emplace_back(tensors.back().get(), entry.bytes());
    }
    return found;
  };
  const checkpoint::Receiver receiver{
      .accept = [](const checkpoint::LoadedCheckpoint&) {}, .model = places, .optimizer = places};
  const auto loaded = checkpoint::load_newest_valid(folder, receiver, {});
  MUSTER_ASSERT(loaded.has_value(), "a checkpoint was saved");
}

template <class Action>
double seconds_of(const Action& action) {
  const auto start = std::chrono::steady_clock::now();
  action();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

void serve(const std::filesystem::path& folder, const GptSizes& sizes) {
  const State state(gpt_shapes(sizes));
  nlohmann::ordered_json model = nlohmann::ordered_json::object();
  for (const NamedShape& tensor : state.shapes()) model[tensor.name] = tensor.shape;
  std::cout << nlohmann::ordered_json{{"model", model}}.dump() << std::endl;
  std::int64_t step = 0;
  for (std::string command; std::getline(std::cin, command);) {
    nlohmann::ordered_json answer;
    if (command == "save") {
      checkpoint::PublishedCheckpoint published;
      ++step;
      answer["seconds"] = seconds_of([&] {
        published = checkpoint::write_checkpoint(folder, {}, {.step = step, .total_steps = step},
                                                 state.model(), state.optimizer());
      });
      answer["path"] = published.path.string();
      answer["bytes"] = published.bytes;
    } else if (command == "load") {
      answer["seconds"] = seconds_of([&] { load(folder); });
    } else {
      throw Error(ErrorCode::invalid, concat("unknown command '", command, "'"));
    }
    std::cout << answer.dump() << std::endl;
  }
}

}  // namespace
}  // namespace muster

int main(int argc, char** argv) {
  if (argc != 6) {
    std::cerr << "usage: checkpoint_bench FOLDER VOCABULARY SEQUENCE WIDTH LAYERS\n";
    return 64;
  }
  try {
    muster::serve(argv[1], {.vocabulary = std::stoll(argv[2]),
                            .sequence = std::stoll(argv[3]),
                            .width = std::stoll(argv[4]),
                            .layers = std::stoll(argv[5])});
  } catch (const std::exception& error) {
    std::cerr << "checkpoint_bench: " << error.what() << '\n';
    return 1;
  }
}
