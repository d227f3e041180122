// What holds when a run is over.
#include <algorithm>
#include <array>
#include <csignal>

#include "common/text.h"
#include "coordinator/core/turn.h"
#include "tests/coordinator/invariants.h"

namespace muster::coordinator {
namespace {

bool says(const Outcome& outcome, const std::string& part) {
  return outcome.summary.failure_reason.find(part) != std::string::npos;
}

bool failed_by(const Outcome& outcome, std::initializer_list<Fault> faults) {
  return outcome.summary.status == run::Status::failed &&
         std::find(faults.begin(), faults.end(), outcome.fault) != faults.end();
}

/// Whatever was tried after it.
bool ends_the_run(Fault fault) {
  return fault == Fault::said_corrupt || fault == Fault::wrong_world ||
         fault == Fault::survives_kill;
}

/// The newest checkpoint, or the beginning, is where it ended.
bool is_kept(const Outcome& outcome) {
  const auto& checkpoints = outcome.summary.checkpoints;
  return (checkpoints.empty() ? 0 : checkpoints.back()) >= outcome.summary.steps;
}

bool names_a_culprit(const Outcome& outcome) {
  for (int rank = outcome.culprit; rank <= outcome.last_culprit; ++rank) {
    if (says(outcome, concat("worker ", rank, " on n1 (pid ", pid_of(rank), ")"))) return true;
  }
  return false;
}

struct EndInvariant {
  const char* sentence;
  bool (*holds)(const Outcome& outcome);
};

const std::array kEndInvariants = {
    EndInvariant{"every run ends", [](const Outcome& o) { return o.has_ended; }},
    EndInvariant{
        "nothing runs after the end",
        [](const Outcome& o) { return !o.launcher_runs || o.fault == Fault::survives_kill; }},
    EndInvariant{"one fault that passes ends no run",
                 [](const Outcome& o) {
                   const bool passes = o.faults == 1 && !o.repeats && o.was_complete &&
                                       o.interrupts == 0 && !ends_the_run(o.fault);
                   return !passes || o.summary.status == run::Status::completed;
                 }},
    EndInvariant{"who fails although another attempt may do better says why there is none",
                 [](const Outcome& o) {
                   return o.summary.status != run::Status::failed || ends_the_run(o.fault) ||
                          !o.was_complete || o.interrupts > 0 || says(o, "; not tried again: ");
                 }},
    EndInvariant{"no more steps are counted as done again than were done",
                 [](const Outcome& o) {
                   return o.summary.steps_redone <=
                          std::max<std::int64_t>(0, o.steps_executed - o.summary.steps);
                 }},
    EndInvariant{"there are as many generations as restarts and one, and times for some of them",
                 [](const Outcome& o) {
                   return o.summary.generations <= o.summary.restarts + 1 &&
                          static_cast<int>(o.summary.recovery_seconds.size()) <=
                              o.summary.restarts + 1;
                 }},
    EndInvariant{"the workers' time is that of their lives",
                 [](const Outcome& o) {
                   const run::WorkerSeconds& time = o.summary.worker_seconds;
                   const double all = o.summary.wall_seconds * o.workers * 1.0001 + 1e-9;
                   return time.used >= 0 && time.idle >= 0 && time.lost >= 0 &&
                          time.used + time.idle + time.lost <= all;
                 }},
    EndInvariant{"the last published state is that of the summary",
                 [](const Outcome& o) {
                   return run::to_string(o.published) == run::to_string(o.summary.status);
                 }},
    EndInvariant{"nobody does more steps than were asked for, unless Stop is ignored",
                 [](const Outcome& o) {
                   return o.summary.steps <= o.total_steps || o.fault == Fault::ignores_stop;
                 }},
    EndInvariant{"a completed run did all steps, has no failure and exits with 0",
                 [](const Outcome& o) {
                   return o.summary.status != run::Status::completed ||
                          (o.summary.steps == o.total_steps && o.exit_status == 0 &&
                           o.summary.failure_reason.empty());
                 }},
    EndInvariant{"only who was asked to stops, and exits with 128 and the signal",
                 [](const Outcome& o) {
                   return o.summary.status != run::Status::stopped ||
                          (!StopCause{o.first_signal}.is_preemption() &&
                           o.exit_status == 128 + o.first_signal);
                 }},
    EndInvariant{"nobody is preempted without a signal for it; who has lost nothing is requeued, "
                 "and nobody else",
                 [](const Outcome& o) {
                   return o.summary.status != run::Status::preempted ||
                          (StopCause{o.first_signal}.is_preemption() &&
                           o.exit_status == (is_kept(o) ? 75 : 128 + o.first_signal));
                 }},
    EndInvariant{"who is preempted loses steps only when the time is over, when somebody kills, or "
                 "when nothing can be launched any more",
                 [](const Outcome& o) {
                   return o.summary.status != run::Status::preempted || is_kept(o) ||
                          says(o, "did not stop in time") || says(o, "while stopping") ||
                          says(o, "; not tried again: ");
                 }},
    EndInvariant{"the snapshots stay exactly when a preempted run has nothing else",
                 [](const Outcome& o) {
                   return o.keeps_snapshots ==
                          (o.summary.status == run::Status::preempted && !is_kept(o));
                 }},
    EndInvariant{"the summary tells the exit status",
                 [](const Outcome& o) { return o.summary.exit_status == o.exit_status; }},
    EndInvariant{
        "there is no failure without a fault; it has a reason of one line and an exit status",
        [](const Outcome& o) {
          return o.summary.status != run::Status::failed ||
                 (o.fault != Fault::none && o.fault != Fault::hangs_at_end &&
                  o.fault != Fault::network_shakes && o.exit_status != 0 && o.exit_status != 130 &&
                  !o.summary.failure_reason.empty() && !says(o, "\n"));
        }},
    EndInvariant{"a worker that died first is named, whatever came after it",
                 [](const Outcome& o) {
                   return !failed_by(o, {Fault::killed, Fault::node_lost, Fault::said_corrupt,
                                         Fault::said_storage, Fault::killed_unnoticed,
                                         Fault::survives_kill, Fault::stopped, Fault::stuck}) ||
                          names_a_culprit(o);
                 }},
    EndInvariant{"a signal that killed it is named where anybody knows it",
                 [](const Outcome& o) {
                   return !failed_by(o, {Fault::killed, Fault::node_lost}) || says(o, "SIGKILL");
                 }},
    EndInvariant{
        "a worker that nobody saw die was lost",
        [](const Outcome& o) {
          return !failed_by(o, {Fault::killed_unnoticed, Fault::survives_kill}) || says(o, "lost");
        }},
    EndInvariant{"a worker's own words are kept, and their code decides the exit status",
                 [](const Outcome& o) {
                   return !failed_by(o, {Fault::said_corrupt}) ||
                          (says(o, "corrupt: bad data") && o.exit_status == 65);
                 }},
    EndInvariant{"a launcher that was killed, or never started, is named",
                 [](const Outcome& o) {
                   if (failed_by(o, {Fault::launcher_killed})) {
                     return says(o, "mpirun was killed by signal 9");
                   }
                   return !failed_by(o, {Fault::launch_fails}) ||
                          (says(o, "mpirun was not found") && o.exit_status == 69);
                 }},
    EndInvariant{"who never connected is named, and so is a world of the wrong size",
                 [](const Outcome& o) {
                   if (failed_by(o, {Fault::never_connects})) {
                     return says(o, concat("within 60 s; missing: ", o.culprit));
                   }
                   return !failed_by(o, {Fault::wrong_world}) || says(o, "found a world of");
                 }},
};

}  // namespace

std::vector<std::string> broken_at_the_end(const Outcome& outcome) {
  std::vector<std::string> broken;
  for (const EndInvariant& invariant : kEndInvariants) {
    if (!invariant.holds(outcome)) {
      broken.push_back(concat(invariant.sentence, " (", outcome.summary.failure_reason, ", ",
                              outcome.summary.steps_redone, " of ", outcome.steps_executed,
                              " steps redone)"));
    }
  }
  return broken;
}

}  // namespace muster::coordinator
