// SeedPlan: which chunk a first seed would like each peer to take, and how much each peer is trusted with more.
//
// A seed that serves whatever it is asked for sends some chunks many times before others leave it once, since leeches
// that do not know each other choose alike; until the last chunk is out, the whole swarm waits for it. So the first
// seed promises each chunk to one peer and announces that (wire::Suggest). The idea is that of super-seeding (BEP 16),
// as advice instead of a lie about what the seed has: any peer may ask for more.
//
//   waiting ──next()──▶ promised ──whole chunk sent──▶ given ──another peer has it──▶ spread
//      ▲                   │ give_back()                 │ everybody who was sent it has left
//      └───────────────────┴─────────────────────────────┘
//
// - A chunk counts as *spread* only when a peer to which we sent none of it announces it: somebody else passed it on. A
//   peer that only takes spreads nothing, so when no chunk waits, chunks that were given longer ago than others took to
//   be seen elsewhere are promised again, to other peers. The plan is over when all are spread.
// - What a peer had when it connected proves nothing: it may have been here before with another session id. Such a
//   chunk is promised after those that nobody has.
// - Each peer has an account: `owes`, chunks it was sent and, as far as is known, did not pass on, and `passed`, those
//   that it did. Of several that were sent a chunk, the one that has passed on most so far is assumed to have passed it
//   on. doubt() ranks by it. An account is kept by address after its peer has left, and the next peer from there takes
//   it over. Peers of one address that are connected at the same time have separate accounts.
//
// Invariants: every chunk is in one state; unspread_ counts those not spread; a given chunk was sent to a connected
// peer. Not thread-safe. Only the constructor uses the Rng.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "core/bitfield.h"
#include "core/endpoint.h"
#include "core/ids.h"
#include "core/rng.h"
#include "core/time.h"
#include "transfer/chunk_picker.h"
#include "transfer/config.h"

namespace stp::transfer {

class SeedPlan {
 public:
  /// An account; valid until its leave().
  enum class Recipient : std::uint32_t {};

  /// Accounts kept after their peers have left, in addition to those of connected ones: as many as fit in this …
  static constexpr std::size_t kAccountBytes = 8UL * 1024 * 1024;
  static constexpr std::size_t kAccountsMin = 64;    // … but not fewer …
  static constexpr std::size_t kAccountsMax = 1024;  // … nor more

  /// `config` must outlive it.
  SeedPlan(std::uint32_t chunks, const SeedPlanConfig& config, Rng& rng);

  /// A peer that listens (or, if that is unknown, sends) at `at` has connected: its account, or one left at the same
  /// address.
  [[nodiscard]] Recipient join(const Endpoint& at);
  /// It is gone. Chunks that no other connected peer was sent are waiting again.
  void leave(Recipient recipient);

  /// A chunk for the peer, promised to it from now on: one that nobody was given, else one that is overdue and that
  /// this peer neither has nor was sent. nullopt: none. `has` may be empty (unknown yet).
  [[nodiscard]] std::optional<ChunkIndex> next(Recipient recipient, const Bitfield& has,
                                               const ChunkPicker& availability, Instant now);
  /// The promise was not kept.
  void give_back(ChunkIndex chunk);
  /// Blocks of the chunk have been sent to the peer, promised or not; `whole`: all of them have by now.
  void note_sent(Recipient recipient, ChunkIndex chunk, bool whole, Instant now);
  /// The peer has announced that it got the chunk.
  void note_seen(Recipient recipient, ChunkIndex chunk, Instant now);

  /// How many of its chunks the peer has not passed on, weighed against those it has: owes ÷ (1 + passed), rounded
  /// down. 0 for newcomers and for peers that pass on about as fast as they are given.
  [[nodiscard]] std::uint32_t doubt(Recipient recipient) const;
  /// A given chunk is overdue when it has not been seen elsewhere after this time: as long as others took on average.
  [[nodiscard]] Duration patience() const;
  /// We can no longer offer the chunk.
  void drop(ChunkIndex chunk);
  [[nodiscard]] bool over() const { return unspread_ == 0; }
  void check_invariants() const;

 private:
  enum class State : std::uint8_t { waiting, promised, given, spread };

  struct Account {
    Endpoint at;
    Bitfield sent;  // any block of the chunk; empty while there is none
    std::uint32_t owes = 0;
    std::uint32_t passed = 0;
    bool here = false;
    std::uint64_t left = 0;  // sequence number of its departure
  };
  struct Chunk {
    State state = State::waiting;
    Instant since;  // given: when last
  };
  struct Gift {
    ChunkIndex chunk;
    Instant since;
  };

  [[nodiscard]] Account& account(Recipient recipient) { return accounts_[static_cast<std::uint32_t>(recipient)]; }
  [[nodiscard]] const Account& account(Recipient recipient) const {
    return accounts_[static_cast<std::uint32_t>(recipient)];
  }
  [[nodiscard]] bool was_sent(const Account& account, ChunkIndex chunk) const {
    return account.sent.size() > 0 && account.sent.test(chunk);
  }
  /// Whether any block of it was sent to a connected peer.
  [[nodiscard]] bool is_with_somebody(ChunkIndex chunk) const;
  void wait(ChunkIndex chunk);
  void settle(ChunkIndex chunk);
  void promise(ChunkIndex chunk) { chunks_[chunk.value].state = State::promised; }
  [[nodiscard]] std::optional<ChunkIndex> next_claimed(const Account& to, const Bitfield& has);
  [[nodiscard]] std::optional<ChunkIndex> next_overdue(const Account& to, const Bitfield& has, Instant now);

  const SeedPlanConfig& config_;
  std::vector<Chunk> chunks_;
  std::uint32_t unspread_;
  std::vector<ChunkIndex> waiting_;  // last one first; chunks in other states are skipped
  std::vector<ChunkIndex> claimed_;  // waiting, but some peer came with it
  std::deque<Gift> gifts_;           // oldest first; those whose chunk has changed since are skipped
  std::vector<Account> accounts_;
  std::uint64_t departures_ = 0;
  std::size_t accounts_max_;
  Duration mean_spread_{};  // from given to spread, moving mean; 0: none yet
};

}  // namespace stp::transfer
