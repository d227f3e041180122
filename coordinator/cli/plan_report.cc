#include "coordinator/cli/plan_report.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "common/text.h"
#include "coordinator/cli/facts.h"
#include "coordinator/cli/layout.h"

namespace muster::coordinator::cli {
namespace {

constexpr std::size_t kMostWorkersListed = 16;

std::string bytes_text(std::int64_t bytes) { return human_bytes(static_cast<double>(bytes)); }

std::string lanes_text(const LaneRange& lanes) {
  return lanes.size() == 1 ? std::to_string(lanes.begin) : concat(lanes.begin, "-", lanes.end - 1);
}

/// Positions of a full step that belong to the lanes.
std::int64_t samples_of(const LaneRange& lanes, std::int64_t global, std::int64_t all_lanes) {
  return global * lanes.end / all_lanes - global * lanes.begin / all_lanes;
}

std::string workers_table(const Preparation& preparation) {
  const run::Plan& plan = preparation.plan;
  const std::size_t listed = std::min(kMostWorkersListed, plan.lanes_of_worker.size());
  std::vector<std::vector<std::string>> rows = {{"worker", "lanes", "samples a step"}};
  for (std::size_t worker = 0; worker < listed; ++worker) {
    const LaneRange& lanes = plan.lanes_of_worker[worker];
    rows.push_back(
        {std::to_string(worker), lanes_text(lanes),
         with_thousands(samples_of(lanes, preparation.experiment.batch.global, plan.lanes))});
  }
  std::string text = table(rows, 2);
  if (listed < plan.lanes_of_worker.size()) {
    text += concat("  and ", plan.lanes_of_worker.size() - listed, " more (--json lists all)\n");
  }
  return text;
}

std::string memory_table(const std::vector<WorldMemory>& memory) {
  std::vector<std::vector<std::string>> rows = {
      {"workers", "nodes", "lanes each", "gradients each", "per worker", "per node"}};
  for (const WorldMemory& world : memory) {
    rows.push_back({std::to_string(world.workers), std::to_string(world.nodes),
                    std::to_string(world.lanes_per_worker), std::to_string(world.gradient_buffers),
                    bytes_text(world.worker_bytes), bytes_text(world.node_bytes)});
  }
  return table(rows, 2);
}

std::string traffic_sentence(const StepTraffic& traffic) {
  const std::string network = traffic.network_bytes == 0
                                  ? "nothing over a network"
                                  : bytes_text(traffic.network_bytes) + " sent by each node";
  const std::string shared = traffic.shared_bytes == 0
                                 ? ""
                                 : bytes_text(traffic.shared_bytes) + " through shared memory, ";
  return concat("a gradient is ", bytes_text(traffic.gradient_bytes), "; each step moves ", shared,
                network);
}

/// As one would type it, the variables one a line.
std::string launch_lines(const coordinator::Command& launch) {
  std::string text;
  for (const auto& [name, value] : launch.environment) {
    text += concat("  ", coordinator::Command{{}, {{name, value}}}.text(), " \\\n");
  }
  return concat(text, "  ", coordinator::Command{launch.arguments, {}}.text(), "\n");
}

nlohmann::json json_of(const WorldMemory& world) {
  return {{"workers", world.workers},
          {"nodes", world.nodes},
          {"lanes_per_worker", world.lanes_per_worker},
          {"gradient_buffers", world.gradient_buffers},
          {"worker_bytes", world.worker_bytes},
          {"shared_bytes", world.shared_bytes},
          {"copies_bytes", world.copies_bytes},
          {"node_bytes", world.node_bytes}};
}

nlohmann::json workers_json(const Preparation& preparation) {
  nlohmann::json workers = nlohmann::json::array();
  for (const LaneRange& lanes : preparation.plan.lanes_of_worker) {
    workers.push_back({{"worker", workers.size()},
                       {"lanes", {lanes.begin, lanes.end}},
                       {"samples_per_step", samples_of(lanes, preparation.experiment.batch.global,
                                                       preparation.plan.lanes)}});
  }
  return workers;
}

}  // namespace

std::string plan_text(const PlanReport& report) {
  const Preparation& preparation = report.preparation;
  const std::string note = lanes_note(preparation);
  std::string text;
  text += labelled("experiment", concat(preparation.experiment.name, " (", preparation.file, ")"));
  text += labelled("config hash", preparation.plan.config_hash);
  text += labelled("model", model_sentence(preparation));
  text += labelled("data", data_sentence(preparation));
  text += labelled("world", world_sentence(preparation));
  text += labelled("batch", batch_sentence(preparation));
  text += labelled("training", training_sentence(preparation));
  text += concat("\nLanes\n", workers_table(preparation));
  text += "\nMemory (parameters, gradients, optimizer; without activations and libraries)\n";
  text += memory_table(report.memory);
  text += concat("  the parameters, ", bytes_text(report.memory.front().shared_bytes),
                 ", are there once a node\n");
  if (report.memory.front().copies_bytes > 0) {
    text += concat("  ", bytes_text(report.memory.front().copies_bytes),
                   " of a node are copies for snapshots and checkpoints\n");
  }
  text += concat("\nCommunication\n  ", traffic_sentence(report.traffic), "\n");
  text += concat("\nLaunch command\n", launch_lines(report.launch));
  if (!note.empty()) {
    text += concat("\nNote\n", paragraph(note + ".", 2, 100));
  }
  return text;
}

nlohmann::json plan_json(const PlanReport& report) {
  const Preparation& preparation = report.preparation;
  const run::Plan& plan = preparation.plan;
  nlohmann::json memory = nlohmann::json::array();
  for (const WorldMemory& world : report.memory) {
    memory.push_back(json_of(world));
  }
  return {{"schema", 1},
          {"experiment", preparation.experiment.name},
          {"file", preparation.file},
          {"config_hash", plan.config_hash},
          {"model",
           {{"name", name_of(preparation.experiment.model.options)},
            {"parameters", preparation.inspection.parameter_count},
            {"frozen_parameters", preparation.inspection.frozen_count},
            {"batch_norm", preparation.inspection.has_batch_norm}}},
          {"workers", plan.workers},
          {"threads", preparation.experiment.threads},
          {"lanes", plan.lanes},
          {"lanes_defaulted", !preparation.lanes_were_set},
          {"global_batch", preparation.experiment.batch.global},
          {"train_samples", plan.train_samples},
          {"eval_samples", plan.eval_samples},
          {"records_skipped", plan.records_skipped},
          {"steps_per_epoch", plan.steps_per_epoch},
          {"total_steps", plan.total_steps},
          {"partition", workers_json(preparation)},
          {"memory", memory},
          {"step_bytes",
           {{"gradient", report.traffic.gradient_bytes},
            {"shared_memory", report.traffic.shared_bytes},
            {"network_per_node", report.traffic.network_bytes}}},
          {"libtorch", preparation.inspection.libtorch_version},
          {"launch_command", report.launch.arguments},
          {"launch_environment", report.launch.environment}};
}

}  // namespace muster::coordinator::cli
