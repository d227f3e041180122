#include "common/wire/handshake.h"

#include <algorithm>
#include <string_view>

#include "common/error.h"
#include "common/hash.h"
#include "common/text.h"

namespace muster::wire {
namespace {

// Places in a ClientHello.
constexpr std::string_view kMagic = "MSTR";
constexpr std::size_t kVersionAt = 4;
constexpr std::size_t kReservedAt = 6;
constexpr std::size_t kGenerationAt = 8;
constexpr std::size_t kRankAt = 12;
constexpr std::size_t kNonceAt = 16;

// What a proof is about. They differ, so that no side's proof can be sent back to it as the
// other's.
constexpr std::string_view kCoordinatorLabel = "coordinator";
constexpr std::string_view kWorkerLabel = "worker";

std::span<const std::byte> bytes_of(std::string_view text) {
  return std::as_bytes(std::span(text));
}

void put(std::span<std::byte> place, std::uint32_t value) {
  for (auto byte = place.rbegin(); byte != place.rend(); ++byte) {
    *byte = static_cast<std::byte>(value & 0xff);
    value >>= 8;
  }
}

std::uint32_t get(std::span<const std::byte> place) {
  std::uint32_t value = 0;
  for (const std::byte byte : place) value = value << 8 | std::to_integer<std::uint32_t>(byte);
  return value;
}

/// HMAC(secret, label | hello | nonce). The label's length is fixed by the caller's side and all
/// else has a fixed length, so no two different inputs join to the same bytes.
std::array<std::uint8_t, 32> proof_of(const std::string& secret, std::string_view label,
                                      const ClientHello& hello,
                                      std::span<const std::byte, 16> server_nonce) {
  std::string message(label);
  message.append(reinterpret_cast<const char*>(hello.data()), hello.size());
  message.append(reinterpret_cast<const char*>(server_nonce.data()), server_nonce.size());
  return hmac_sha256(bytes_of(secret), bytes_of(message));
}

std::span<const std::byte, 16> nonce_of(const ServerProof& proof) {
  return std::span(proof).first<16>();
}

}  // namespace

Nonce make_nonce() {
  const std::string random = random_bytes(sizeof(Nonce));
  Nonce nonce;
  std::ranges::copy(bytes_of(random), nonce.begin());
  return nonce;
}

ClientHello make_client_hello(const Claim& claim, const Nonce& nonce) {
  ClientHello hello{};
  const std::span<std::byte> all(hello);
  std::ranges::copy(bytes_of(kMagic), all.begin());
  put(all.subspan(kVersionAt, 2), kProtocolVersion);
  put(all.subspan(kGenerationAt, 4), claim.generation);
  put(all.subspan(kRankAt, 4), claim.rank);
  std::ranges::copy(nonce, all.subspan(kNonceAt).begin());
  return hello;
}

Claim parse_client_hello(const ClientHello& hello) {
  const std::span<const std::byte> all(hello);
  if (!std::ranges::equal(all.first(kMagic.size()), bytes_of(kMagic))) {
    throw Error(ErrorCode::invalid, "the peer does not speak the control protocol of muster");
  }
  const std::uint32_t version = get(all.subspan(kVersionAt, 2));
  if (version != kProtocolVersion) {
    throw Error(ErrorCode::invalid,
                concat("the peer speaks version ", version, " of the control protocol, this is ",
                       kProtocolVersion),
                "use muster and muster-worker of the same build");
  }
  if (get(all.subspan(kReservedAt, 2)) != 0) {
    throw Error(ErrorCode::invalid, "reserved bytes of the peer's greeting are not zero");
  }
  return {.generation = get(all.subspan(kGenerationAt, 4)), .rank = get(all.subspan(kRankAt, 4))};
}

ServerProof make_server_proof(const std::string& secret, const ClientHello& hello,
                              const Nonce& server_nonce) {
  const auto mac = proof_of(secret, kCoordinatorLabel, hello, server_nonce);
  ServerProof proof;
  const auto mac_at = std::ranges::copy(server_nonce, proof.begin()).out;
  std::ranges::copy(std::as_bytes(std::span(mac)), mac_at);
  return proof;
}

bool server_proof_is_right(const std::string& secret, const ClientHello& hello,
                           const ServerProof& proof) {
  const auto mac = proof_of(secret, kCoordinatorLabel, hello, nonce_of(proof));
  return equal_in_constant_time(std::as_bytes(std::span(mac)), std::span(proof).subspan<16>());
}

ClientProof make_client_proof(const std::string& secret, const ClientHello& hello,
                              const ServerProof& server_proof) {
  const auto mac = proof_of(secret, kWorkerLabel, hello, nonce_of(server_proof));
  ClientProof proof;
  std::ranges::copy(std::as_bytes(std::span(mac)), proof.begin());
  return proof;
}

bool client_proof_is_right(const std::string& secret, const ClientHello& hello,
                           const ServerProof& server_proof, const ClientProof& client_proof) {
  return equal_in_constant_time(make_client_proof(secret, hello, server_proof), client_proof);
}

}  // namespace muster::wire
