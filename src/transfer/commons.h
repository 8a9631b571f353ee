// Commons: what the swarms of one participant share: connections (seats) and upload slots.
//
// Each swarm has limits of its own (SwarmConfig); these are for all together. A swarm may take what is free, except the
// last eighth of the seats, which is for swarms that have less than an equal part. When all are taken, a newcomer to
// such a swarm gets a seat all the same, and swarms with more than their part give up as many (owes_seats()), so that a
// busy share never keeps a quiet one from being reached. Overbooking is bounded: only swarms below their part do it.
//
// Upload slots are divided equally among the swarms that serve somebody; each has at least kSlotsMin.
//
// Not thread-safe. Must outlive its members.
#pragma once

#include <algorithm>
#include <cstdint>

namespace stp::transfer {

class Commons {
 public:
  static constexpr std::uint32_t kSeatsMax = 1000;
  static constexpr std::uint32_t kSlotsMax = 200;
  static constexpr std::uint32_t kSlotsMin = 2;  // of a swarm that serves somebody

  explicit Commons(std::uint32_t seats_max = kSeatsMax, std::uint32_t slots_max = kSlotsMax)
      : seats_max_(seats_max), slots_max_(slots_max) {}

  /// A swarm's place in it: what it holds. One for each swarm.
  class Member {
   public:
    explicit Member(Commons* commons) : commons_(commons) {}
    ~Member() { hold(0, false); }
    Member(Member&& other) noexcept = delete;
    Member& operator=(Member&& other) = delete;

    /// The swarm has this many connections now, and whether it serves anybody.
    void hold(std::uint32_t seats, bool serves) {
      if (commons_ == nullptr) return;
      commons_->seats_ += seats - seats_;
      commons_->seated_ += (seats > 0 ? 1U : 0U) - (seats_ > 0 ? 1U : 0U);
      commons_->serving_ += (serves ? 1U : 0U) - (serves_ ? 1U : 0U);
      seats_ = seats;
      serves_ = serves;
    }
    /// Whether it may dial another peer.
    [[nodiscard]] bool may_dial() const {
      if (commons_ == nullptr) return true;
      const std::uint32_t free = commons_->seats_max_ - std::min(commons_->seats_max_, commons_->seats_);
      return free > commons_->seats_max_ / 8 || (free > 0 && below_part());
    }
    /// Whether a newcomer may have a seat without anybody leaving this swarm.
    [[nodiscard]] bool may_seat() const {
      return commons_ == nullptr || commons_->seats_ < commons_->seats_max_ || below_part();
    }
    /// How many of its seats it should give up now.
    [[nodiscard]] std::uint32_t owes_seats() const {
      if (commons_ == nullptr || commons_->seats_ <= commons_->seats_max_ || seats_ <= part()) return 0;
      return std::min(seats_ - part(), commons_->seats_ - commons_->seats_max_);
    }
    /// Upload slots that it may use.
    [[nodiscard]] std::uint32_t slots_max(std::uint32_t own_max) const {
      if (commons_ == nullptr || own_max == 0) return own_max;
      const std::uint32_t serving = std::max(1U, commons_->serving_ + (serves_ ? 0U : 1U));
      return std::min(own_max, std::max(kSlotsMin, commons_->slots_max_ / serving));
    }

   private:
    /// An equal part of the seats.
    [[nodiscard]] std::uint32_t part() const {
      const std::uint32_t seated = std::max(1U, commons_->seated_ + (seats_ > 0 ? 0U : 1U));
      return std::max(1U, commons_->seats_max_ / seated);
    }
    [[nodiscard]] bool below_part() const { return seats_ < part(); }

    Commons* commons_;  // null: alone
    std::uint32_t seats_ = 0;
    bool serves_ = false;
  };

  [[nodiscard]] std::uint32_t seats() const { return seats_; }
  [[nodiscard]] std::uint32_t seats_max() const { return seats_max_; }
  [[nodiscard]] std::uint32_t slots_max() const { return slots_max_; }
  /// With fewer than are taken, swarms give up the rest at their next upkeep.
  void set_seats_max(std::uint32_t seats_max) { seats_max_ = seats_max; }
  /// With fewer than are taken, they fall free as swarms choose again whom they serve.
  void set_slots_max(std::uint32_t slots_max) { slots_max_ = slots_max; }

 private:
  std::uint32_t seats_max_;
  std::uint32_t slots_max_;
  std::uint32_t seats_ = 0;    // of all members
  std::uint32_t seated_ = 0;   // members with any
  std::uint32_t serving_ = 0;  // members that serve somebody
};

}  // namespace stp::transfer
