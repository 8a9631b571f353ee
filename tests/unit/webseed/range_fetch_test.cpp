// RangeFetch against a made-up server whose byte at each position of a file is known.

#include "webseed/range_fetch.h"

#include <gtest/gtest.h>

#include <map>

#include "core/rng.h"
#include "support/virtual_share.h"

namespace stp::webseed {
namespace {

constexpr std::uint32_t kChunkBytes = 4 * kBlockBytes;

std::byte byte_at(std::uint32_t file, std::int64_t offset) {
  return static_cast<std::byte>((offset * 7 + offset / 251 + file * 31) & 0xff);
}

class RangeFetchTest : public testing::Test {
 protected:
  void begin(const std::vector<std::int64_t>& sizes) {
    share = test::make_virtual_share(kChunkBytes, sizes);
    fetch.emplace(*content::parse_web_seed(content::WebSeed::Kind::files, "http://h/d/"), share.metainfo, pool);
  }
  static ResponseHead partial(const Get& get, std::optional<std::int64_t> total = {}) {
    ResponseHead head;
    head.status = 206;
    head.range = ContentRange{get.first, get.first + get.bytes - 1, total};
    return head;
  }
  static ResponseHead status(unsigned status) {
    ResponseHead head;
    head.status = status;
    return head;
  }
  [[nodiscard]] std::uint32_t file_of(const Get& get) const {
    const std::string path = get.url.target;
    return static_cast<std::uint32_t>(std::stoul(path.substr(path.size() - 3)));
  }
  /// The body, in pieces of `step` bytes.
  void serve(const Get& get, std::int64_t bytes, std::int64_t step = 10'000) {
    for (std::int64_t at = 0; at < bytes; at += step) {
      Bytes part(static_cast<std::size_t>(std::min(step, bytes - at)));
      for (std::size_t i = 0; i < part.size(); ++i) {
        part[i] = byte_at(file_of(get), get.first + at + static_cast<std::int64_t>(i));
      }
      fetch->handle_body(part);
      fetch->check_invariants();
    }
  }
  void serve_all() {
    while (const std::optional<Get> get = fetch->poll_get()) {
      gets.push_back(*get);
      fetch->handle_head(partial(*get));
      serve(*get, get->bytes);
      collect();
      ASSERT_LT(gets.size(), 1000U);
    }
    collect();
  }
  /// Takes the output, and checks that the bytes are those of their place.
  void collect() {
    while (std::optional<RangeFetch::Output> output = fetch->poll_output()) {
      if (const auto* const reject = std::get_if<wire::Reject>(&*output)) {
        rejects.push_back(*reject);
        continue;
      }
      const auto& data = std::get<wire::DataFrame>(*output);
      ASSERT_EQ(data.payload.size(), share.metainfo->bytes_of(data.run));
      std::size_t at = 0;
      for (const content::Extent& extent : share.metainfo->layout().extents(data.run)) {
        for (std::int64_t i = 0; i < extent.bytes; ++i)
          ASSERT_EQ(data.payload[at++], byte_at(extent.file, extent.offset + i));
      }
      for (std::uint32_t i = 0; i < data.run.count; ++i) ++received[{data.run.chunk.value, data.run.first + i}];
    }
    fetch->check_invariants();
  }
  void request(std::uint32_t chunk, std::uint32_t first, std::uint32_t count) {
    fetch->start_request({ChunkIndex{chunk}, first, count});
    fetch->check_invariants();
  }
  [[nodiscard]] std::string reason() const { return fetch->failure() ? fetch->failure()->reason : ""; }

  wire::BufferPool pool;
  test::VirtualShare share;
  std::optional<RangeFetch> fetch;
  std::vector<Get> gets;
  std::vector<wire::Reject> rejects;
  std::map<std::pair<std::uint32_t, std::uint32_t>, int> received;
};

TEST_F(RangeFetchTest, JoinsWhatFollowsEachOtherInAFile) {
  begin({10 * kChunkBytes});
  request(2, 0, 2);
  request(7, 0, 1);
  request(3, 0, 4);
  request(1, 3, 1);  // before the first
  request(2, 2, 2);
  serve_all();
  ASSERT_EQ(gets.size(), 2U);
  EXPECT_EQ(gets[0].url.target, "/d/share/f000");
  EXPECT_EQ(gets[0].first, 2 * kChunkBytes - kBlockBytes);
  EXPECT_EQ(gets[0].bytes, 2 * kChunkBytes + kBlockBytes);
  EXPECT_EQ(gets[1].first, 7 * kChunkBytes);
  EXPECT_EQ(gets[1].bytes, kBlockBytes);
  EXPECT_EQ(received.size(), 10U);
}

TEST_F(RangeFetchTest, ARangeIsBounded) {
  begin({std::int64_t{2000} * kBlockBytes});
  for (std::uint32_t chunk = 0; chunk < 500; ++chunk) request(chunk, 0, 4);
  serve_all();
  ASSERT_EQ(gets.size(), 2U);
  EXPECT_EQ(gets[0].bytes, kRangeBytesMax);
  EXPECT_EQ(received.size(), 2000U);
}

TEST_F(RangeFetchTest, ShortEndsOfFilesAndOtherFilesAreRangesOfTheirOwn) {
  begin({kChunkBytes + 100, 5, 0, 3 * kChunkBytes});
  for (std::uint32_t chunk = 0; chunk < share.metainfo->chunk_count(); ++chunk) {
    request(chunk, 0, share.metainfo->blocks_of(ChunkIndex{chunk}));
  }
  serve_all();
  ASSERT_EQ(gets.size(), 3U);
  EXPECT_EQ(gets[0].bytes, kChunkBytes + 100);
  EXPECT_EQ(gets[1].bytes, 5);
  EXPECT_EQ(gets[2].url.target, "/d/share/f003");
}

TEST_F(RangeFetchTest, EveryBlockIsAnsweredOnceWhateverIsCancelled) {
  for (std::uint64_t round = 1; round <= 30; ++round) {
    Rng rng(round);
    begin({5 * kChunkBytes + 77, kBlockBytes - 1, 3 * kChunkBytes});
    received.clear();
    rejects.clear();
    std::map<std::pair<std::uint32_t, std::uint32_t>, int> wanted;
    std::vector<BlockRun> runs;
    Get current;
    std::int64_t served = 0;
    for (std::uint32_t c = 0; c < share.metainfo->chunk_count(); ++c) {
      for (std::uint32_t i = 0; i < share.metainfo->blocks_of(ChunkIndex{c}); ++i)
        runs.push_back({ChunkIndex{c}, i, 1});
    }
    while (!runs.empty() || fetch->under_way()) {
      if (!runs.empty() && rng.below(2) == 0) {
        const std::size_t at = rng.below(runs.size());
        ++wanted[{runs[at].chunk.value, runs[at].first}];
        request(runs[at].chunk.value, runs[at].first, 1);
        runs.erase(runs.begin() + static_cast<std::ptrdiff_t>(at));
      }
      if (rng.below(4) == 0 && !wanted.empty()) {
        const std::uint32_t chunk = wanted.begin()->first.first;
        fetch->cancel({ChunkIndex{chunk}, 0, share.metainfo->blocks_of(ChunkIndex{chunk})});
        fetch->check_invariants();
      }
      if (std::optional<Get> get = fetch->poll_get()) {
        current = *get;
        served = 0;
        fetch->handle_head(partial(current));
      }
      if (fetch->under_way()) {
        const std::int64_t step = std::min<std::int64_t>(current.bytes - served, 9'999);
        Get rest = current;
        rest.first += served;
        serve(rest, step);
        served += step;
      }
      collect();
    }
    serve_all();
    for (const wire::Reject& reject : rejects) {
      EXPECT_EQ(reject.reason, wire::RejectReason::cancelled);
      for (std::uint32_t i = 0; i < reject.run.count; ++i) ++received[{reject.run.chunk.value, reject.run.first + i}];
    }
    EXPECT_EQ(received, wanted) << round;
  }
}

struct AnswerCase {
  const char* name;
  void (*change)(ResponseHead& head);
  const char* reason;  // of the failure; empty: none
  bool for_good;
};

class Answers : public RangeFetchTest, public testing::WithParamInterface<AnswerCase> {};

TEST_P(Answers, OnlyTheRangeThatWasAskedForIsTaken) {
  begin({10 * kChunkBytes});
  request(1, 0, 4);
  const std::optional<Get> get = fetch->poll_get();
  ResponseHead head = partial(*get, 10 * kChunkBytes);
  GetParam().change(head);
  fetch->handle_head(head);
  EXPECT_EQ(reason(), GetParam().reason);
  if (!fetch->failure()) {
    serve(*get, get->bytes);
    collect();
    EXPECT_EQ(received.size(), 4U);
    return;
  }
  EXPECT_EQ(fetch->failure()->for_good, GetParam().for_good);
  EXPECT_FALSE(fetch->under_way());
  serve(*get, get->bytes);  // is not looked at
  collect();
  EXPECT_TRUE(received.empty());
  EXPECT_FALSE(fetch->poll_get());
}

INSTANTIATE_TEST_SUITE_P(
    , Answers,
    testing::Values(AnswerCase{"Right", [](ResponseHead&) {}, "", false},
                    AnswerCase{"WithoutTotal", [](ResponseHead& head) { head.range->total.reset(); }, "", false},
                    AnswerCase{"Whole",
                               [](ResponseHead& head) {
                                 head.status = 200;
                                 head.range.reset();
                               },
                               "it knows no ranges: it answered 200 instead of 206", true},
                    AnswerCase{"WithoutRange", [](ResponseHead& head) { head.range.reset(); },
                               "it answered 206 without saying which range", true},
                    AnswerCase{"OtherRange", [](ResponseHead& head) { ++head.range->first; },
                               "it sends another range than it was asked for", true},
                    AnswerCase{"LongerRange", [](ResponseHead& head) { ++head.range->last; },
                               "it sends another range than it was asked for", true},
                    AnswerCase{"OtherFile", [](ResponseHead& head) { head.range->total = 10 * kChunkBytes + 1; },
                               "its file has 655361 bytes instead of 655360", false},
                    AnswerCase{"Compressed", [](ResponseHead& head) { head.encoding = "gzip"; },
                               "it sends compressed data, which nobody asked for", true},
                    AnswerCase{"Unavailable", [](ResponseHead& head) { head.status = 503; }, "it answered 503", false},
                    AnswerCase{"NotThere", [](ResponseHead& head) { head.status = 404; },
                               "it does not have the files (it answered 404)", false},
                    AnswerCase{"RedirectToAFile",
                               [](ResponseHead& head) {
                                 head.status = 302;
                                 head.location = "file:///etc/passwd";
                               },
                               "it redirects to something that is neither http nor https", true}),
    [](const auto& row) { return row.param.name; });

TEST_F(RangeFetchTest, AWholeFileNeedsNoRanges) {
  begin({kChunkBytes + 3});
  request(0, 0, 4);
  const std::optional<Get> get = fetch->poll_get();
  ResponseHead head = status(200);
  head.length = kChunkBytes + 3;
  fetch->handle_head(head);
  serve(*get, kChunkBytes + 3);  // more than was asked for
  collect();
  EXPECT_EQ(received.size(), 4U);
  EXPECT_FALSE(fetch->under_way());
  EXPECT_EQ(reason(), "");
}

TEST_F(RangeFetchTest, AServerThatAsksForTimeGetsIt) {
  begin({kChunkBytes});
  request(0, 0, 1);
  ASSERT_TRUE(fetch->poll_get());
  ResponseHead head = status(429);
  head.retry_after = std::chrono::seconds(7);
  fetch->handle_head(head);
  ASSERT_TRUE(fetch->failure());
  EXPECT_EQ(fetch->failure()->retry_after, std::chrono::seconds(7));
}

TEST_F(RangeFetchTest, AnAnswerThatEndsTooEarlyIsAFailure) {
  begin({kChunkBytes});
  request(0, 0, 4);
  const std::optional<Get> get = fetch->poll_get();
  fetch->handle_head(partial(*get));
  serve(*get, get->bytes - 1);
  fetch->handle_end(Done{});
  EXPECT_EQ(reason(), "its answer ended too early");
}

TEST_F(RangeFetchTest, RedirectsAreFollowedOnlySoFar) {
  begin({kChunkBytes});
  request(0, 0, 4);
  ResponseHead head = status(302);
  for (unsigned i = 0; i <= http::kRedirectsMax; ++i) {
    const std::optional<Get> get = fetch->poll_get();
    ASSERT_TRUE(get) << i;
    EXPECT_EQ(get->redirects.length(), i);
    EXPECT_EQ(get->url.target, i == 0 ? "/d/share/f000" : "/" + std::to_string(i));
    EXPECT_EQ(get->bytes, kChunkBytes);
    head.location = "/" + std::to_string(i + 1);
    fetch->handle_head(head);
  }
  EXPECT_EQ(reason(), "it redirects more than 5 times");
}

TEST_F(RangeFetchTest, AFileThatIsNotThereIsRefusedAndTheOthersGoOn) {
  begin({2 * kChunkBytes, kChunkBytes});
  request(0, 0, 4);
  request(1, 0, 2);
  request(2, 0, 4);
  const std::optional<Get> get = fetch->poll_get();
  fetch->handle_head(status(404));
  EXPECT_FALSE(fetch->under_way());
  collect();
  ASSERT_EQ(rejects.size(), 2U);
  EXPECT_EQ(rejects[0].reason, wire::RejectReason::not_there);
  request(1, 2, 2);  // no need to ask again
  serve_all();
  EXPECT_EQ(rejects.size(), 3U);
  ASSERT_EQ(gets.size(), 1U);
  EXPECT_EQ(gets[0].url.target, "/d/share/f001");
  EXPECT_EQ(received.size(), 4U);
}

TEST_F(RangeFetchTest, WhenNothingIsWantedAnyMoreTheRequestEnds) {
  begin({4 * kChunkBytes});
  request(0, 0, 4);
  request(1, 0, 4);
  request(3, 0, 1);
  const std::optional<Get> get = fetch->poll_get();
  fetch->handle_head(partial(*get));
  serve(*get, kBlockBytes);
  fetch->cancel({ChunkIndex{0}, 0, 4});
  EXPECT_TRUE(fetch->under_way());
  fetch->cancel({ChunkIndex{1}, 0, 4});
  EXPECT_FALSE(fetch->under_way());
  collect();
  EXPECT_EQ(rejects.size(), 2U);
  serve_all();
  EXPECT_EQ(received.size(), 1U);
}

}  // namespace
}  // namespace stp::webseed
