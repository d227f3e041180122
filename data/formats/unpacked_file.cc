#include "data/formats/unpacked_file.h"

#include <zlib.h>

#include <algorithm>
#include <cstring>
#include <limits>
#include <new>

#include "common/error.h"
#include "common/text.h"

namespace muster::data {
namespace {

constexpr std::size_t kPieceBytes = std::size_t{1} << 18;
constexpr std::byte kGzipMagic[] = {std::byte{0x1f}, std::byte{0x8b}};
/// Deflate makes at most 258 bytes of 2 bits.
constexpr std::int64_t kDeflateRatioMax = 1032;

bool begins_as_gzip(std::span<const std::byte> bytes) {
  return bytes.size() >= 2 && bytes[0] == kGzipMagic[0] && bytes[1] == kGzipMagic[1];
}

}  // namespace

/// zlib's state, as a member of gzip data.
class UnpackedFile::Inflater {
 public:
  explicit Inflater(const std::string& path) : path_(path) {
    constexpr int kGzipOnly = 16 + MAX_WBITS;
    if (inflateInit2(&stream_, kGzipOnly) != Z_OK) throw std::bad_alloc();
  }
  ~Inflater() { inflateEnd(&stream_); }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;

  /// All data were unpacked and their checksum was right; nothing or another member follows.
  bool at_end() const { return at_end_; }

  /// Begins the next member.
  void restart() {
    inflateReset(&stream_);
    at_end_ = false;
  }

  /// Unpacks from `in` to `out` as far as both reach; takes what was used off `in`. The number of
  /// bytes that came out.
  std::size_t unpack(std::span<const std::byte>& in, std::span<std::byte> out) {
    const auto limited = [](std::size_t size) {
      return static_cast<uInt>(std::min<std::size_t>(size, std::numeric_limits<uInt>::max()));
    };
    // zlib promises not to write there; its type is from before const.
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<std::byte*>(in.data()));
    stream_.avail_in = limited(in.size());
    stream_.next_out = reinterpret_cast<Bytef*>(out.data());
    stream_.avail_out = limited(out.size());
    const int result = inflate(&stream_, Z_NO_FLUSH);
    if (result != Z_OK && result != Z_STREAM_END && result != Z_BUF_ERROR) {
      throw Error(ErrorCode::corrupt,
                  concat(path_, ": damaged gzip data",
                         stream_.msg != nullptr ? concat(": ", stream_.msg) : std::string()),
                  "get the file again");
    }
    at_end_ = result == Z_STREAM_END;
    in = in.last(stream_.avail_in);
    return limited(out.size()) - stream_.avail_out;
  }

 private:
  const std::string& path_;
  z_stream stream_{};
  bool at_end_ = false;
};

UnpackedFile::UnpackedFile(const std::filesystem::path& path)
    : file_(path), piece_(std::make_unique<std::byte[]>(kPieceBytes)) {
  refill();
  if (begins_as_gzip(unread_)) inflater_ = std::make_unique<Inflater>(file_.path());
}

UnpackedFile::~UnpackedFile() = default;

std::int64_t UnpackedFile::bytes_max() const {
  return is_packed() ? std::max<std::int64_t>(file_.size(), file_.bytes_read()) * kDeflateRatioMax
                     : file_.size();
}

std::size_t UnpackedFile::read(std::span<std::byte> bytes) {
  std::size_t filled = 0;
  while (filled < bytes.size()) {
    const std::size_t more = take(bytes.subspan(filled));
    if (more == 0) break;
    filled += more;
  }
  return filled;
}

/// Some bytes; 0 at the end.
std::size_t UnpackedFile::take(std::span<std::byte> bytes) {
  for (;;) {
    if (unread_.empty() && !refill()) {
      if (!is_packed() || inflater_->at_end()) return 0;
      throw Error(ErrorCode::corrupt,
                  concat(file_.path(), ": ends after ", file_.bytes_read(),
                         " bytes in the middle of its gzip data"),
                  "get the file again");
    }
    if (!is_packed()) {
      const std::size_t count = std::min(bytes.size(), unread_.size());
      std::memcpy(bytes.data(), unread_.data(), count);
      unread_ = unread_.subspan(count);
      return count;
    }
    if (inflater_->at_end()) inflater_->restart();
    if (const std::size_t count = inflater_->unpack(unread_, bytes); count > 0) return count;
  }
}

/// False at the end of the file.
bool UnpackedFile::refill() {
  const std::size_t count = file_.read({piece_.get(), kPieceBytes});
  unread_ = {piece_.get(), count};
  return count > 0;
}

}  // namespace muster::data
