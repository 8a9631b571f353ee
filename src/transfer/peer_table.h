// What one owner in a swarm keeps about each peer, by handle in ascending order.
//
// Each owner has a table of its own, of its own records. A few dozen peers are visited for almost every message, so they
// are in a flat array; each record has its own memory, so a Record& stays valid until that peer is erased. Handles are
// given out in ascending order, so inserting is an append. Iterators do not survive emplace() and erase().
#pragma once

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <memory>
#include <utility>
#include <vector>

#include "core/result.h"
#include "transfer/actions.h"

namespace stp::transfer {

template <class Record>
class PeerTable {
 public:
  using Entry = std::pair<const PeerHandle, Record>;

 private:
  // At the beginning of a cache line, unless it is smaller than one.
  struct alignas(sizeof(Entry) > 64 ? std::size_t{64} : alignof(Entry)) Place {
    Entry entry;
  };
  struct Slot {
    PeerHandle handle;  // beside the pointer, so finding a peer touches no other
    std::unique_ptr<Place> place;
  };
  using Entries = std::vector<Slot>;

  template <class Base, class Value>
  class Iterator {
   public:
    using iterator_category = std::bidirectional_iterator_tag;
    using value_type = Entry;
    using difference_type = std::ptrdiff_t;
    using pointer = Value*;
    using reference = Value&;

    Iterator() = default;
    explicit Iterator(Base base) : base_(base) {}
    reference operator*() const { return base_->place->entry; }
    pointer operator->() const { return &base_->place->entry; }
    Iterator& operator++() {
      ++base_;
      return *this;
    }
    Iterator& operator--() {
      --base_;
      return *this;
    }
    Iterator operator++(int) { return Iterator(base_++); }
    Iterator operator--(int) { return Iterator(base_--); }
    bool operator==(const Iterator&) const = default;

   private:
    friend class PeerTable;
    Base base_;
  };

 public:
  using iterator = Iterator<typename Entries::const_iterator, Entry>;
  using const_iterator = Iterator<typename Entries::const_iterator, const Entry>;

  [[nodiscard]] iterator begin() { return iterator(entries_.cbegin()); }
  [[nodiscard]] iterator end() { return iterator(entries_.cend()); }
  [[nodiscard]] const_iterator begin() const { return const_iterator(entries_.cbegin()); }
  [[nodiscard]] const_iterator end() const { return const_iterator(entries_.cend()); }
  [[nodiscard]] std::size_t size() const { return entries_.size(); }
  [[nodiscard]] bool empty() const { return entries_.empty(); }
  /// The record at this place in the order.
  [[nodiscard]] Record& at_place(std::size_t place) { return entries_[place].place->entry.second; }

  /// nullptr: the peer is not in the table.
  [[nodiscard]] Record* find(PeerHandle handle) { return has(handle) ? &at_place(last_found_) : nullptr; }
  [[nodiscard]] const Record* find(PeerHandle handle) const {
    return has(handle) ? &entries_[last_found_].place->entry.second : nullptr;
  }

  /// The peer must be in the table.
  [[nodiscard]] Record& at(PeerHandle handle) {
    Record* const record = find(handle);
    STP_ASSERT(record != nullptr);
    return *record;
  }
  [[nodiscard]] const Record& at(PeerHandle handle) const {
    const Record* const record = find(handle);
    STP_ASSERT(record != nullptr);
    return *record;
  }

  /// `handle` is greater than all that were ever in the table.
  Record& emplace(PeerHandle handle, Record record) {
    STP_ASSERT(entries_.empty() || entries_.back().handle < handle);
    entries_.push_back({handle, std::make_unique<Place>(Place{Entry{handle, std::move(record)}})});
    return entries_.back().place->entry.second;
  }
  void erase(PeerHandle handle) {
    if (has(handle)) entries_.erase(entries_.begin() + static_cast<std::ptrdiff_t>(last_found_));
  }

 private:
  /// Whether the peer is in the table: at last_found_.
  [[nodiscard]] bool has(PeerHandle handle) const {
    if (last_found_ < entries_.size() && entries_[last_found_].handle == handle) return true;
    const auto found = std::lower_bound(entries_.begin(), entries_.end(), handle,
                                        [](const Slot& slot, PeerHandle wanted) { return slot.handle < wanted; });
    if (found == entries_.end() || found->handle != handle) return false;
    last_found_ = static_cast<std::size_t>(found - entries_.begin());
    return true;
  }

  Entries entries_;
  mutable std::size_t last_found_ = 0;  // a message concerns one peer, which is looked up several times
};

}  // namespace stp::transfer
