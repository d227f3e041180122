// Random valid experiments: every field takes values that are not its default.
#pragma once

#include <cmath>
#include <cstdint>
#include <filesystem>
#include <random>
#include <string>
#include <vector>

#include "common/config/experiment.h"
#include "common/config/needs.h"
#include "common/text.h"

namespace muster::config {

class RandomExperiment {
 public:
  explicit RandomExperiment(unsigned seed) : generator_(seed) {}

  Experiment make() {
    Experiment e;
    e.name = pick({"a", "digits", "true", "0x10", "1e5", "null", "A.b_c-9"});
    e.seed = number(0, std::int64_t{1} << 53);
    e.threads = static_cast<int>(number(1, 1024));
    e.precision = coin() ? Precision::fp32 : Precision::fp64;
    if (coin()) e.numerics.isa = coin() ? InstructionSet::baseline : InstructionSet::avx512;
    e.model = model();
    if (coin()) initial_weights_of(e.model.options) = initial_weights();
    e.objective = objective();
    e.data.train = csv(needs_of(e));
    if (coin()) e.data.eval = csv(needs_of(e));
    e.batch.global = number(8, 1 << 20);
    if (coin()) e.batch.lanes = number(4, 8);
    if (coin()) e.batch.micro = 1;
    e.optimizer = optimizer();
    e.lr_scheduler = schedule();
    if (coin()) e.gradient.clip_norm = real();
    e.duration = {100'000'000, Duration::Unit::epochs};
    if (e.data.eval) {
      e.eval.interval = duration();
      if (coin()) e.eval.batch = number(1, 1000);
    }
    if (coin()) e.checkpoint.interval = duration();
    e.checkpoint.initial = coin();
    e.fast_dev_run = coin();
    e.metrics.interval = duration();
    if (coin()) e.comm.ranks_per_node = static_cast<int>(number(1, 8));
    e.comm.backend = coin() ? CommBackend::automatic : CommBackend::mpi;
    e.comm.timeout = std::chrono::nanoseconds(number(1, 1'000'000'000'000));
    e.cluster.workers = static_cast<int>(number(1, 4));
    e.cluster.launcher = coin() ? Launcher::automatic : Launcher::mpirun;
    e.cluster.max_restarts = static_cast<int>(number(0, 100));
    if (coin()) e.cluster.stall_timeout = std::chrono::nanoseconds(number(1, 1'000'000'000'000));
    e.cluster.grace = std::chrono::nanoseconds(number(1, 1'000'000'000'000));
    while (coin()) e.cluster.mpirun_args.push_back(text());
    while (coin()) e.cluster.env[concat("V", number(0, 99))] = text();
    if (coin()) e.output.dir = path();
    return e;
  }

 private:
  std::int64_t number(std::int64_t least, std::int64_t greatest) {
    return std::uniform_int_distribution<std::int64_t>(least, greatest)(generator_);
  }
  bool coin() { return number(0, 1) == 1; }
  /// In (0, 1), of any magnitude.
  double real() {
    return std::ldexp(std::uniform_real_distribution<double>(0.5, 1)(generator_),
                      static_cast<int>(number(-1000, 0)));
  }
  std::string pick(const std::vector<std::string>& values) {
    return values[static_cast<std::size_t>(
        number(0, static_cast<std::int64_t>(values.size()) - 1))];
  }
  std::string text() {
    return pick({"",     " ", "x",  "on", "010",    "1e3",    "~",  "null", "a: b", "- x",
                 "# no", "'", "\"", "\\", "a\nb\t", "{a}",    "[",  "é 😀",  "&a",   "*b",
                 "!c",   "%", "@",  "`",  "-",      "--np 3", "5%", "<<"});
  }
  std::filesystem::path path() {
    return concat("/", pick({"data", "a b", "ü", "x#y", "c: d", "'q'"}), "/f.csv");
  }
  Duration duration() {
    constexpr Duration::Unit kUnits[] = {Duration::Unit::epochs, Duration::Unit::steps,
                                         Duration::Unit::samples};
    return {static_cast<double>(number(1, 1'000'000)), kUnits[number(0, 2)]};
  }
  Model model() {
    switch (number(0, 4)) {
      case 0:
        return {MlpOptions{.input = {64}, .hidden = {3, number(1, 99)}, .classes = number(2, 99)}};
      case 1:
        return {ConvnetOptions{
            .input = {1, 8, 8}, .channels = {number(1, 99)}, .classes = number(2, 99)}};
      case 2:
        return {Resnet18Options{
            .input = {1, 8, 9}, .stem = ResnetStem::small, .classes = number(2, 99)}};
      case 3:
        return {GptOptions{.vocabulary = number(2, 99),
                           .sequence = number(1, 99),
                           .width = 12,
                           .layers = number(1, 9),
                           .heads = number(1, 4),
                           .dropout = real()}};
      default:
        return {RecommenderOptions{.ids = {number(1, 99), number(1, 99)},
                                   .width = number(1, 99),
                                   .hidden = {number(1, 99)},
                                   .outputs = number(2, 99)}};
    }
  }
  InitialWeights initial_weights() {
    InitialWeights made;
    made.file = path();
    if (coin()) made.sha256 = std::string(kSha256Digits, coin() ? '1' : 'e');
    while (coin()) made.fresh.push_back(text());
    return made;
  }
  ObjectiveOptions objective() {
    CrossEntropyOptions cross_entropy;
    cross_entropy.label_smoothing = real();
    if (coin()) cross_entropy.ignore_index = number(-100, 100);
    switch (number(0, 2)) {
      case 0:
        return cross_entropy;
      case 1:
        return MseOptions{};
      default:
        return BceOptions{};
    }
  }
  OptimizerOptions optimizer() {
    if (coin()) {
      return AdamwOptions{.lr = real(),
                          .weight_decay = real(),
                          .betas = {real(), real()},
                          .eps = real(),
                          .groups = groups()};
    }
    SgdOptions sgd{.lr = real(), .momentum = real(), .weight_decay = real(), .groups = groups()};
    sgd.nesterov = coin();
    if (!sgd.nesterov) sgd.dampening = real();
    return sgd;
  }
  std::vector<ParameterGroup> groups() {
    std::vector<ParameterGroup> made;
    while (coin()) {
      ParameterGroup& group = made.emplace_back();
      do {
        group.match.push_back(text());
      } while (coin());
      group.freeze = coin();
      if (group.freeze) continue;
      if (coin()) group.weight_decay = real();
      group.lr_scale = real();
    }
    return made;
  }
  Span share() { return {.kind = Span::Kind::share, .duration = {}, .share = real()}; }
  LrSchedulerOptions schedule() {
    Span warmup;
    if (coin()) {
      warmup.kind = Span::Kind::share;
      warmup.share = real();
    } else {
      warmup.duration = duration();
    }
    if (coin()) return ConstantOptions{.warmup = warmup};
    if (coin()) return LinearOptions{.warmup = warmup, .final_ratio = real()};
    if (coin()) {
      StepOptions step;
      step.warmup = warmup;
      step.factor = real();
      if (coin()) {
        step.interval = share();
      } else {
        step.milestones = {share(), share()};
      }
      return step;
    }
    return CosineOptions{.warmup = warmup, .final_ratio = real()};
  }
  CsvOptions csv(const std::vector<FieldNeed>& needs) {
    CsvOptions options;
    do {
      options.files.push_back(path());
    } while (coin());
    if (coin()) {
      options.label = number(-9, 9);
      if (coin()) options.scale = real();
      if (coin()) options.label = text();
      if (coin()) options.classes = {"010", "a: \"b\""};  // The same everywhere.
      if (coin()) options.bad_records = {OnBadRecord::skip, 0.25};
      return options;
    }
    for (const FieldNeed& need : needs) {
      CsvField field;
      for (std::int64_t i = 0; i < need.elements(); ++i) field.columns.push_back(i);
      const bool is_integer = need.kind == FieldNeed::Kind::integers;
      field.dtype = is_integer ? DType::int64 : DType::float32;
      field.scale = is_integer ? 1 : real();
      options.fields[need.name] = field;
    }
    options.fields[text()] =
        CsvField{.columns = {number(0, 9)}, .dtype = DType::float64, .scale = 2};
    return options;
  }

  std::mt19937 generator_;
};

}  // namespace muster::config
