// What is decided at launch and written into the run's experiment.yaml, and the forms in which an
// experiment is written down again.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "common/config/experiment.h"
#include "common/config/load.h"

namespace muster::config {

/// What an experiment is resolved for.
struct World {
  int workers = 1;
  InstructionSet instructions = native_instruction_set();  // The least of all its machines.
};

/// Sets what was left open, for that world: cluster.workers, numerics.isa (all that the machines
/// have), batch.lanes (the number of workers), eval.batch (batch.global), output.dir ($MUSTER_RUNS,
/// else ./runs; absolute). batch.micro stays open: a whole lane. With fast_dev_run, durations and
/// intervals become those of two steps, one evaluation, one checkpoint. Returns combinations that
/// are impossible with that world (more workers than lanes), each at the place of its key.
std::vector<Diagnostic> resolve(LoadResult& loaded, const World& world);

/// The same for an experiment whose places are not known: complaints are about `file` as a whole.
std::vector<Diagnostic> resolve(Experiment& experiment, const World& world,
                                const std::string& file);

/// The experiment as YAML, every key in the order of the schema, every default written out.
/// load_experiment reads it back to the same value.
std::string to_yaml(const Experiment& experiment);

/// The same as JSON text (compact, keys in the order of the schema).
std::string to_json(const Experiment& experiment);

/// SHA-256 over the parts that decide the bits: everything but name, paths, cluster, comm, output,
/// metrics and checkpoint options; `manifest_hash` stands for the data. Of a resolved experiment.
std::string config_hash(const Experiment& experiment, const std::string& manifest_hash);

/// What config_hash covers, to say in what two experiments differ: "optimizer.lr" -> "0.001", and
/// "data (hash)" -> `manifest_hash`. Two experiments have equal keys when they have equal hashes.
std::map<std::string, std::string> hashed_keys(const Experiment& experiment,
                                               const std::string& manifest_hash);

}  // namespace muster::config
