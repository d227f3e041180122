#include "comm/node/memory.h"

#include <sys/mman.h>

#include <cerrno>
#include <functional>

#include "common/available_memory.h"
#include "common/error.h"
#include "common/text.h"

namespace muster::comm {
namespace {

constexpr std::size_t kPage = 4096;

std::byte* map(std::size_t bytes, int flags, int descriptor) {
  void* data = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, flags, descriptor, 0);
  if (data == MAP_FAILED) {
    throw Error(ErrorCode::unavailable,
                concat("cannot map ", human_bytes(static_cast<double>(bytes)),
                       " of memory: ", errno_text(errno)));
  }
  // Only a wish: many machines allow huge pages for private memory and not for shared memory.
  ::madvise(data, bytes, MADV_HUGEPAGE);
  return static_cast<std::byte*>(data);
}

}  // namespace

std::shared_ptr<Mapping> Mapping::anonymous(std::size_t bytes) {
  return std::shared_ptr<Mapping>(
      new Mapping(map(bytes, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1), bytes));
}

std::shared_ptr<Mapping> Mapping::of_file(int descriptor, std::size_t bytes) {
  return std::shared_ptr<Mapping>(new Mapping(map(bytes, MAP_SHARED, descriptor), bytes));
}

Mapping::~Mapping() { ::munmap(data_, bytes_); }

void RegionTable::add(const std::shared_ptr<Mapping>& mapping) {
  regions_.push_back({mapping, mapping->data(), mapping->bytes()});
}

BufferPlace RegionTable::place_of(const void* data, std::size_t bytes) const {
  const auto* begin = static_cast<const std::byte*>(data);
  const std::less_equal<const std::byte*> is_not_above;
  for (std::size_t index = 0; index < regions_.size(); ++index) {
    const Region& region = regions_[index];
    if (is_not_above(region.data, begin) && bytes <= region.bytes &&
        is_not_above(begin, region.data + (region.bytes - bytes)) && !region.mapping.expired()) {
      return {.region = static_cast<std::int32_t>(index),
              .offset = static_cast<std::uint64_t>(begin - region.data)};
    }
  }
  return {};
}

std::byte* RegionTable::address_of(const BufferPlace& place) const {
  const auto index = static_cast<std::size_t>(place.region);
  if (index >= regions_.size() || regions_[index].mapping.expired()) return nullptr;
  return regions_[index].data + place.offset;
}

void require_available_memory(std::size_t bytes) {
  const std::optional<std::int64_t> available = available_memory_bytes();
  if (available && bytes > static_cast<std::size_t>(*available)) {
    throw Error(ErrorCode::unavailable,
                concat("allocate_shared: ", human_bytes(static_cast<double>(bytes)),
                       " asked for on this node, but only ",
                       human_bytes(static_cast<double>(*available)), " are available"),
                "use a smaller model, fewer workers per node or a machine with more memory");
  }
}

std::size_t whole_pages(std::size_t bytes) {
  return bytes == 0 ? kPage : (bytes + kPage - 1) / kPage * kPage;
}

}  // namespace muster::comm
