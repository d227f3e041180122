#include "common/hash.h"

#include <fcntl.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <sys/random.h>
#include <unistd.h>
#include <xxhash.h>

#include <cerrno>

#include "common/error.h"
#include "common/file_descriptor.h"
#include "common/text.h"

namespace muster {

struct Xxh3::State {
  State() : value(XXH3_createState()) {
    MUSTER_ASSERT(value != nullptr, "no memory for a hash");
    XXH3_128bits_reset(value);
  }
  ~State() { XXH3_freeState(value); }
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  XXH3_state_t* value;
};

Xxh3::Xxh3() : state_(std::make_unique<State>()) {}
Xxh3::~Xxh3() = default;
Xxh3::Xxh3(Xxh3&&) noexcept = default;
Xxh3& Xxh3::operator=(Xxh3&&) noexcept = default;

void Xxh3::update(std::span<const std::byte> bytes) {
  if (bytes.empty()) return;
  XXH3_128bits_update(state_->value, bytes.data(), bytes.size());
}

std::string Xxh3::hex() const {
  XXH128_canonical_t canonical;
  XXH128_canonicalFromHash(&canonical, XXH3_128bits_digest(state_->value));
  return to_hex(std::as_bytes(std::span(canonical.digest)));
}

std::uint64_t xxh3_64(std::span<const std::byte> bytes) {
  return XXH3_64bits(bytes.data(), bytes.size());
}

struct Sha256::State {
  State() : context(EVP_MD_CTX_new()) {
    MUSTER_ASSERT(context != nullptr, "no memory for a hash");
    const int ok = EVP_DigestInit_ex(context, EVP_sha256(), nullptr);
    MUSTER_ASSERT(ok == 1, "OpenSSL has SHA-256");
  }
  ~State() { EVP_MD_CTX_free(context); }
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  EVP_MD_CTX* context;
};

Sha256::Sha256() : state_(std::make_unique<State>()) {}
Sha256::~Sha256() = default;
Sha256::Sha256(Sha256&&) noexcept = default;
Sha256& Sha256::operator=(Sha256&&) noexcept = default;

void Sha256::update(std::span<const std::byte> bytes) {
  const int ok = EVP_DigestUpdate(state_->context, bytes.data(), bytes.size());
  MUSTER_ASSERT(ok == 1, "update comes before hex");
}

std::string Sha256::hex() {
  std::array<unsigned char, 32> digest{};
  const int ok = EVP_DigestFinal_ex(state_->context, digest.data(), nullptr);
  MUSTER_ASSERT(ok == 1, "hex is called once");
  return to_hex(std::as_bytes(std::span(digest)));
}

std::array<std::uint8_t, 32> hmac_sha256(std::span<const std::byte> key,
                                         std::span<const std::byte> message) {
  std::array<std::uint8_t, 32> mac{};
  unsigned length = 0;
  const unsigned char* const made = HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
                                         reinterpret_cast<const unsigned char*>(message.data()),
                                         message.size(), mac.data(), &length);
  MUSTER_ASSERT(made != nullptr && length == mac.size(), "OpenSSL has HMAC-SHA256");
  return mac;
}

bool equal_in_constant_time(std::span<const std::byte> a, std::span<const std::byte> b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

std::string random_bytes(std::size_t count) {
  std::string bytes(count, '\0');
  for (std::size_t got = 0; got < count;) {
    const ssize_t more = getrandom(bytes.data() + got, count - got, 0);
    if (more < 0) {
      MUSTER_ASSERT(errno == EINTR, "the kernel has random bytes");
      continue;
    }
    got += static_cast<std::size_t>(more);
  }
  return bytes;
}

std::string to_hex(std::span<const std::byte> bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  text.reserve(2 * bytes.size());
  for (const std::byte byte : bytes) {
    text += kDigits[std::to_integer<std::size_t>(byte >> 4)];
    text += kDigits[std::to_integer<std::size_t>(byte & std::byte{0x0f})];
  }
  return text;
}

namespace {

template <class Hash>
std::string hash_of_file(const std::string& path, const std::function<void()>& progressed) {
  const auto fail = [&path](int error_number) {
    return Error(code_of_read_error(error_number),
                 concat(path, ": cannot be read: ", errno_text(error_number)));
  };
  const FileDescriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.is_open()) throw fail(errno);
  Hash hash;
  constexpr std::size_t kPieceBytes = std::size_t{1} << 20;
  const auto piece = std::make_unique_for_overwrite<std::byte[]>(kPieceBytes);
  for (;;) {
    const ssize_t got = read(file.get(), piece.get(), kPieceBytes);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw fail(errno);
    if (got == 0) return hash.hex();
    hash.update({piece.get(), static_cast<std::size_t>(got)});
    if (progressed) progressed();
  }
}

}  // namespace

std::string xxh3_of_file(const std::string& path, const std::function<void()>& progressed) {
  return hash_of_file<Xxh3>(path, progressed);
}

std::string sha256_of_file(const std::string& path) { return hash_of_file<Sha256>(path, {}); }

}  // namespace muster
