#include "wire/frame_stream.h"

#include <algorithm>
#include <cstring>
#include <string>
#include <utility>

namespace stp::wire {
namespace {

// Where in its buffer a body is assembled, so that the payload of a data frame encoded by stp is aligned.
constexpr std::size_t kBodyAt = kBufferAlignment - (kDataHeaderBytes - kFramePrefixBytes) % kBufferAlignment;
static_assert((kBodyAt + kDataHeaderBytes - kFramePrefixBytes) % kBufferAlignment == 0);
static_assert(kBodyAt + kFrameBytesMax <= kBufferBytes);
static_assert(kBufferBytes >= 2 * kRecordBytesMax, "a cut record at the front leaves room for a whole one");

}  // namespace

MutableByteSpan FrameStream::prepare() {
  lent_ = true;
  if (!input_) input_ = pool_->take();
  // What is left is usually the start of a record: small, and cheaper to move than to read around in small pieces.
  if (plain_.empty() && begin_ > 0) {
    std::memmove(input_.bytes().data(), input_.bytes().data() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
  }
  return input_.bytes().subspan(end_);
}

void FrameStream::commit(std::size_t n) {
  STP_ASSERT(lent_ && n <= kBufferBytes - end_);
  lent_ = false;
  end_ += n;
  release_when_idle();
}

void FrameStream::skip_raw(std::size_t n) {
  STP_ASSERT(n <= end_ - begin_);
  begin_ += n;
}

void FrameStream::release_when_idle() {
  if (lent_ || begin_ != end_ || !plain_.empty()) return;
  begin_ = end_ = 0;
  input_.release();
}

Result<std::optional<Frame>> FrameStream::poll() {
  STP_ASSERT(opener_.has_value());
  if (error_) return *error_;
  Result<std::optional<Frame>> frame = poll_step_by_step();
  if (!frame) {
    error_ = frame.error();
    frame_.release();
    plain_ = {};
    begin_ = end_;
  }
  release_when_idle();
  return frame;
}

Result<std::optional<Frame>> FrameStream::poll_step_by_step() {
  for (;;) {
    if (assembling() && frame_filled_ == frame_bytes_) {
      Result<std::optional<Frame>> frame = finish_frame();
      if (!frame || *frame) return frame;
    } else if (!plain_.empty()) {
      Result<std::optional<Frame>> frame = take_plain();
      if (!frame || *frame) return frame;
    } else {
      const Result<bool> opened = open_next_record();
      if (!opened) return opened.error();
      if (!*opened) return std::optional<Frame>();
    }
  }
}

Result<bool> FrameStream::open_next_record() {
  const MutableByteSpan sealed = input_.bytes().subspan(begin_, end_ - begin_);
  if (sealed.size() < kRecordPrefixBytes) return false;
  const Result<std::size_t> size = record_plaintext_bytes(sealed.first(kRecordPrefixBytes));
  if (!size) return size.error();
  if (sealed.size() < *size + kRecordOverheadBytes) return false;
  const bool into_frame = assembling() && *size <= frame_room().size();
  const MutableByteSpan out = into_frame ? frame_room().first(*size) : sealed.subspan(kRecordPrefixBytes, *size);
  if (const Status opened = opener_->open(sealed.first(*size + kRecordOverheadBytes), out); !opened)
    return opened.error();
  begin_ += *size + kRecordOverheadBytes;
  if (into_frame) {
    frame_filled_ += *size;
  } else {
    plain_ = out;
  }
  return true;
}

MutableByteSpan FrameStream::frame_room() {
  return frame_.bytes().subspan(kBodyAt + frame_filled_, frame_bytes_ - frame_filled_);
}

// Takes what it can from plain_: a part of a length, a part of a body, or a whole frame.
Result<std::optional<Frame>> FrameStream::take_plain() {
  if (!assembling() && prefix_bytes_ < kFramePrefixBytes) {
    const std::size_t taken = std::min(plain_.size(), kFramePrefixBytes - prefix_bytes_);
    std::copy_n(plain_.begin(), taken, prefix_.begin() + static_cast<std::ptrdiff_t>(prefix_bytes_));
    prefix_bytes_ += taken;
    plain_ = plain_.subspan(taken);
    if (prefix_bytes_ < kFramePrefixBytes) return std::optional<Frame>();
    frame_bytes_ = load_be<std::uint32_t>(prefix_.data());
    frame_filled_ = 0;
    if (frame_bytes_ == 0) return Error{ErrorKind::malformed, "frame: is empty"};
    if (frame_bytes_ > kFrameBytesMax) {
      return Error{ErrorKind::limit, "frame: " + std::to_string(frame_bytes_) + " bytes announced, more than " +
                                         std::to_string(kFrameBytesMax)};
    }
  }
  if (!assembling()) {
    if (plain_.size() >= frame_bytes_) {  // all of it is here: most control frames
      const MutableByteSpan body = plain_.first(frame_bytes_);
      if (Result<DecodedFrame> decoded = decode_frame(body); !decoded) {
        return decoded.error();
      } else if (!std::holds_alternative<DataView>(*decoded)) {
        plain_ = plain_.subspan(frame_bytes_);
        prefix_bytes_ = 0;
        if (auto* const message = std::get_if<Message>(&*decoded)) return std::optional<Frame>(std::move(*message));
        return std::optional<Frame>();
      }
    }
    frame_ = pool_->take();  // data needs a buffer that it can leave in
  }
  const MutableByteSpan room = frame_room();
  const std::size_t taken = std::min(plain_.size(), room.size());
  std::copy_n(plain_.begin(), taken, room.begin());
  frame_filled_ += taken;
  plain_ = plain_.subspan(taken);
  return std::optional<Frame>();
}

Result<std::optional<Frame>> FrameStream::finish_frame() {
  PooledBuffer buffer = std::move(frame_);
  prefix_bytes_ = 0;
  const MutableByteSpan body = buffer.bytes().subspan(kBodyAt, frame_bytes_);
  Result<DecodedFrame> decoded = decode_frame(body);
  if (!decoded) return decoded.error();
  if (auto* const message = std::get_if<Message>(&*decoded)) return std::optional<Frame>(std::move(*message));
  if (const auto* const data = std::get_if<DataView>(&*decoded)) {
    const auto offset = static_cast<std::size_t>(data->payload.data() - buffer.bytes().data());
    const MutableByteSpan payload = buffer.bytes().subspan(offset, data->payload.size());
    return std::optional<Frame>(DataFrame{data->run, std::move(buffer), payload});
  }
  return std::optional<Frame>();
}

void FrameStream::check_invariants() const {
  STP_ASSERT(begin_ <= end_ && end_ <= input_.bytes().size());
  if (!plain_.empty()) {
    STP_ASSERT(plain_.data() >= input_.bytes().data() &&
               plain_.data() + plain_.size() <= input_.bytes().data() + begin_);
  }
  STP_ASSERT(prefix_bytes_ <= kFramePrefixBytes);
  if (assembling()) STP_ASSERT(frame_bytes_ > 0 && frame_bytes_ <= kFrameBytesMax && frame_filled_ < frame_bytes_);
}

}  // namespace stp::wire
