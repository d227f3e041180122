#include "comm/mpi/mpi_transport.h"

#include <mpi.h>

#include <chrono>
#include <list>
#include <thread>

#include "comm/mpi/mpi_calls.h"
#include "common/text.h"

namespace muster::comm {
namespace {

constexpr int kDataTag = 1;
constexpr int kNoticeTag = 2;
constexpr auto kDrain = std::chrono::milliseconds(200);  // After a failure, for what is under way.

MPI_Comm duplicate_world(Deadline deadline) {
  MPI_Comm copy = MPI_COMM_NULL;
  MPI_Request request = MPI_REQUEST_NULL;
  check_mpi(MPI_Comm_idup(MPI_COMM_WORLD, &copy, &request), "MPI_Comm_idup");
  for (int done = 0; done == 0;) {
    check_mpi(MPI_Test(&request, &done, MPI_STATUS_IGNORE), "MPI_Test");
    if (done == 0 && deadline.has_passed()) {
      throw Error(ErrorCode::timeout, "not all ranks came to make a communicator");
    }
    std::this_thread::yield();
  }
  check_mpi(MPI_Comm_set_errhandler(copy, MPI_ERRORS_RETURN), "MPI_Comm_set_errhandler");
  return copy;
}

class MpiTransport final : public Transport {
 public:
  explicit MpiTransport(MPI_Comm comm) : comm_(comm) { listen(); }

  ~MpiTransport() override {
    if (gave_up_) {
      keep_until_exit(std::move(outgoing_));
      return;
    }
    MPI_Cancel(&listening_);  // Nothing is on its way to it: all ranks have ended well.
    MPI_Wait(&listening_, MPI_STATUS_IGNORE);
    keep_until_exit(std::move(outgoing_));
    MPI_Comm_free(&comm_);
  }

  void send(int to, std::span<const std::byte> data) override {
    Message message{to, false, static_cast<int>(data.size())};
    MPI_Request request = MPI_REQUEST_NULL;
    check_mpi(MPI_Isend(data.data(), message.bytes, MPI_BYTE, to, kDataTag, comm_, &request),
              "MPI_Isend");
    messages_.push_back(message);
    requests_.push_back(request);
  }

  void receive(int from, std::span<std::byte> data) override {
    Message message{from, true, static_cast<int>(data.size())};
    MPI_Request request = MPI_REQUEST_NULL;
    check_mpi(MPI_Irecv(data.data(), message.bytes, MPI_BYTE, from, kDataTag, comm_, &request),
              "MPI_Irecv");
    messages_.push_back(message);
    requests_.push_back(request);
  }

  bool all_done() override {
    if (requests_.empty()) return true;
    int done = 0;
    statuses_.resize(requests_.size());
    check_mpi(
        MPI_Testall(static_cast<int>(requests_.size()), requests_.data(), &done, statuses_.data()),
        "MPI_Testall");
    if (done == 0) return false;
    for (std::size_t i = 0; i < messages_.size(); ++i) check_size(messages_[i], statuses_[i]);
    messages_.clear();
    requests_.clear();
    return true;
  }

  std::vector<int> open_peers() const override {
    std::vector<int> peers;
    for (std::size_t i = 0; i < requests_.size(); ++i) {
      int done = 0;
      MPI_Request_get_status(requests_[i], &done, MPI_STATUS_IGNORE);
      if (done == 0) peers.push_back(messages_[i].peer);
    }
    return peers;
  }

  void send_notice(int to, const Notice& notice) override {
    notices_sent();  // Lets go of those that have left, so that the list stays short.
    OutgoingNotice& outgoing = outgoing_.emplace_back(OutgoingNotice{notice, MPI_REQUEST_NULL});
    check_mpi(MPI_Isend(&outgoing.notice, sizeof(Notice), MPI_BYTE, to, kNoticeTag, comm_,
                        &outgoing.request),
              "MPI_Isend");
  }

  std::optional<ReceivedNotice> next_notice() override {
    int done = 0;
    MPI_Status status;
    check_mpi(MPI_Test(&listening_, &done, &status), "MPI_Test");
    if (done == 0) return std::nullopt;
    ReceivedNotice received{status.MPI_SOURCE, incoming_};
    listen();
    return received;
  }

  bool notices_sent() override {
    std::erase_if(outgoing_, [](OutgoingNotice& notice) {
      int done = 0;
      check_mpi(MPI_Test(&notice.request, &done, MPI_STATUS_IGNORE), "MPI_Test");
      return done != 0;
    });
    return outgoing_.empty();
  }

  // Sends cannot be taken back, nor can a receive that is under way: what does not end now must
  // keep its memory until the process ends, which is soon.
  void give_up() override {
    gave_up_ = true;
    if (listening_ != MPI_REQUEST_NULL) MPI_Cancel(&listening_);
    for (std::size_t i = 0; i < messages_.size(); ++i) {
      if (messages_[i].is_receive && requests_[i] != MPI_REQUEST_NULL) MPI_Cancel(&requests_[i]);
    }
    for (const auto deadline = Deadline::after(kDrain); !is_drained() && !deadline.has_passed();) {
      std::this_thread::yield();
    }
  }

 private:
  struct Message {
    int peer;
    bool is_receive;
    int bytes;
  };
  struct OutgoingNotice {
    Notice notice;
    MPI_Request request;
  };

  /// MPI reads them when their peers take them, perhaps never.
  static void keep_until_exit(std::list<OutgoingNotice> notices) {
    static auto& kept = *new std::list<OutgoingNotice>;
    kept.splice(kept.end(), notices);
  }

  void listen() {
    check_mpi(MPI_Irecv(&incoming_, sizeof(Notice), MPI_BYTE, MPI_ANY_SOURCE, kNoticeTag, comm_,
                        &listening_),
              "MPI_Irecv");
  }

  /// True when nothing of this rank is under way any more. Errors count as ends.
  bool is_drained() {
    int done = 0;
    const int failure = MPI_Testall(static_cast<int>(requests_.size()), requests_.data(), &done,
                                    MPI_STATUSES_IGNORE);
    return failure != MPI_SUCCESS || done != 0;
  }

  static void check_size(const Message& message, const MPI_Status& status) {
    if (!message.is_receive) return;
    int bytes = 0;
    MPI_Get_count(&status, MPI_BYTE, &bytes);
    MUSTER_ASSERT(bytes == message.bytes, "a message of another size");
  }

  MPI_Comm comm_;
  std::vector<Message> messages_;
  std::vector<MPI_Request> requests_;  // Of messages_.
  std::vector<MPI_Status> statuses_;
  Notice incoming_;
  MPI_Request listening_ = MPI_REQUEST_NULL;
  std::list<OutgoingNotice> outgoing_;
  bool gave_up_ = false;
};

}  // namespace

std::unique_ptr<Transport> make_mpi_transport(Deadline deadline) {
  return std::make_unique<MpiTransport>(duplicate_world(deadline));
}

}  // namespace muster::comm
