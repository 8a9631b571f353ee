#include "net/peer_outbox.h"

#include <algorithm>
#include <utility>

namespace stp::net {
namespace {

bool keeps_its_place(const wire::Message& message) {
  return std::holds_alternative<wire::Choke>(message) || std::holds_alternative<wire::Unchoke>(message) ||
         std::holds_alternative<wire::Bye>(message);
}

}  // namespace

void PeerOutbox::push(wire::Message message) {
  if (ordered_messages_ > 0 || (!queue_.empty() && keeps_its_place(message))) {
    queue_.emplace_back(std::move(message));
    ++ordered_messages_;
  } else {
    overtaking_.push_back(std::move(message));
  }
}

void PeerOutbox::push_blocks(const BlockRun& run) {
  queue_.emplace_back(Reading{next_tag_++, run, std::nullopt});
}

void PeerOutbox::push_leaves(const BlockRun& run, const wire::HashRequest& request) {
  queue_.emplace_back(Reading{next_tag_++, run, request});
}

std::optional<PeerOutbox::Read> PeerOutbox::next_read() {
  for (Entry& entry : queue_) {
    auto* const reading = std::get_if<Reading>(&entry);
    if (reading == nullptr || reading->started) continue;
    reading->started = true;
    return Read{reading->tag, reading->run, reading->leaves_for};
  }
  return std::nullopt;
}

std::deque<PeerOutbox::Entry>::iterator PeerOutbox::find(std::uint64_t tag) {
  return std::find_if(queue_.begin(), queue_.end(), [tag](const Entry& entry) {
    const auto* const reading = std::get_if<Reading>(&entry);
    return reading != nullptr && reading->tag == tag;
  });
}

void PeerOutbox::handle_blocks(std::uint64_t tag, wire::PooledBuffer buffer, ByteSpan payload) {
  const auto at = find(tag);
  if (at == queue_.end()) return;
  const BlockRun run = std::get<Reading>(*at).run;
  at->emplace<Blocks>(Blocks{run, std::move(buffer), payload});
}

void PeerOutbox::handle_leaves(std::uint64_t tag, wire::Hashes hashes) {
  const auto at = find(tag);
  if (at != queue_.end()) at->emplace<Leaves>(Leaves{std::move(hashes)});
}

void PeerOutbox::drop(std::uint64_t tag) {
  const auto at = find(tag);
  if (at != queue_.end()) queue_.erase(at);
}

void PeerOutbox::drop_unread() {
  std::deque<Entry> kept;
  bool hole = false;
  for (Entry& entry : queue_) {
    const bool unread = std::holds_alternative<Reading>(entry);
    hole = hole || unread;
    const auto* const message = std::get_if<wire::Message>(&entry);
    const bool bye = message != nullptr && std::holds_alternative<wire::Bye>(*message);
    if (!hole || bye) kept.push_back(std::move(entry));
  }
  queue_ = std::move(kept);
  ordered_messages_ = static_cast<std::size_t>(std::count_if(
      queue_.begin(), queue_.end(), [](const Entry& entry) { return std::holds_alternative<wire::Message>(entry); }));
}

std::optional<PeerOutbox::Ready> PeerOutbox::pop() {
  if (!overtaking_.empty()) {
    Ready ready(std::in_place_type<wire::Message>, std::move(overtaking_.front()));
    overtaking_.pop_front();
    return ready;
  }
  if (queue_.empty() || std::holds_alternative<Reading>(queue_.front())) return std::nullopt;
  Entry entry = std::move(queue_.front());
  queue_.pop_front();
  if (auto* const message = std::get_if<wire::Message>(&entry)) {
    --ordered_messages_;
    return Ready(std::in_place_type<wire::Message>, std::move(*message));
  }
  if (auto* const blocks = std::get_if<Blocks>(&entry)) return Ready(std::in_place_type<Blocks>, std::move(*blocks));
  return Ready(std::in_place_type<Leaves>, std::get<Leaves>(std::move(entry)));
}

}  // namespace stp::net
