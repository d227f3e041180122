// Stands in for muster-worker in tests of the coordinator: speaks the control talk, trains nothing,
// and fails as told. Links neither MPI nor libtorch; mpirun tells it its rank by environment.
//
//   fake_worker --run DIR --generation G
//
// FAKE_WORKER_STEPS  steps of 20 ms each (default 10)
// FAKE_WORKER_KEPT   a later generation goes on after the newest step that is a multiple of this
//                    (default 1: nothing is lost)
// FAKE_WORKER_PLAN   what goes wrong, "RANK@STEP:DEED" separated by ';', before that step is begun,
//                    in the first generation; with "RANK@STEP:every DEED" in each:
//   signal N         raises signal N
//   fail CODE        sends Failed with this code and exits with the status that belongs to it
//   exit N           exits with N without a word
//   hang             never does anything again, not even a heartbeat
//   stick            sends heartbeats, but does nothing any more
//   orphan           leaves a process in a session of its own behind, and goes on
//   deaf             ignores Stop
// A step of -1 is before the worker connects.

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <deque>
#include <filesystem>
#include <iostream>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "common/atomic_file.h"
#include "common/deadline.h"
#include "common/error.h"
#include "common/log.h"
#include "common/run/fence.h"
#include "common/run/run_directory.h"
#include "common/text.h"
#include "common/wire/codec.h"
#include "common/wire/handshake.h"

namespace muster {
namespace {

constexpr auto kStep = std::chrono::milliseconds(20);

int number_from(const char* variable, int otherwise) {
  const char* text = std::getenv(variable);
  return text == nullptr ? otherwise : std::atoi(text);
}

/// Talks to the coordinator, and to the next one when that is gone: what has not been confirmed is
/// said again.
class Talk {
 public:
  Talk(const run::RunDirectory& run, const wire::Claim& claim, wire::Hello hello)
      : run_(run), claim_(claim), hello_(std::move(hello)) {
    if (!try_to_connect()) throw Error(ErrorCode::unavailable, "cannot connect to the coordinator");
  }
  ~Talk() { ::close(socket_); }
  Talk(const Talk&) = delete;
  Talk& operator=(const Talk&) = delete;

  void say(const wire::Message& message) {
    if (!std::holds_alternative<wire::Heartbeat>(message)) unconfirmed_.push_back(message);
    if (!send(message)) connect_again();
  }

  /// True when a Stop has arrived. Does not wait.
  bool hears_stop() {
    listen(0);
    return is_stopped_;
  }

  void wait_until_all_is_confirmed() {
    const Deadline deadline = Deadline::after(kPatience);
    while (!unconfirmed_.empty() && !deadline.has_passed()) listen(10);
  }

 private:
  static constexpr auto kPatience = std::chrono::seconds(10);

  bool try_to_connect() {
    const run::CoordinatorAddress address = run::read_address(run_);
    sockaddr_in peer{};
    peer.sin_family = AF_INET;
    peer.sin_port = htons(static_cast<std::uint16_t>(address.port));
    ::inet_pton(AF_INET, address.host.c_str(), &peer.sin_addr);
    ::close(socket_);
    socket_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (::connect(socket_, reinterpret_cast<const sockaddr*>(&peer), sizeof peer) != 0) {
      return false;
    }
    reader_ = {};
    confirmed_ = 0;
    if (!authenticate(run::read_secret(run_)) || !send(hello_)) return false;
    return std::all_of(unconfirmed_.begin(), unconfirmed_.end(),
                       [this](const wire::Message& message) { return send(message); });
  }

  void connect_again() {
    const Deadline deadline = Deadline::after(kPatience);
    while (!try_to_connect()) {
      if (deadline.has_passed()) throw Error(ErrorCode::aborted, "the coordinator is gone");
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
  }

  void listen(int patience_ms) {
    pollfd ready{.fd = socket_, .events = POLLIN, .revents = 0};
    if (::poll(&ready, 1, patience_ms) <= 0) return;
    char buffer[512];
    const ssize_t count = ::recv(socket_, buffer, sizeof buffer, 0);
    if (count <= 0) return connect_again();
    reader_.append({buffer, static_cast<std::size_t>(count)});
    while (const auto content = reader_.next()) {
      const wire::Message message = wire::decode(*content);
      if (std::holds_alternative<wire::Stop>(message)) is_stopped_ = true;
      const auto* taken = std::get_if<wire::Taken>(&message);
      for (; taken != nullptr && confirmed_ < taken->messages; ++confirmed_) {
        unconfirmed_.pop_front();
      }
    }
  }

  bool authenticate(const std::string& secret) {
    const wire::ClientHello hello = wire::make_client_hello(claim_, wire::make_nonce());
    wire::ServerProof proof;
    if (!send_bytes(hello.data(), hello.size()) ||
        ::recv(socket_, proof.data(), proof.size(), MSG_WAITALL) !=
            static_cast<ssize_t>(proof.size())) {
      return false;
    }
    if (!wire::server_proof_is_right(secret, hello, proof)) {
      throw Error(ErrorCode::invalid, "this is not our coordinator");
    }
    const wire::ClientProof answer = wire::make_client_proof(secret, hello, proof);
    return send_bytes(answer.data(), answer.size());
  }

  bool send(const wire::Message& message) {
    const std::string bytes = wire::frame(wire::encode(message));
    return send_bytes(bytes.data(), bytes.size());
  }

  bool send_bytes(const void* data, std::size_t bytes) {
    return ::send(socket_, data, bytes, MSG_NOSIGNAL) == static_cast<ssize_t>(bytes);
  }

  const run::RunDirectory run_;
  const wire::Claim claim_;
  const wire::Hello hello_;
  int socket_ = -1;
  wire::FrameReader reader_;
  std::deque<wire::Message> unconfirmed_;
  std::int64_t confirmed_ = 0;  // On this connection.
  bool is_stopped_ = false;
};

struct Deed {
  std::string what;
  std::string argument;
};

/// What FAKE_WORKER_PLAN wants of `rank` before `step`.
std::vector<Deed> deeds_of(std::int64_t generation, int rank, int step) {
  const char* plan = std::getenv("FAKE_WORKER_PLAN");
  std::vector<Deed> deeds;
  for (const auto& entry : split(plan == nullptr ? "" : plan, ';')) {
    const std::string place = concat(rank, "@", step, ":");
    if (!entry.starts_with(place)) continue;
    auto words = split(entry.substr(place.size()), ' ');
    const bool is_every = words[0] == "every";
    if (!is_every && generation > 1) continue;
    if (is_every) words.erase(words.begin());
    deeds.push_back({words[0], words.size() > 1 ? words[1] : ""});
  }
  return deeds;
}

class FakeWorker {
 public:
  FakeWorker(const run::RunDirectory& run, std::int64_t generation)
      : run_(run),
        generation_(generation),
        rank_(number_from("OMPI_COMM_WORLD_RANK", 0)),
        world_(number_from("OMPI_COMM_WORLD_SIZE", 1)) {
    log::to_file(run.worker_log(rank_, generation).string());
    log::set_name(concat("worker ", rank_));
  }

  int work() {
    do_deeds(-1, nullptr);
    Talk talk(run_,
              {.generation = static_cast<std::uint32_t>(generation_),
               .rank = static_cast<std::uint32_t>(rank_)},
              {.rank = rank_,
               .world = world_,
               .generation = generation_,
               .host = "here",
               .pid = ::getpid(),
               .version = "fake"});
    const int steps = number_from("FAKE_WORKER_STEPS", 10);
    int step = load();
    report(talk, wire::Phase::loading, step);
    if (rank_ == 0) {
      talk.say(wire::Restored{.step = step, .source = generation_ == 1 ? "start" : "snapshot"});
    }
    bool stopped = false;
    for (; step < steps && !stopped; ++step) {
      do_deeds(step, &talk);
      std::this_thread::sleep_for(kStep);
      log::info(concat("step ", step + 1));
      if (rank_ == 0) keep(step + 1);
      report(talk, wire::Phase::training, step + 1);
      stopped = talk.hears_stop() && !is_deaf_;
    }
    report(talk, wire::Phase::finished, step);
    if (rank_ == 0) {
      talk.say(wire::CheckpointWritten{.step = step, .path = "none", .model_sha256 = "abc"});
      talk.say(wire::Finished{.stopped = stopped,
                              .steps = step,
                              .epochs = step / 10.0,
                              .samples_seen = step * 4,
                              .eval = {{"accuracy", 0.5}},
                              .model_sha256 = "abc",
                              .training_samples = 64 * step,
                              .training_seconds = 0.02 * step,
                              .snapshot_seconds = 0,
                              .checkpoint_seconds = 0});
    }
    talk.wait_until_all_is_confirmed();
    return 0;
  }

 private:
  /// Stands in for snapshots: a file in the run directory with the steps completed.
  std::filesystem::path kept() const { return run_.path() / "fake_state"; }

  int load() const {
    if (generation_ == 1 || !std::filesystem::exists(kept())) return 0;
    const int step = std::atoi(read_file(kept()).c_str());
    return step - step % number_from("FAKE_WORKER_KEPT", 1);
  }

  void keep(int step) const { write_file_atomic(kept(), concat(step)); }

  void report(Talk& talk, wire::Phase phase, int step) {
    talk.say(wire::Heartbeat{.phase = phase, .step = step, .operations = step});
    if (rank_ == 0 && phase == wire::Phase::training) {
      talk.say(wire::MetricsLine{
          .step = step, .epoch = step / 10.0, .values = {{"train/loss", 1.0 / step}}});
    }
  }

  void do_deeds(int step, Talk* talk) {
    for (const auto& deed : deeds_of(generation_, rank_, step)) {
      log::info(concat("before step ", step, ": ", deed.what, " ", deed.argument));
      if (deed.what == "signal") die_of(std::atoi(deed.argument.c_str()));
      if (deed.what == "exit") ::_exit(std::atoi(deed.argument.c_str()));
      if (deed.what == "hang") std::this_thread::sleep_for(std::chrono::hours(1));
      while (deed.what == "stick") {
        std::this_thread::sleep_for(std::chrono::milliseconds(100));
        report(*talk, wire::Phase::evaluating, step);
      }
      if (deed.what == "deaf") is_deaf_ = true;
      if (deed.what == "orphan") leave_orphan();
      if (deed.what == "fail") {
        talk->say(
            wire::Failed{.code = deed.argument, .message = "as planned", .hint = "", .step = step});
        talk->wait_until_all_is_confirmed();
        ::_exit(exit_status(error_code_from(deed.argument)));
      }
    }
  }

  /// Sanitizers catch some signals.
  static void die_of(int signal) {
    ::signal(signal, SIG_DFL);
    ::raise(signal);
  }

  void leave_orphan() {
    if (::fork() != 0) return;
    ::setsid();
    ::prctl(PR_SET_PDEATHSIG, 0);
    // mpirun waits for the end of a worker's output, and so for whoever else holds it.
    for (int number = 0; number < 1024; ++number) ::close(number);
    std::this_thread::sleep_for(std::chrono::hours(1));
  }

  const run::RunDirectory run_;
  const std::int64_t generation_;
  const int rank_;
  const int world_;
  bool is_deaf_ = false;
};

}  // namespace
}  // namespace muster

int main(int argc, char** argv) {
  const pid_t parent = ::getppid();
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent || argc != 5) return muster::exit_code::kUsage;
  try {
    const muster::run::RunDirectory run{std::string(argv[2])};
    return muster::FakeWorker(run, std::atoll(argv[4])).work();
  } catch (const muster::Error& error) {
    std::cerr << "fake_worker: " << error.what() << '\n';
    return muster::exit_status(error.code());
  }
}
