#include "common/checkpoint/safetensors_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "common/checkpoint/safetensors_format.h"
#include "common/error.h"
#include "common/hash.h"
#include "common/text.h"

namespace muster::checkpoint {
namespace {

// Small enough to be in the cache still when it is hashed.
constexpr std::size_t kPieceBytes = std::size_t{1} << 18;

[[noreturn]] void refuse(const std::filesystem::path& path, std::string_view what) {
  throw Error(ErrorCode::corrupt, concat(path.string(), ": ", what));
}

[[noreturn]] void fail(const std::filesystem::path& path, std::string_view what, int number) {
  throw Error(code_of_read_error(number),
              concat(path.string(), ": ", what, ": ", errno_text(number)));
}

/// The size of an open file. Refuses folders, pipes and the like.
std::uint64_t size_of(const FileDescriptor& file, const std::filesystem::path& path) {
  struct stat status {};
  if (fstat(file.get(), &status) != 0) fail(path, "cannot be looked at", errno);
  if (!S_ISREG(status.st_mode)) refuse(path, "is not a file");
  return static_cast<std::uint64_t>(status.st_size);
}

}  // namespace

SafetensorsFile::SafetensorsFile(std::filesystem::path path)
    : path_(std::move(path)), file_(open(path_.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {
  if (!file_.is_open()) fail(path_, "cannot be opened", errno);
  const std::uint64_t size = size_of(file_, path_);
  if (size < kLengthBytes) {
    refuse(path_, concat("is no safetensors file: ", size, " bytes are too few"));
  }
  head_.resize(kLengthBytes);
  read_at(0, std::as_writable_bytes(std::span(head_)));
  std::uint64_t length = 0;
  for (std::size_t i = kLengthBytes; i-- > 0;) {  // Little-endian.
    length = length << 8 | static_cast<std::uint8_t>(head_[i]);
  }
  if (length > kLargestHeader) {
    refuse(path_, concat("is no safetensors file: a header of ", length,
                         " bytes, the format allows ", kLargestHeader));
  }
  if (length > size - kLengthBytes) {
    refuse(path_, concat("is cut: a header of ", length, " bytes in a file of ", size));
  }
  head_.resize(kLengthBytes + length);
  read_at(kLengthBytes, std::as_writable_bytes(std::span(head_)).subspan(kLengthBytes));
  data_start_ = kLengthBytes + length;
  data_bytes_ = size - data_start_;
  try {
    tensors_ = parse_safetensors_header(std::string_view(head_).substr(kLengthBytes), data_bytes_);
  } catch (const Error& error) {
    throw Error(error.code(), concat(path_.string(), ": ", error.what()), error.hint());
  }
  for (const TensorEntry& tensor : tensors_) by_name_.push_back(&tensor);
  std::ranges::sort(by_name_, {}, [](const TensorEntry* tensor) { return tensor->name; });
}

const TensorEntry* SafetensorsFile::find(std::string_view name) const {
  const auto name_of = [](const TensorEntry* tensor) { return std::string_view(tensor->name); };
  const auto found = std::ranges::lower_bound(by_name_, name, {}, name_of);
  return found != by_name_.end() && (*found)->name == name ? *found : nullptr;
}

const TensorEntry& SafetensorsFile::at(std::string_view name) const {
  const TensorEntry* const found = find(name);
  if (found == nullptr) refuse(path_, concat("has no tensor '", name, "'"));
  return *found;
}

void SafetensorsFile::read(const TensorEntry& entry, std::span<std::byte> out) const {
  MUSTER_ASSERT(out.size() == entry.bytes(), "a buffer has the size of its tensor");
  try {
    read_at(data_start_ + entry.begin, out);
  } catch (const Error& error) {
    throw Error(error.code(), concat(error.what(), " (tensor '", entry.name, "')"), error.hint());
  }
}

std::string SafetensorsFile::read_all(std::span<const std::span<std::byte>> places,
                                      const std::function<void()>& progressed) const {
  MUSTER_ASSERT(places.size() == tensors_.size(), "every tensor has a place");
  posix_fadvise(file_.get(), 0, 0, POSIX_FADV_SEQUENTIAL);  // Only faster with it.
  Xxh3 hash;
  hash.update(std::as_bytes(std::span(head_)));
  for (std::size_t i = 0; i < places.size(); ++i) {  // Without holes: all bytes of the file.
    const TensorEntry& entry = tensors_[i];
    MUSTER_ASSERT(places[i].size() == entry.bytes(), "a place has the size of its tensor");
    for (std::uint64_t done = 0; done < entry.bytes();) {
      const auto piece =
          places[i].subspan(done, std::min<std::uint64_t>(kPieceBytes, entry.bytes() - done));
      read_at(data_start_ + entry.begin + done, piece);
      hash.update(piece);
      done += piece.size();
      if (progressed) progressed();
    }
  }
  return hash.hex();
}

std::string SafetensorsFile::read_in_pieces(const std::function<void(const TensorPiece&)>& take,
                                            const std::function<void()>& progressed) const {
  posix_fadvise(file_.get(), 0, 0, POSIX_FADV_SEQUENTIAL);  // Only faster with it.
  Sha256 hash;
  hash.update(std::as_bytes(std::span(head_)));
  std::vector<std::byte> room(kPieceBytes);
  for (const TensorEntry& tensor : tensors_) {  // Without holes: all bytes of the file.
    for (std::uint64_t done = 0; done < tensor.bytes();) {
      const auto piece =
          std::span(room).first(std::min<std::uint64_t>(kPieceBytes, tensor.bytes() - done));
      read_at(data_start_ + tensor.begin + done, piece);
      hash.update(piece);
      if (take) take({tensor, done, piece});
      done += piece.size();
      if (progressed) progressed();
    }
  }
  return hash.hex();
}

void SafetensorsFile::read_at(std::uint64_t offset, std::span<std::byte> out) const {
  while (!out.empty()) {
    const ssize_t got = pread(file_.get(), out.data(), out.size(), static_cast<off_t>(offset));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) fail(path_, "cannot be read", errno);
    if (got == 0)
      refuse(path_, concat("ends at byte ", offset, ", it was cut after it was opened"));
    out = out.subspan(static_cast<std::size_t>(got));
    offset += static_cast<std::uint64_t>(got);
  }
}

}  // namespace muster::checkpoint
