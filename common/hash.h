// Two hashes: XXH3-128 against accidents (fast: as fast as memory), SHA-256 to compare results and
// to authenticate. Texts are lower-case hexadecimal.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>

namespace muster {

/// XXH3-128 with seed 0, in the canonical (big-endian) byte order of xxHash's specification.
class Xxh3 {
 public:
  Xxh3();
  ~Xxh3();
  Xxh3(Xxh3&&) noexcept;
  Xxh3& operator=(Xxh3&&) noexcept;

  void update(std::span<const std::byte> bytes);
  std::string hex() const;  // 32 characters. May be called at any time; later updates go on.

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// XXH3-64 with seed 0 of bytes in memory: for blocks, where 16 bytes a hash would be many.
std::uint64_t xxh3_64(std::span<const std::byte> bytes);

/// SHA-256 (FIPS 180-4).
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(Sha256&&) noexcept;
  Sha256& operator=(Sha256&&) noexcept;

  void update(std::span<const std::byte> bytes);
  std::string hex();  // 64 characters. Ends the computation: call once.

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// HMAC-SHA256 (RFC 2104).
std::array<std::uint8_t, 32> hmac_sha256(std::span<const std::byte> key,
                                         std::span<const std::byte> message);

/// Compares in time that does not depend on the contents.
bool equal_in_constant_time(std::span<const std::byte> a, std::span<const std::byte> b);

/// `count` bytes from the kernel's generator.
std::string random_bytes(std::size_t count);

std::string to_hex(std::span<const std::byte> bytes);

/// Hash of a whole file, read in pieces; `progressed` is called after each. Throws with
/// code_of_read_error when it cannot be read.
std::string xxh3_of_file(const std::string& path, const std::function<void()>& progressed = {});
std::string sha256_of_file(const std::string& path);

}  // namespace muster
