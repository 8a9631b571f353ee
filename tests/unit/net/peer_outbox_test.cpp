#include "net/peer_outbox.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "core/rng.h"

namespace stp::net {
namespace {

constexpr BlockRun run_of(std::uint32_t chunk) {
  return {ChunkIndex{chunk}, 0, 1};
}

// What leaves now, in words: "choke", "have", "blocks 3", …
std::vector<std::string> drain(PeerOutbox& outbox) {
  std::vector<std::string> out;
  while (const std::optional<PeerOutbox::Ready> ready = outbox.pop()) {
    if (const auto* const message = std::get_if<wire::Message>(&*ready)) {
      out.push_back(std::holds_alternative<wire::Choke>(*message)     ? "choke"
                    : std::holds_alternative<wire::Unchoke>(*message) ? "unchoke"
                    : std::holds_alternative<wire::Bye>(*message)     ? "bye"
                                                                      : "other");
    } else if (const auto* const blocks = std::get_if<PeerOutbox::Blocks>(&*ready)) {
      out.push_back("blocks " + std::to_string(blocks->run.chunk.value));
    } else {
      out.push_back("leaves");
    }
  }
  return out;
}

using Words = std::vector<std::string>;

TEST(PeerOutbox, DataLeavesInTheOrderAskedForHoweverReadsFinish) {
  PeerOutbox outbox;
  for (std::uint32_t chunk = 0; chunk < 3; ++chunk) outbox.push_blocks(run_of(chunk));
  const auto first = outbox.next_read();
  const auto second = outbox.next_read();
  const auto third = outbox.next_read();
  ASSERT_TRUE(first && second && third);
  EXPECT_FALSE(outbox.next_read());
  outbox.handle_blocks(third->tag, {}, {});
  EXPECT_EQ(drain(outbox), Words{});
  outbox.handle_blocks(first->tag, {}, {});
  EXPECT_EQ(drain(outbox), Words{"blocks 0"});
  outbox.handle_blocks(second->tag, {}, {});
  EXPECT_EQ(drain(outbox), (Words{"blocks 1", "blocks 2"}));
  EXPECT_TRUE(outbox.empty());
}

TEST(PeerOutbox, AMessageOvertakesDataThatWaits) {
  PeerOutbox outbox;
  outbox.push_blocks(run_of(1));
  outbox.push(wire::Request{run_of(9)});
  EXPECT_EQ(drain(outbox), Words{"other"});
}

TEST(PeerOutbox, AChokeAndWhatFollowsItStayBehindTheData) {
  PeerOutbox outbox;
  outbox.push_blocks(run_of(1));
  outbox.push(wire::Choke{});
  outbox.push(wire::Have{{ChunkIndex{1}}});
  EXPECT_EQ(drain(outbox), Words{});
  outbox.handle_blocks(outbox.next_read()->tag, {}, {});
  EXPECT_EQ(drain(outbox), (Words{"blocks 1", "choke", "other"}));
}

TEST(PeerOutbox, AChokeWithNothingBeforeItLeavesAtOnce) {
  PeerOutbox outbox;
  outbox.push(wire::Choke{});
  EXPECT_EQ(drain(outbox), Words{"choke"});
}

TEST(PeerOutbox, AFailedReadLeavesNoHole) {
  PeerOutbox outbox;
  outbox.push_blocks(run_of(1));
  outbox.push_blocks(run_of(2));
  const auto first = outbox.next_read();
  const auto second = outbox.next_read();
  outbox.handle_blocks(second->tag, {}, {});
  outbox.drop(first->tag);
  EXPECT_EQ(drain(outbox), Words{"blocks 2"});
}

TEST(PeerOutbox, LeavesKeepTheirPlaceAmongTheData) {
  PeerOutbox outbox;
  outbox.push_leaves(run_of(1), {});
  outbox.push_blocks(run_of(2));
  const auto leaves = outbox.next_read();
  const auto blocks = outbox.next_read();
  EXPECT_TRUE(leaves->leaves_for.has_value());
  EXPECT_FALSE(blocks->leaves_for.has_value());
  outbox.handle_blocks(blocks->tag, {}, {});
  outbox.handle_leaves(leaves->tag, {});
  EXPECT_EQ(drain(outbox), (Words{"leaves", "blocks 2"}));
}

TEST(PeerOutbox, TheEndKeepsWhatIsReadyAndTheBye) {
  PeerOutbox outbox;
  outbox.push_blocks(run_of(1));
  outbox.push_blocks(run_of(2));
  outbox.push(wire::Choke{});
  outbox.push(wire::Bye{});
  outbox.handle_blocks(outbox.next_read()->tag, {}, {});
  outbox.drop_unread();
  EXPECT_EQ(drain(outbox), (Words{"blocks 1", "bye"}));
  EXPECT_TRUE(outbox.empty());
}

TEST(PeerOutbox, AnswersToForgottenReadsAreIgnored) {
  PeerOutbox outbox;
  outbox.push_blocks(run_of(1));
  const auto read = outbox.next_read();
  outbox.drop_unread();
  outbox.handle_blocks(read->tag, {}, {});
  outbox.drop(read->tag);
  EXPECT_EQ(drain(outbox), Words{});
}

TEST(PeerOutbox, AnyOrderOfReadsGivesTheDataInOrder) {
  Rng rng(11);
  for (int round = 0; round < 100; ++round) {
    PeerOutbox outbox;
    const auto count = static_cast<std::uint32_t>(1 + rng.below(20));
    Words expected;
    for (std::uint32_t chunk = 0; chunk < count; ++chunk) {
      outbox.push_blocks(run_of(chunk));
      expected.push_back("blocks " + std::to_string(chunk));
    }
    std::vector<std::uint64_t> tags;
    while (const auto read = outbox.next_read()) tags.push_back(read->tag);
    rng.shuffle(std::span<std::uint64_t>(tags));
    Words left;
    for (const std::uint64_t tag : tags) {
      outbox.handle_blocks(tag, {}, {});
      for (std::string& word : drain(outbox)) left.push_back(std::move(word));
    }
    EXPECT_EQ(left, expected);
  }
}

}  // namespace
}  // namespace stp::net
