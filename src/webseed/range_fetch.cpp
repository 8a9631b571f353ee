#include "webseed/range_fetch.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "webseed/seed_url.h"

namespace stp::webseed {
namespace {

using content::WebSeed;
using content::WebSeedFailure;

std::string number(std::int64_t value) {
  return std::to_string(value);
}

/// The first frame's worth of a run.
BlockRun first_frame(const BlockRun& run) {
  return {run.chunk, run.first, std::min(run.count, wire::kDataBlocksMax)};
}

}  // namespace

RangeFetch::RangeFetch(WebSeed seed, std::shared_ptr<const content::Metainfo> metainfo, wire::BufferPool& pool)
    : seed_(std::move(seed)), metainfo_(std::move(metainfo)), pool_(pool) {
  for (const content::FileEntry& file : metainfo_->files()) files_with_bytes_ += file.bytes > 0;
  if (seed_.kind == WebSeed::Kind::pieces && !metainfo_->has_v1()) {
    fail({"it can only be asked for shares with a v1 info-hash (BEP 17)", std::nullopt, true});
  }
}

void RangeFetch::start_request(const BlockRun& run) {
  if (state_ == State::failed) return;
  if (is_missing(run)) return reject(run, wire::RejectReason::not_there);
  waiting_.push_back(run);
}

void RangeFetch::cancel(const BlockRun& run) {
  const std::uint32_t end = run.first + run.count;
  std::deque<BlockRun> kept;
  for (const BlockRun& each : waiting_) {
    const std::uint32_t each_end = each.first + each.count;
    const std::uint32_t from = std::max(each.first, run.first);
    const std::uint32_t to = std::min(each_end, end);
    if (each.chunk != run.chunk || from >= to) {
      kept.push_back(each);
      continue;
    }
    if (each.first < from) kept.push_back({each.chunk, each.first, from - each.first});
    if (to < each_end) kept.push_back({each.chunk, to, each_end - to});
    reject({each.chunk, from, to - from}, wire::RejectReason::cancelled);
  }
  waiting_ = std::move(kept);
  std::size_t blocks = 0;
  for (const BlockRun& each : runs_) {
    blocks += each.count;
    if (each.chunk != run.chunk) continue;
    const std::uint32_t to = std::min(each.first + each.count, end);
    for (std::uint32_t i = std::max(each.first, run.first); i < to; ++i) cancelled_.emplace(each.chunk, i);
  }
  if (blocks > 0 && cancelled_.size() == blocks) abandon_job();
}

std::optional<Get> RangeFetch::poll_get() {
  if (state_ == State::idle && !waiting_.empty()) begin_job();
  if (state_ != State::next) return std::nullopt;
  state_ = State::head;
  if (redirect_) {
    get_ = *std::move(redirect_);
    redirect_.reset();
    return get_;
  }
  const content::Extent& extent = extents_.front();
  if (seed_.kind == WebSeed::Kind::files) {
    get_ = {url_of_file(seed_, *metainfo_, extent.file), extent.offset, extent.bytes, true, {}};
  } else {
    const auto piece = static_cast<std::uint32_t>(position_ / metainfo_->chunk_bytes());
    const std::int64_t offset = position_ % metainfo_->chunk_bytes();
    get_ = {url_of_piece(seed_, *metainfo_, ChunkIndex{piece}, offset, extent.bytes), offset, extent.bytes, false, {}};
  }
  return get_;
}

// --- what is asked

bool RangeFetch::may_join_at(std::int64_t position) const {
  // A piece has a URL of its own.
  return seed_.kind == WebSeed::Kind::files || position % metainfo_->chunk_bytes() != 0;
}

bool RangeFetch::join_one(std::int64_t& begin, std::int64_t& end) {
  const content::Layout& layout = metainfo_->layout();
  for (auto at = waiting_.begin(); at != waiting_.end(); ++at) {
    const std::int64_t from = layout.position(*at);
    const std::int64_t bytes = layout.bytes_of(*at);
    const bool behind = from == end && may_join_at(end);
    const bool before = from + bytes == begin && may_join_at(begin);
    if ((!behind && !before) || end - begin + bytes > kRangeBytesMax) continue;
    if (behind) {
      end += bytes;
      runs_.push_back(*at);
    } else {
      begin = from;
      runs_.push_front(*at);
    }
    waiting_.erase(at);
    return true;
  }
  return false;
}

void RangeFetch::begin_job() {
  const content::Layout& layout = metainfo_->layout();
  runs_.push_back(waiting_.front());
  waiting_.pop_front();
  std::int64_t end = layout.position(runs_.front()) + layout.bytes_of(runs_.front());
  position_ = layout.position(runs_.front());
  while (join_one(position_, end)) {
  }
  if (seed_.kind == WebSeed::Kind::pieces) {
    extents_ = {content::Extent{0, 0, end - position_}};  // whatever the files; pads are part of a piece
  } else {
    const std::vector<content::Extent> extents = layout.extents(position_, end - position_);
    extents_.assign(extents.begin(), extents.end());
  }
  state_ = State::next;
  advance();
}

void RangeFetch::advance() {
  while (!extents_.empty()) {
    content::Extent& front = extents_.front();
    if (front.bytes > 0 && !front.is_pad()) return;
    const std::int64_t zeros = front.bytes;
    extents_.pop_front();
    if (zeros > 0) deliver_zeros(zeros);
  }
  STP_ASSERT(runs_.empty());
  cancelled_.clear();
  state_ = State::idle;
}

void RangeFetch::abandon_job() {
  buffer_.release();
  filled_ = 0;
  extents_.clear();
  redirect_.reset();
  std::deque<BlockRun> left;
  for (const BlockRun& run : std::exchange(runs_, {})) {
    for (std::uint32_t i = run.first; i < run.first + run.count;) {
      const bool cancelled = cancelled_.contains({run.chunk, i});
      std::uint32_t end = i + 1;
      while (end < run.first + run.count && cancelled_.contains({run.chunk, end}) == cancelled) ++end;
      const BlockRun part{run.chunk, i, end - i};
      if (cancelled) {
        reject(part, wire::RejectReason::cancelled);
      } else {
        left.push_back(part);
      }
      i = end;
    }
  }
  waiting_.insert(waiting_.begin(), left.begin(), left.end());
  cancelled_.clear();
  if (state_ != State::failed) state_ = State::idle;
}

void RangeFetch::reject(const BlockRun& run, wire::RejectReason reason) {
  output_.emplace_back(wire::Reject{run, reason});
}

bool RangeFetch::is_missing(const BlockRun& run) const {
  if (missing_.empty()) return false;
  const std::vector<content::Extent> extents = metainfo_->layout().extents(run);
  return std::ranges::any_of(extents, [this](const content::Extent& each) { return missing_.contains(each.file); });
}

// --- what is answered

void RangeFetch::handle_head(const ResponseHead& head, const std::optional<IpAddress>& answered) {
  if (state_ != State::head) return;
  if (head.status / 100 == 3 && head.status != 304) return follow(head, answered);
  const bool has_range = seed_.kind == WebSeed::Kind::files;
  if (has_range && (head.status == 404 || head.status == 403 || head.status == 410 || head.status == 416)) {
    return lose_file(head.status);
  }
  if (head.status != 200 && head.status != 206) {
    return fail({"it answered " + number(head.status), head.retry_after, false});
  }
  if (!head.encoding.empty()) return fail({"it sends compressed data, which nobody asked for", std::nullopt, true});
  if (head.status == 206) {
    if (!has_range) return fail({"it answered 206, although no range was asked for", std::nullopt, true});
    if (!head.range) return fail({"it answered 206 without saying which range", std::nullopt, true});
    const std::int64_t total = metainfo_->files()[extents_.front().file].bytes;
    if (head.range->total && *head.range->total != total) {
      return fail({"its file has " + number(*head.range->total) + " bytes instead of " + number(total)});
    }
    if (head.range->first != get_.first || head.range->last != get_.first + get_.bytes - 1) {
      return fail({"it sends another range than it was asked for", std::nullopt, true});
    }
  } else if (has_range) {
    const std::int64_t total = metainfo_->files()[extents_.front().file].bytes;
    if (head.length && *head.length != total) {
      return fail({"its file has " + number(*head.length) + " bytes instead of " + number(total)});
    }
    // Reading up to the range would cost any amount of data.
    if (get_.first != 0) return fail({"it knows no ranges: it answered 200 instead of 206", std::nullopt, true});
  } else if (head.length && *head.length != get_.bytes) {
    return fail({"it sends " + number(*head.length) + " bytes instead of " + number(get_.bytes)});
  }
  state_ = State::body;
}

void RangeFetch::handle_body(ByteSpan bytes) {
  if (state_ != State::body) return;
  content::Extent& extent = extents_.front();
  const auto taken = static_cast<std::size_t>(std::min<std::int64_t>(std::ssize(bytes), extent.bytes));
  extent.bytes -= static_cast<std::int64_t>(taken);
  extent.offset += static_cast<std::int64_t>(taken);
  deliver(bytes.first(taken));
  if (extent.bytes > 0) return;
  state_ = State::next;
  advance();
}

void RangeFetch::handle_end(const Status& status) {
  if (!under_way()) return;
  if (state_ == State::body) {
    const std::string why = status ? std::string() : " (" + status.error().message + ")";
    return fail({"its answer ended too early" + why});
  }
  fail({status ? "it closed the connection without an answer" : status.error().message});
}

void RangeFetch::deliver(ByteSpan bytes) {
  position_ += std::ssize(bytes);
  while (!bytes.empty()) {
    BlockRun& run = runs_.front();
    const BlockRun frame = first_frame(run);
    const std::uint32_t whole = metainfo_->bytes_of(frame);
    if (!buffer_) buffer_ = pool_.take();
    const std::size_t n = std::min<std::size_t>(bytes.size(), whole - filled_);
    std::memcpy(buffer_.bytes().data() + filled_, bytes.data(), n);
    filled_ += n;
    bytes = bytes.subspan(n);
    if (filled_ < whole) return;
    filled_ = 0;
    const MutableByteSpan payload = buffer_.bytes().first(whole);
    output_.emplace_back(wire::DataFrame{frame, std::move(buffer_), payload});
    for (std::uint32_t i = 0; i < frame.count; ++i) cancelled_.erase({frame.chunk, frame.first + i});
    run.first += frame.count;
    run.count -= frame.count;
    if (run.count == 0) runs_.pop_front();
  }
}

void RangeFetch::deliver_zeros(std::int64_t bytes) {
  static constexpr std::array<std::byte, 4096> kZeros{};
  for (; bytes > 0; bytes -= std::ssize(kZeros)) {
    deliver(ByteSpan(kZeros).first(static_cast<std::size_t>(std::min<std::int64_t>(bytes, std::ssize(kZeros)))));
  }
}

void RangeFetch::follow(const ResponseHead& head, const std::optional<IpAddress>& answered) {
  Get next = get_;
  Result<Url> url = next.redirects.follow(get_.url, head.location, answered);
  // What goes on for ever today may be a mistake that is mended; the others are meant.
  const bool for_good = next.redirects.length() < http::kRedirectsMax;
  if (!url) return fail({url.error().message, std::nullopt, for_good});
  next.url = *std::move(url);
  redirect_ = std::move(next);
  state_ = State::next;
}

void RangeFetch::lose_file(unsigned status) {
  const std::uint32_t file = extents_.front().file;
  missing_.insert(file);
  if (missing_.size() >= files_with_bytes_) {
    return fail({"it does not have the files (it answered " + number(status) + ")"});
  }
  abandon_job();
  for (const BlockRun& run : std::exchange(waiting_, {})) start_request(run);
}

void RangeFetch::fail(WebSeedFailure failure) {
  if (state_ == State::failed) return;
  state_ = State::failed;
  failure_ = std::move(failure);
  abandon_job();
  waiting_.clear();
}

std::optional<RangeFetch::Output> RangeFetch::poll_output() {
  if (output_.empty()) return std::nullopt;
  Output output = std::move(output_.front());
  output_.pop_front();
  return output;
}

void RangeFetch::check_invariants() const {
  const bool job = state_ != State::idle && state_ != State::failed;
  STP_ASSERT(job == !runs_.empty());
  STP_ASSERT(job || (extents_.empty() && cancelled_.empty() && filled_ == 0));
  STP_ASSERT(failure_.has_value() == (state_ == State::failed));
  if (!job) return;
  std::int64_t to_come = -static_cast<std::int64_t>(filled_);
  for (const BlockRun& run : runs_) to_come += metainfo_->bytes_of(run);
  for (const content::Extent& extent : extents_) to_come -= extent.bytes;
  STP_ASSERT(to_come == 0);
}

}  // namespace stp::webseed
