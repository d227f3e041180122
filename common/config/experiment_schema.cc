// The keys of an experiment, section by section, in the order in which they are written.
//
// A section's describe() holds its keys and the combinations within it; combinations of several
// sections are those of the experiment, in experiment_checks.cc. Keys that cannot change a bit of
// the result say so: the config hash leaves them out.
#include "common/config/experiment.h"
#include "common/config/experiment_checks.h"
#include "common/config/fields.h"
#include "common/text.h"

namespace muster::config {

void describe(Fields<Data>& fields) {
  fields
      .tagged("train", &Data::train, "format",
              "The samples to train on. Every sample is used exactly once per epoch.")
      .required("{format: csv, files: [train.csv], label: -1}");
  fields
      .tagged("eval", &Data::eval, "format",
              "The samples to evaluate on, each exactly once per evaluation. null: no evaluation.")
      .fallback("no evaluation")
      .also_called({"val", "valid", "validation", "test"});
}

void describe(Fields<Numerics>& fields) {
  fields
      .open_choice(
          "isa", &Numerics::isa,
          {{"baseline", InstructionSet::baseline},
           {"avx2", InstructionSet::avx2},
           {"avx512", InstructionSet::avx512}},
          "Vector instructions to compute with. Others give other bits: set it to what every "
          "machine has that the same bits are wanted on.")
      .fallback("the most that all machines of the run have")
      .also_called({"instruction_set", "cpu_capability"});
}

void describe(Fields<Batch>& fields) {
  fields
      .key("global", &Batch::global,
           "Samples per step of all workers together. The last step of an epoch may have fewer.")
      .required("128")
      .at_least(1)
      .at_most(1 << 30)
      .also_called({"size", "batch_size", "global_batch_size", "train_batch_size"});
  fields
      .key(
          "lanes", &Batch::lanes,
          "Equal parts of every batch, whose gradients are added in a fixed order. There can be as "
          "many workers as lanes; with the same lanes, any number of workers gives the same bits.")
      .fallback("the number of workers of the first launch")
      .at_least(1);
  fields
      .key("micro", &Batch::micro,
           "Samples per forward and backward pass, where a whole lane needs too much memory.")
      .fallback("a whole lane")
      .at_least(1)
      .also_called({"micro_batch_size", "per_device_batch_size", "local_batch_size"});
  fields.check(check_batch);
}

void describe(Fields<Gradient>& fields) {
  fields
      .key("clip_norm", &Gradient::clip_norm,
           "The gradient is scaled down to this norm (of all parameters together) when it is "
           "longer.")
      .fallback("no clipping")
      .above(0)
      .also_called({"max_norm", "max_grad_norm", "grad_clip", "gradient_clipping", "clip"});
  fields
      .choice("on_not_finite", &Gradient::on_not_finite,
              {{"stop", OnNotFinite::stop}, {"skip", OnNotFinite::skip}},
              "What happens at a step whose loss or gradient is NaN or infinite. stop: the run "
              "fails, and says in which samples. skip: the step changes nothing and training goes "
              "on.")
      .also_called({"on_nan", "nan", "skip_nan"});
  fields
      .key("skip_at_most", &Gradient::skip_at_most,
           "With on_not_finite: skip, the run fails after more such steps than this in a row.")
      .at_least(1)
      .at_most(1 << 30);
}

void describe(Fields<Eval>& fields) {
  fields
      .key("interval", &Eval::interval,
           "How often to evaluate. There is always an evaluation at the end.")
      .also_called({"eval_interval", "every"});
  fields.key("batch", &Eval::batch, "Samples per step of an evaluation, of all workers together.")
      .fallback("batch.global")
      .at_least(1)
      .at_most(1 << 30)
      .also_called({"eval_batch_size"});
}

void describe(Fields<Checkpoint>& fields) {
  fields
      .key("interval", &Checkpoint::interval,
           "How often to write a checkpoint. There is always one at the end.")
      .fallback("only at the end")
      .also_called({"save_interval", "every"});
  fields.key("initial", &Checkpoint::initial,
             "Also write the initial weights, as checkpoints/step-000000.");
  fields
      .key("keep", &Checkpoint::keep,
           "How many of the last checkpoints stay; older ones are removed. null: all stay.")
      .at_least(1)
      .also_called({"save_total_limit", "max_to_keep", "save_top_k", "retention"});
  fields
      .key("best", &Checkpoint::best,
           "A metric of the evaluations, such as accuracy or loss: the checkpoint that is best by "
           "it stays too.")
      .fallback("only the last ones")
      .also_called({"monitor", "metric_for_best_model"});
}

void describe(Fields<Snapshot>& fields) {
  fields.key(
      "enabled", &Snapshot::enabled,
      "Keep copies of the training's state in the memory of its machines. A run whose worker "
      "dies goes on from the last one; without them, from the last checkpoint.");
  fields
      .key("interval", &Snapshot::interval,
           "How often to copy it: so many steps are done again after a death, at most.")
      .fallback("as often as costs at most 1 % of the time")
      .also_called({"every"});
  fields.key(
      "dir", &Snapshot::dir,
      "A folder in memory, where each run gets a folder of its own. Needs room for twice the "
      "parameters and the optimizer's state.");
}

void describe(Fields<ReplicaCheck>& fields) {
  fields
      .key("interval", &ReplicaCheck::interval,
           "How often to compare the parameters of all nodes by a hash. Where they differ, memory "
           "or "
           "a processor has failed: the run stops and names the node. One node has one copy, and "
           "nothing to compare.")
      .fallback("never")
      .also_called({"every"});
}

void describe(Fields<Metrics>& fields) {
  fields.key("interval", &Metrics::interval, "How often to write a line of training metrics.")
      .also_called({"log_interval", "log_freq", "every"});
  fields.key(
      "samples", &Metrics::samples,
      "Also write which samples every step trained on: samples/ in the run directory, one file "
      "per worker and launch.");
}

void describe(Fields<Comm>& fields) {
  fields.choice("backend", &Comm::backend,
                {{"auto", CommBackend::automatic}, {"mpi", CommBackend::mpi}},
                "What carries gradients between workers. auto: the best for the device.");
  fields
      .key("ranks_per_node", &Comm::ranks_per_node,
           "Workers that share memory. 1 makes every worker a node of its own, which talks to the "
           "others through MPI only; for tests and measurements.")
      .fallback("all workers on a host")
      .at_least(1);
  fields.key("timeout", &Comm::timeout,
             "How long one exchange between workers may take before the run counts as stuck.");
}

void describe(Fields<Cluster>& fields) {
  fields.choice("launcher", &Cluster::launcher,
                {{"auto", Launcher::automatic}, {"mpirun", Launcher::mpirun}},
                "What starts the workers. auto: mpirun on this machine.");
  fields.key("workers", &Cluster::workers, "Number of worker processes.")
      .at_least(1)
      .also_called({"num_workers", "nproc", "nproc_per_node", "world_size", "np"});
  fields
      .key("max_restarts", &Cluster::max_restarts,
           "How often a world that failed is launched again. A restart no longer counts once the "
           "training is ten steps beyond the furthest one before it. 0: never.")
      .at_least(0)
      .also_called({"restarts", "max_retries", "retries"});
  fields
      .key("stall_timeout", &Cluster::stall_timeout,
           "A worker that does nothing for so long is taken for dead, and the world is launched "
           "again. If set, it also bounds how long starting, loading and saving may take without "
           "a sign of work.")
      .fallback("30s, or 10 median steps where that is longer")
      .also_called({"hang_timeout", "watchdog"});
  fields
      .key("grace", &Cluster::grace,
           "How long SIGTERM and SIGUSR1 leave for the end of the step and a checkpoint. Less "
           "than what the batch system allows between its signal and the kill.")
      .also_called({"grace_period", "kill_wait"});
  fields.key("mpirun_args", &Cluster::mpirun_args,
             "Arguments passed to mpirun as they are, before the program.");
  fields.key("env", &Cluster::env, "Environment variables of the workers: {NAME: value}.");
  fields.check(check_cluster);
}

void describe(Fields<Output>& fields) {
  fields
      .key("dir", &Output::dir,
           "The folder in which each run gets a folder of its own. Relative paths start at the "
           "folder of the experiment file.")
      .fallback("$MUSTER_RUNS, else runs/ in the working directory")
      .also_called({"output_dir", "save_folder", "runs"});
}

namespace {

void describe_training(Fields<Experiment>& fields) {
  fields
      .tagged(
          "model", [](auto& experiment) -> auto& { return experiment.model.options; }, "name",
          "What is trained.")
      .required("{name: mlp, input: [64], hidden: [128], classes: 10}");
  fields
      .tagged("objective", &Experiment::objective, "name",
              "What the model is to make small: the loss.")
      .first_is_default()
      .also_called({"loss", "criterion"});
  fields.key("data", &Experiment::data, "What the model is trained and evaluated on.")
      .required("{train: {format: csv, files: [train.csv], label: -1}}")
      .also_called({"dataset", "datasets"});
  fields.key("batch", &Experiment::batch, "How many samples a step has, and how they are divided.")
      .required("{global: 128}");
  fields
      .tagged("optimizer", &Experiment::optimizer, "name",
              "How the parameters follow from the gradient.")
      .required("{name: adamw, lr: 1e-3}")
      .also_called({"optim"});
  fields
      .tagged("lr_scheduler", &Experiment::lr_scheduler, "name",
              "How the learning rate changes in the course of the training.")
      .first_is_default()
      .also_called({"scheduler", "schedule"});
  fields.key("gradient", &Experiment::gradient, "What is done to the gradient before it is used.");
  fields.key("duration", &Experiment::duration, "How long to train.")
      .required("10ep")
      .also_called({"epochs", "max_epochs", "max_steps", "steps", "max_duration", "num_epochs"});
  fields
      .key("fast_dev_run", &Experiment::fast_dev_run,
           "Try everything once, quickly: two steps, one evaluation and one checkpoint, whatever "
           "the duration and the intervals are.")
      .also_called({"dry_run", "smoke_test"});
}

void describe_run(Fields<Experiment>& fields) {
  fields.key("eval", &Experiment::eval, "When and how to evaluate.")
      .only_when([](const Experiment& experiment) { return experiment.data.eval.has_value(); },
                 "needs data.eval: there is nothing to evaluate on");
  fields.key("checkpoint", &Experiment::checkpoint, "When to save the state of the training.")
      .does_not_decide_bits()
      .also_called({"checkpoints", "save"});
  fields
      .key("snapshot", &Experiment::snapshot,
           "When to copy the state of the training to memory, for a fast restart.")
      .does_not_decide_bits()
      .also_called({"snapshots"});
  fields
      .key("check", &Experiment::check, "When to check that all nodes still have the same weights.")
      .does_not_decide_bits();
  fields.key("metrics", &Experiment::metrics, "What is written about the training's progress.")
      .does_not_decide_bits()
      .also_called({"logging", "log"});
  fields.key("comm", &Experiment::comm, "How workers exchange gradients.")
      .does_not_decide_bits()
      .also_called({"communication"});
  fields.key("cluster", &Experiment::cluster, "How many workers, and what starts them.")
      .does_not_decide_bits();
  fields.key("output", &Experiment::output, "Where the results go.").does_not_decide_bits();
}

}  // namespace

void describe(Fields<Experiment>& fields) {
  fields.summary("What to train, on what, how.");
  fields.key("schema", &Experiment::schema, "Version of this file's format.")
      .at_least(1)
      .at_most(1);
  fields.key("name", &Experiment::name, "Name of the runs: digits becomes digits-0001 and so on.")
      .word({.first = "A-Za-z0-9",
             .rest = "A-Za-z0-9._-",
             .longest = 64,
             .in_words = "1 to 64 letters, digits, '.', '_' or '-', the first a letter or digit"})
      .fallback("the file's name without its ending")
      .does_not_decide_bits();
  fields
      .key("seed", &Experiment::seed,
           "Where all random numbers come from: initial weights, order of the samples.")
      .at_least(0)
      .at_most(9007199254740992.0);
  fields.choice("device", &Experiment::device, {{"cpu", Device::cpu}}, "What computes.");
  fields
      .key("threads", &Experiment::threads,
           "Threads that a worker computes with. The bits of the result depend on it.")
      .at_least(1)
      .at_most(1024);
  fields.key("numerics", &Experiment::numerics, "What else decides the bits of the arithmetic.");
  fields
      .choice(
          "precision", &Experiment::precision,
          {{"fp32", Precision::fp32}, {"fp64", Precision::fp64}},
          "Type of parameters and arithmetic. fp64 is for comparing with other implementations.")
      .also_called({"dtype"});
  describe_training(fields);
  describe_run(fields);
  fields.check(check_experiment);
}

const Section& experiment_schema() { return *section_of<Experiment>(); }

}  // namespace muster::config
