#include "transfer/holdings.h"

#include <utility>

#include "core/result.h"

namespace stp::transfer {

void Holdings::start(std::shared_ptr<const content::Metainfo> metainfo, Bitfield had, Bitfield wanted) {
  metainfo_ = std::move(metainfo);
  had_ = std::move(had);
  wanted_ = std::move(wanted);
  STP_ASSERT(had_.size() == metainfo_->chunk_count() && wanted_.size() == metainfo_->chunk_count());
  for (ChunkIndex c; c.value < wanted_.size(); ++c) {
    const std::int64_t bytes = metainfo_->bytes_of(c);
    if (wanted_.test(c)) {
      bytes_wanted_ += bytes;
      if (had_.test(c)) bytes_had_ += bytes;
      missing_ += !had_.test(c);
    } else if (!had_.test(c)) {
      bytes_unwanted_ += bytes;
    }
  }
  began_incomplete_ = missing_ > 0;
}

void Holdings::add(ChunkIndex chunk) {
  STP_ASSERT(lacks(chunk));
  had_.set(chunk);
  --missing_;
  bytes_had_ += metainfo_->bytes_of(chunk);
}

std::optional<bool> Holdings::lose(ChunkIndex chunk) {
  if (!had_.reset(chunk)) return std::nullopt;
  const std::int64_t bytes = metainfo_->bytes_of(chunk);
  const bool was_wanted = wanted_.reset(chunk);
  if (was_wanted) {
    bytes_wanted_ -= bytes;
    bytes_had_ -= bytes;
  }
  bytes_unwanted_ += bytes;
  return was_wanted;
}

bool Holdings::regain(ChunkIndex chunk, bool was_wanted) {
  if (wanted_.test(chunk)) return false;
  const std::int64_t bytes = metainfo_->bytes_of(chunk);
  if (!had_.set(chunk)) return true;
  bytes_unwanted_ -= bytes;
  if (was_wanted) {
    wanted_.set(chunk);
    bytes_wanted_ += bytes;
    bytes_had_ += bytes;
  }
  return true;
}

bool Holdings::want_again(ChunkIndex chunk) {
  if (lacks(chunk)) return false;
  const std::int64_t bytes = metainfo_->bytes_of(chunk);
  const bool was_had = had_.reset(chunk);
  if (!wanted_.set(chunk)) {
    bytes_had_ -= bytes;
  } else {
    bytes_wanted_ += bytes;
    if (!was_had) bytes_unwanted_ -= bytes;
  }
  ++missing_;
  return true;
}

void Holdings::check_invariants() const {
  std::uint32_t lacking = 0;
  std::int64_t wanted = 0;
  std::int64_t had = 0;
  std::int64_t left = 0;
  for (ChunkIndex c; c.value < wanted_.size(); ++c) {
    lacking += lacks(c);
    if (wanted_.test(c)) wanted += metainfo_->bytes_of(c);
    if (wanted_.test(c) && had_.test(c)) had += metainfo_->bytes_of(c);
    if (!had_.test(c)) left += metainfo_->bytes_of(c);
  }
  STP_ASSERT(lacking == missing_ && wanted == bytes_wanted_ && had == bytes_had_ && left == bytes_left());
}

}  // namespace stp::transfer
