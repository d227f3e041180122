// A safetensors file of anybody: refused, or every tensor of it can be read.
#include <vector>

#include "common/checkpoint/safetensors_file.h"
#include "common/error.h"
#include "tests/fuzz/memory_file.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const muster::fuzz::MemoryFile memory({data, size});
  try {
    const muster::checkpoint::SafetensorsFile file(memory.path());
    std::uint64_t read = 0;
    for (const auto& tensor : file.tensors()) {
      std::vector<std::byte> bytes(tensor.bytes());
      file.read(tensor, bytes);
      if (file.find(tensor.name) == nullptr) std::abort();
      read += bytes.size();
    }
    if (read > size) std::abort();
  } catch (const muster::Error& error) {
    if (error.code() != muster::ErrorCode::corrupt) std::abort();
  }
  return 0;
}
