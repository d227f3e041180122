// Mutual authentication before the first frame: both sides prove that they know the run's secret,
// and the generation is part of both proofs, so that a worker of an older generation cannot take
// part. Fixed binary messages of at most 64 bytes, big-endian; nothing else is parsed before.
//
//   worker      -> coordinator  ClientHello  magic "MSTR", version u16, 0 u16, generation u32, rank
//   u32,
//                                            nonce 16                                      = 32
//                                            bytes
//   coordinator -> worker       ServerProof  nonce 16, HMAC(secret, "coordinator" | hello | nonce)
//   = 48 worker      -> coordinator  ClientProof  HMAC(secret, "worker" | hello | nonce) = 32
//
// HMAC-SHA256; proofs are compared in constant time. Pure functions: the caller moves the bytes.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace muster::wire {

inline constexpr std::uint16_t kProtocolVersion = 1;

using ClientHello = std::array<std::byte, 32>;
using ServerProof = std::array<std::byte, 48>;
using ClientProof = std::array<std::byte, 32>;
using Nonce = std::array<std::byte, 16>;

/// The rank of somebody who is no worker; the generation is 0 then.
inline constexpr std::uint32_t kVisitor = 0xffffffff;

/// Who a ClientHello says it is; believed only after its proof.
struct Claim {
  std::uint32_t generation = 0;
  std::uint32_t rank = 0;
};

Nonce make_nonce();
ClientHello make_client_hello(const Claim& claim, const Nonce& nonce);

/// Throws Error{invalid} when magic or version are wrong.
Claim parse_client_hello(const ClientHello& hello);

ServerProof make_server_proof(const std::string& secret, const ClientHello& hello,
                              const Nonce& server_nonce);
bool server_proof_is_right(const std::string& secret, const ClientHello& hello,
                           const ServerProof& proof);

ClientProof make_client_proof(const std::string& secret, const ClientHello& hello,
                              const ServerProof& server_proof);
bool client_proof_is_right(const std::string& secret, const ClientHello& hello,
                           const ServerProof& server_proof, const ClientProof& client_proof);

}  // namespace muster::wire
