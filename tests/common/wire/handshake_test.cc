// Mutual authentication: right proofs pass; another secret, generation, or a single changed bit
// does not.
#include "common/wire/handshake.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <span>

#include "common/hash.h"
#include "tests/common/expect_error.h"

namespace muster::wire {
namespace {

const std::string kSecret(32, 's');

Nonce nonce_of(int value) {
  Nonce nonce;
  nonce.fill(static_cast<std::byte>(value));
  return nonce;
}

struct Talk {
  ClientHello hello = make_client_hello({.generation = 7, .rank = 3}, nonce_of(1));
  ServerProof server = make_server_proof(kSecret, hello, nonce_of(2));
  ClientProof client = make_client_proof(kSecret, hello, server);
};

TEST(Handshake, HelloHasTheDocumentedBytes) {
  const ClientHello hello =
      make_client_hello({.generation = 0x01020304, .rank = 0xa0b0c0d0}, nonce_of(0x55));
  EXPECT_EQ(to_hex(hello),
            "4d535452"                            // "MSTR"
            "0001"                                // version
            "0000"                                // reserved
            "01020304"                            // generation
            "a0b0c0d0"                            // rank
            "55555555555555555555555555555555");  // nonce
}

// The values were made with Python's hmac module from the description in docs/protocol.md.
TEST(Handshake, ProofsHaveTheDocumentedBytes) {
  const Talk talk;
  EXPECT_EQ(to_hex(talk.server),
            "02020202020202020202020202020202"
            "05c5b430d43f47574e48dc632061f7089aee0400553a481dfa7c396099acdcd4");
  EXPECT_EQ(to_hex(talk.client),
            "de1fdcc7524167c931bbc60162bfd17a2a99636f2cdfb133f5403f74407e64ab");
}

TEST(Handshake, ClaimComesBack) {
  const Claim claim =
      parse_client_hello(make_client_hello({.generation = 4'000'000'000, .rank = 9}, make_nonce()));
  EXPECT_EQ(claim.generation, 4'000'000'000U);
  EXPECT_EQ(claim.rank, 9U);
}

TEST(Handshake, MagicVersionAndReservedBytesMustBeRight) {
  for (const std::size_t at : {0U, 3U, 4U, 5U, 6U, 7U}) {
    ClientHello hello = make_client_hello({}, nonce_of(1));
    hello[at] ^= std::byte{0x40};
    EXPECT_EQ(code_of_error([&] { parse_client_hello(hello); }), ErrorCode::invalid) << at;
  }
}

TEST(Handshake, VersionOfAnotherBuildIsNamed) {
  ClientHello hello = make_client_hello({}, nonce_of(1));
  hello[5] = std::byte{2};
  EXPECT_THAT(error_of([&] { parse_client_hello(hello); }).what(),
              testing::HasSubstr("speaks version 2 of the control protocol, this is 1"));
}

TEST(Handshake, RightProofsPass) {
  const Talk talk;
  EXPECT_TRUE(server_proof_is_right(kSecret, talk.hello, talk.server));
  EXPECT_TRUE(client_proof_is_right(kSecret, talk.hello, talk.server, talk.client));
}

TEST(Handshake, AnotherSecretDoesNotPass) {
  const Talk talk;
  const std::string other(32, 't');
  EXPECT_FALSE(server_proof_is_right(other, talk.hello, talk.server));
  EXPECT_FALSE(client_proof_is_right(other, talk.hello, talk.server, talk.client));
}

// Generation, rank and both nonces are part of what is proven.
TEST(Handshake, AnyChangedBitDoesNotPass) {
  for (std::size_t bit = 0; bit < 8 * sizeof(ClientHello); ++bit) {
    Talk talk;
    talk.hello[bit / 8] ^= static_cast<std::byte>(1 << bit % 8);
    EXPECT_FALSE(server_proof_is_right(kSecret, talk.hello, talk.server)) << bit;
    EXPECT_FALSE(client_proof_is_right(kSecret, talk.hello, talk.server, talk.client)) << bit;
  }
  for (std::size_t bit = 0; bit < 8 * sizeof(ServerProof); ++bit) {
    Talk talk;
    talk.server[bit / 8] ^= static_cast<std::byte>(1 << bit % 8);
    EXPECT_FALSE(server_proof_is_right(kSecret, talk.hello, talk.server)) << bit;
  }
  for (std::size_t bit = 0; bit < 8 * sizeof(ClientProof); ++bit) {
    Talk talk;
    talk.client[bit / 8] ^= static_cast<std::byte>(1 << bit % 8);
    EXPECT_FALSE(client_proof_is_right(kSecret, talk.hello, talk.server, talk.client)) << bit;
  }
}

// A peer without the secret sends back what it was sent.
TEST(Handshake, ReflectedProofDoesNotPass) {
  const Talk talk;
  ClientProof reflected;
  std::ranges::copy(std::span(talk.server).subspan<16>(), reflected.begin());
  EXPECT_FALSE(client_proof_is_right(kSecret, talk.hello, talk.server, reflected));
}

// A recorded proof meets another nonce of the coordinator.
TEST(Handshake, ReplayedProofDoesNotPass) {
  const Talk talk;
  const ServerProof later = make_server_proof(kSecret, talk.hello, nonce_of(9));
  EXPECT_FALSE(client_proof_is_right(kSecret, talk.hello, later, talk.client));
}

TEST(Handshake, NoncesDiffer) { EXPECT_NE(make_nonce(), make_nonce()); }

}  // namespace
}  // namespace muster::wire
