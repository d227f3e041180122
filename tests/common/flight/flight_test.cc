// A rank's flight record: what is written is read back, also while it is being written, and nothing
// that a file may contain is trusted.
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <ctime>
#include <fstream>
#include <iterator>
#include <memory>
#include <thread>

#include "common/flight/reader.h"
#include "common/flight/recorder.h"
#include "tests/common/expect_error.h"
#include "tests/common/file_size_limit.h"
#include "tests/common/temporary_folder.h"

namespace muster::flight {
namespace {

std::string bytes_of(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

template <class Code>
void expect_error(const Code& code, ErrorCode expected, const std::string& words) {
  const Error error = error_of(code);
  EXPECT_EQ(error.code(), expected) << error.what();
  EXPECT_NE(std::string(error.what()).find(words), std::string::npos) << error.what();
}

class FlightRecord : public ::testing::Test {
 protected:
  std::filesystem::path file(int rank = 0) const { return file_of(folder_ / "", rank, 1); }
  std::unique_ptr<Recorder> recorder(int rank = 0, int ranks = 4) const {
    return std::make_unique<Recorder>(folder_ / "", Owner{.rank = rank, .ranks = ranks});
  }

  TemporaryFolder folder_;
};

TEST_F(FlightRecord, SaysWhoWroteIt) {
  const Recorder recorder(folder_ / "", {.rank = 3, .ranks = 7, .generation = 12});
  const Flight flight = read_flight(folder_ / "rank-3.12.flight");
  EXPECT_EQ(flight.rank, 3);
  EXPECT_EQ(flight.ranks, 7);
  EXPECT_EQ(flight.generation, 12);
  EXPECT_EQ(flight.process, ::getpid());
  EXPECT_FALSE(flight.host.empty());
  EXPECT_EQ(flight.entered, 0U);
  EXPECT_TRUE(flight.operations.empty());
  EXPECT_FALSE(flight.error.has_value());
}

TEST_F(FlightRecord, TellsAnOperationThatWasLeftFromOneThatWasNot) {
  const auto writer = recorder();
  writer->enter({.kind = OperationKind::reduce_scatter,
                 .sequence = 7,
                 .bytes = 4000,
                 .dtype = DType::float32,
                 .label = "gradients"});
  writer->leave();
  writer->enter({.kind = OperationKind::barrier, .sequence = 8});
  const Flight flight = read_flight(file());
  ASSERT_EQ(flight.operations.size(), 2U);
  const Entry& first = flight.operations[0];
  EXPECT_EQ(describe(first), "reduce_scatter #7 \"gradients\"");
  EXPECT_EQ(first.bytes, 4000U);
  EXPECT_EQ(first.dtype, DType::float32);
  ASSERT_TRUE(first.left.has_value());
  EXPECT_GE(*first.left, first.entered);
  EXPECT_GE(first.entered, flight.monotonic);
  EXPECT_FALSE(flight.operations[1].left.has_value());
  EXPECT_EQ(describe(flight.operations[1]), "barrier #8");
}

TEST_F(FlightRecord, KeepsTheLastOperationsInTheirOrder) {
  const auto writer = recorder();
  constexpr std::uint64_t kOperations = kCapacity + 100;
  for (std::uint64_t i = 0; i < kOperations; ++i) {
    writer->enter({.sequence = i + 1});
    writer->leave();
  }
  const Flight flight = read_flight(file());
  EXPECT_EQ(flight.entered, kOperations);
  ASSERT_EQ(flight.operations.size(), kCapacity);
  for (std::uint64_t i = 0; i < kCapacity; ++i) {
    ASSERT_EQ(flight.operations[i].number, 100 + i);
    ASSERT_EQ(flight.operations[i].sequence, 101 + i);
  }
}

TEST_F(FlightRecord, KeepsTheWordsOfTheFirstFailure) {
  const auto writer = recorder();
  writer->enter({.sequence = 1});
  writer->fail(ErrorCode::timeout, "barrier #1: waited 30s for rank 2");
  writer->enter({.sequence = 2});
  writer->fail(ErrorCode::aborted, "the communicator is finished");
  const Flight flight = read_flight(file());
  EXPECT_EQ(flight.error, ErrorCode::timeout);
  EXPECT_EQ(flight.error_text, "barrier #1: waited 30s for rank 2");
  EXPECT_EQ(flight.operations[0].error, ErrorCode::timeout);
  EXPECT_EQ(flight.operations[1].error, ErrorCode::aborted);
  EXPECT_TRUE(flight.operations[1].left.has_value());
}

TEST_F(FlightRecord, CutsTextsThatAreTooLong) {
  const auto writer = recorder();
  writer->enter({.label = std::string(100, 'x')});
  writer->fail(ErrorCode::aborted, std::string(5000, 'y'));
  const Flight flight = read_flight(file());
  EXPECT_EQ(flight.operations.at(0).label, std::string(47, 'x'));
  EXPECT_EQ(flight.error_text, std::string(1023, 'y'));
}

TEST_F(FlightRecord, IsNeverWrittenOverByAnotherRankOfItsName) {
  const auto writer = recorder();
  expect_error([&] { recorder(); }, ErrorCode::storage, "rank-0.1.flight");
}

TEST_F(FlightRecord, AFullDiskIsAnErrorAndLeavesNoFile) {
  const FileSizeLimit full(1000);
  expect_error([&] { recorder(); }, ErrorCode::storage, "cannot make a flight record");
  EXPECT_TRUE(folder_.entries().empty());
}

// docs/flight-records.md, by the numbers in it.
TEST_F(FlightRecord, LiesInTheFileAsDocumented) {
  const auto writer = recorder(/*rank=*/2, /*ranks=*/5);
  writer->enter({.kind = OperationKind::all_reduce,
                 .sequence = 9,
                 .bytes = 640,
                 .dtype = DType::float64,
                 .label = "loss"});
  writer->fail(ErrorCode::timeout, "late");
  const std::string bytes = bytes_of(file(2));
  const auto number = [&](std::size_t offset, std::size_t size) {
    std::uint64_t value = 0;
    for (std::size_t i = size; i-- > 0;) {
      value = value << 8U | static_cast<unsigned char>(bytes.at(offset + i));
    }
    return value;
  };
  EXPECT_EQ(bytes.substr(0, 8), std::string("MSTRFLT\0", 8));
  EXPECT_EQ(number(8, 4), 1U);
  EXPECT_EQ(number(12, 4), 4096U);
  EXPECT_EQ(number(16, 4), 128U);
  EXPECT_EQ(number(20, 4), 1024U);
  EXPECT_EQ(number(24, 4), 2U);
  EXPECT_EQ(number(28, 4), 5U);
  EXPECT_EQ(number(64, 8), 1U);
  EXPECT_EQ(number(72, 4), 6U);
  EXPECT_EQ(bytes.substr(1024, 5), std::string("late\0", 5));
  EXPECT_EQ(number(4096, 8), 4U + 3U);
  EXPECT_EQ(number(4104, 8), 9U);
  EXPECT_LE(number(4112, 8), number(4120, 8));
  EXPECT_EQ(number(4128, 8), 640U);
  EXPECT_EQ(number(4136, 1), 3U);
  EXPECT_EQ(number(4137, 1), 1U);
  EXPECT_EQ(number(4138, 1), 6U);
  EXPECT_EQ(bytes.substr(4144, 5), std::string("loss\0", 5));
  EXPECT_EQ(bytes.size(), 4096U + 1024U * 128U);
}

// Every record that a reader gets is one that was written, whole.
TEST_F(FlightRecord, IsReadWholeWhileItIsWritten) {
  const auto writer = recorder();
  std::atomic<bool> is_done = false;
  std::thread thread([&] {
    for (std::uint64_t i = 1; !is_done; ++i) {
      writer->enter({.sequence = i, .bytes = 8 * i, .label = std::to_string(i)});
      writer->leave();
    }
  });
  std::size_t records = 0;
  for (int round = 0; round < 50; ++round) {
    for (const Entry& entry : read_flight(file()).operations) {
      ASSERT_EQ(entry.bytes, 8 * entry.sequence);
      ASSERT_EQ(entry.label, std::to_string(entry.sequence));
      ASSERT_EQ(entry.number, entry.sequence - 1);
      EXPECT_GE(entry.left.value_or(entry.entered), entry.entered);
      ++records;
    }
  }
  is_done = true;
  thread.join();
  EXPECT_GT(records, 0U);
}

TEST_F(FlightRecord, ARecordThatIsBeingWrittenIsLeftOut) {
  const auto writer = recorder();
  for (const std::uint64_t sequence : {1, 2, 3}) writer->enter({.sequence = sequence});
  std::string bytes = bytes_of(file());
  bytes[kHeaderBytes + sizeof(Record)] = 8;  // The second one: phase 0.
  write_text(folder_ / "half", bytes);
  const Flight flight = read_flight(folder_ / "half");
  ASSERT_EQ(flight.operations.size(), 2U);
  EXPECT_EQ(flight.operations[1].sequence, 3U);
}

TEST_F(FlightRecord, FilesThatAreNoneAreRefused) {
  const auto writer = recorder();
  const std::string good = bytes_of(file());
  const auto refused = [&](const std::string& bytes, ErrorCode code, const char* why) {
    write_text(folder_ / "bad", bytes);
    expect_error([&] { read_flight(folder_ / "bad"); }, code, why);
  };
  refused("", ErrorCode::corrupt, "no flight record");
  refused(std::string(200'000, '\0'), ErrorCode::corrupt, "not finished yet");
  refused(good.substr(0, good.size() - 1), ErrorCode::corrupt, "shorter");
  refused(good.substr(0, 100), ErrorCode::corrupt, "no flight record");
  std::string later = good;
  later[8] = 2;
  refused(later, ErrorCode::unsupported, "version 2");
  expect_error([&] { read_flight(folder_ / "nothing"); }, ErrorCode::storage, "nothing");
}

TEST_F(FlightRecord, NoChangedByteOfAHeaderMisleadsTheReader) {
  const auto writer = recorder();
  writer->enter({.sequence = 1});
  const std::string good = bytes_of(file());
  for (std::size_t offset = 0; offset < 72; ++offset) {
    std::string bytes = good;
    bytes[offset] = static_cast<char>(~bytes[offset]);
    write_text(folder_ / "bad", bytes);
    try {
      EXPECT_LE(read_flight(folder_ / "bad").operations.size(), kCapacity) << offset;
    } catch (const Error& error) {
      EXPECT_NE(error.code(), ErrorCode::storage) << error.what();
    }
  }
}

TEST_F(FlightRecord, NamesTheRanksThatHaveNotComeAndWhereTheyWereLast) {
  std::vector<std::unique_ptr<Recorder>> ranks;
  for (int rank = 0; rank < 3; ++rank) {
    ranks.push_back(recorder(rank));
    ranks.back()->enter({.kind = OperationKind::allocate_shared, .sequence = 50});
    ranks.back()->leave();
    ranks.back()->enter(
        {.kind = OperationKind::all_reduce, .sequence = 11, .label = rank == 1 ? "loss" : ""});
    if (rank != 2) ranks.back()->leave();
  }
  ranks[0]->enter({.kind = OperationKind::barrier, .sequence = 12});
  // Rank 3 has no record.
  const auto absent = [&](OperationKind kind, std::uint64_t sequence) {
    return absent_ranks(folder_ / "", 4, 1, kind, sequence);
  };
  EXPECT_EQ(absent(OperationKind::barrier, 12),
            "rank 1 (last left all_reduce #11 \"loss\"), rank 2 (in all_reduce #11)");
  EXPECT_EQ(absent(OperationKind::barrier, 11), "");
  EXPECT_EQ(absent(OperationKind::allocate_shared, 50), "");
  EXPECT_NE(absent(OperationKind::allocate_shared, 51), "");
  EXPECT_EQ(absent_ranks(folder_ / "", 4, /*generation=*/2, OperationKind::barrier, 12), "");
}

TEST_F(FlightRecord, ManyAbsentRanksAreCounted) {
  std::vector<std::unique_ptr<Recorder>> ranks;
  for (int rank = 0; rank < 11; ++rank) ranks.push_back(recorder(rank));
  const std::string absent = absent_ranks(folder_ / "", 11, 1, OperationKind::barrier, 1);
  EXPECT_NE(absent.find("rank 7 (in no operation yet), and 3 more"), std::string::npos) << absent;
}

// By the thread's own clock, and of the best of many batches: a busy machine changes neither.
TEST_F(FlightRecord, AnOperationCostsLessThanAMicrosecond) {
  const auto writer = recorder();
  const auto cpu_ns = [] {
    timespec time{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) * 1e9 + static_cast<double>(time.tv_nsec);
  };
  constexpr int kOperations = 2000;
  double best_ns = 1e9;
  for (int batch = 0; batch < 20; ++batch) {
    const double start = cpu_ns();
    for (int i = 0; i < kOperations; ++i) {
      writer->enter({.kind = OperationKind::all_reduce, .sequence = 1, .label = "gradients"});
      writer->leave();
    }
    best_ns = std::min(best_ns, (cpu_ns() - start) / kOperations);
  }
  std::printf("%.0f ns per operation\n", best_ns);
  EXPECT_LT(best_ns, 1000);
}

}  // namespace
}  // namespace muster::flight
