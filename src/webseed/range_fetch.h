// RangeFetch: turns what is requested of a web seed into HTTP requests, and their bodies into chunk data.
//
//   start_request() ──▶ waiting ──poll_get()──▶ under way ──handle_head(), handle_body()──▶ poll_output(): data
//                          ▲ a redirect, the next file of a run ◀───┘      └──▶ poll_output(): rejects; failure()
//
// One request is under way at a time. Requests that follow each other in the share are joined into one range, up to
// kRangeBytesMax, however small the blocks; a range ends with its file (BEP 19) or piece (BEP 17). Pads are made here.
//
// The server is a stranger's. Nothing is taken but the range that was asked for:
//   206      its Content-Range has to be the range, and the length of the file that of the metainfo
//   200      only for a range that begins its file (BEP 17: always, that is how it answers); the rest is not read
//   3xx      followed as http/redirect.h allows
//   404, 403, 410, 416   that file is not there (reject `not_there`); once no file is left, the web seed has failed
//   anything else, compressed bodies, ends that come too early: the web seed has failed (failure())
//
// Driving it: after each call drain poll_output(); whenever nothing is under way, ask poll_get(); end the request under
// way when it is no longer needed (under_way()). After a failure nothing more comes; what was requested is lost.
// No I/O, and no time: silence is the caller's matter. Not thread-safe. The pool must outlive it and the data that came
// out of it.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "content/metainfo.h"
#include "content/web_seed.h"
#include "core/endpoint.h"
#include "core/result.h"
#include "http/redirect.h"
#include "webseed/response_head.h"
#include "wire/buffer_pool.h"
#include "wire/codec.h"
#include "wire/message.h"

namespace stp::webseed {

inline constexpr std::int64_t kRangeBytesMax = 16 * 1024 * 1024;

/// One GET: bytes [first, first + bytes) of what is at `url`.
struct Get {
  Url url;
  std::int64_t first = 0;
  std::int64_t bytes = 0;
  bool ranged = true;             // with a Range field; BEP 17 has the range in the URL
  http::RedirectChain redirects;  // that led here
};

class RangeFetch {
 public:
  RangeFetch(content::WebSeed seed, std::shared_ptr<const content::Metainfo> metainfo, wire::BufferPool& pool);

  /// metainfo.contains(run). Each block is answered once, with data or a reject, unless it fails.
  void start_request(const BlockRun& run);
  /// What is not under way is rejected at once. If nothing of what is under way is wanted any more, it ends.
  void cancel(const BlockRun& run);

  /// What to ask next; nullopt: something is under way, or there is nothing to ask.
  [[nodiscard]] std::optional<Get> poll_get();
  /// Whether the answer to the last Get is still of use.
  [[nodiscard]] bool under_way() const { return state_ == State::head || state_ == State::body; }
  /// The head is complete. `answered`: as RedirectChain::follow().
  void handle_head(const ResponseHead& head, const std::optional<IpAddress>& answered = std::nullopt);
  void handle_body(ByteSpan bytes);
  /// The answer is complete, or broke off.
  void handle_end(const Status& status);
  /// No address could be asked, or the head is not one.
  void handle_trouble(const std::string& reason) { fail({reason}); }

  /// Data (at most wire::kDataBlocksMax blocks) or a reject.
  using Output = std::variant<wire::DataFrame, wire::Reject>;
  [[nodiscard]] std::optional<Output> poll_output();
  [[nodiscard]] const std::optional<content::WebSeedFailure>& failure() const { return failure_; }
  void check_invariants() const;

 private:
  enum class State : std::uint8_t {
    idle,  // nothing is under way
    next,  // a job has begun, and its next request can be made
    head,  // a request was given out
    body,  // its head was in order
    failed
  };

  [[nodiscard]] bool may_join_at(std::int64_t position) const;
  /// Moves a waiting run that is right before `begin` or at `end` to the job. Returns whether there was one.
  [[nodiscard]] bool join_one(std::int64_t& begin, std::int64_t& end);
  void begin_job();
  /// Goes on behind what has arrived: makes pads, ends the job.
  void advance();
  void deliver(ByteSpan bytes);
  void deliver_zeros(std::int64_t bytes);
  void reject(const BlockRun& run, wire::RejectReason reason);
  [[nodiscard]] bool is_missing(const BlockRun& run) const;
  /// Of the job, nothing more is fetched now: what has not arrived waits again, or is rejected if it was cancelled.
  void abandon_job();
  void lose_file(unsigned status);
  void follow(const ResponseHead& head, const std::optional<IpAddress>& answered);
  void fail(content::WebSeedFailure failure);

  const content::WebSeed seed_;
  const std::shared_ptr<const content::Metainfo> metainfo_;
  wire::BufferPool& pool_;
  State state_ = State::idle;
  std::deque<BlockRun> waiting_;
  std::deque<Output> output_;
  std::optional<content::WebSeedFailure> failure_;
  std::set<std::uint32_t> missing_;  // files that the server does not have
  std::size_t files_with_bytes_ = 0;

  // The job: runs that follow each other, and where they are.
  std::deque<BlockRun> runs_;            // not delivered yet
  std::deque<content::Extent> extents_;  // what has not arrived of the front one is asked for next, or arriving
  std::set<std::pair<ChunkIndex, std::uint32_t>> cancelled_;  // blocks of runs_
  std::int64_t position_ = 0;                                 // in the share, of extents_.front()
  wire::PooledBuffer buffer_;                                 // of the first blocks of runs_.front()
  std::size_t filled_ = 0;
  std::optional<Get> redirect_;
  Get get_;
};

}  // namespace stp::webseed
