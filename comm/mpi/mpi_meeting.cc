#include "comm/mpi/mpi_meeting.h"

#include <mpi.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <thread>

#include "comm/mpi/mpi_calls.h"
#include "common/error.h"
#include "common/text.h"

namespace muster::comm {
namespace {

// As it travels: plain bytes, texts end with a zero.
struct WireCard {
  std::array<char, 256> host = {};
  std::array<char, 64> socket_name = {};
};

template <std::size_t N>
void copy_text(const std::string& from, std::array<char, N>& to) {
  MUSTER_ASSERT(from.size() < N, "a text too long for a rank's card");
  std::copy(from.begin(), from.end(), to.begin());
}

}  // namespace

std::string host_identity() {
  std::array<char, 65> name = {};
  ::gethostname(name.data(), name.size() - 1);
  std::string boot;
  std::ifstream("/proc/sys/kernel/random/boot_id") >> boot;
  std::error_code ignored;  // Without /proc there is just less to tell hosts apart by.
  const auto network = std::filesystem::read_symlink("/proc/self/ns/net", ignored);
  return concat(name.data(), ' ', boot.substr(0, 40), ' ', network.string().substr(0, 40), ' ',
                ::geteuid());
}

std::vector<RankCard> exchange_cards(const RankCard& mine, int ranks, Deadline deadline) {
  WireCard card;
  copy_text(mine.host, card.host);
  copy_text(mine.socket_name, card.socket_name);
  std::vector<WireCard> cards(static_cast<std::size_t>(ranks));
  MPI_Request request = MPI_REQUEST_NULL;
  check_mpi(MPI_Iallgather(&card, sizeof(card), MPI_BYTE, cards.data(), sizeof(card), MPI_BYTE,
                           MPI_COMM_WORLD, &request),
            "MPI_Iallgather");
  for (int done = 0; done == 0;) {
    check_mpi(MPI_Test(&request, &done, MPI_STATUS_IGNORE), "MPI_Test");
    if (done == 0 && deadline.has_passed()) {
      throw Error(ErrorCode::timeout, "not all ranks came to make a communicator");
    }
    std::this_thread::yield();
  }
  std::vector<RankCard> result;
  for (const WireCard& received : cards) {
    result.push_back({received.host.data(), received.socket_name.data()});
  }
  return result;
}

}  // namespace muster::comm
