// Every rank says who it is, where, and what all ranks together have summed up: that a launch made
// one world, and that its ranks reach each other.
#include <mpi.h>
#include <unistd.h>

#include <array>
#include <cstdio>

int main(int argc, char** argv) {
  MPI_Init(&argc, &argv);
  int rank = 0;
  int ranks = 0;
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  MPI_Comm_size(MPI_COMM_WORLD, &ranks);
  const int number = rank + 1;
  int sum = 0;
  MPI_Allreduce(&number, &sum, 1, MPI_INT, MPI_SUM, MPI_COMM_WORLD);
  std::array<char, 65> host{};  // A name has 64 characters at most.
  gethostname(host.data(), host.size() - 1);
  std::printf("rank %d of %d on %s: sum %d\n", rank, ranks, host.data(), sum);
  MPI_Finalize();
}
