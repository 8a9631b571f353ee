// What a web seed answers: the head, line by line, and where its redirects lead. A head that is accepted is followed by
// a body: only bytes of the range that was asked for come out, at most once, and the invariants hold.
#include <cstddef>
#include <cstdint>
#include <string>

#include "content/metainfo.h"
#include "core/text.h"
#include "http/redirect.h"
#include "webseed/range_fetch.h"
#include "webseed/response_head.h"

namespace {

using namespace stp;
using namespace stp::webseed;

constexpr std::uint32_t kBlocks = 6;

std::shared_ptr<const content::Metainfo> make_metainfo() {
  std::vector<content::FileEntry> files(2);
  files[0].path = {"a"};
  files[0].bytes = 5 * kBlockBytes - 100;
  files[1].path = {"b"};
  files[1].bytes = 7;
  for (content::FileEntry& file : files) file.root.bytes[0] = std::byte{1};
  return *content::Metainfo::build("share", 8 * kBlockBytes, std::move(files), false);
}

void check_redirect(std::string_view text) {
  const Url from = *Url::parse("http://192.0.2.1/a/b?c");
  const Result<Url> url = http::resolve_redirect(from, text);
  if (!url) return;
  STP_ASSERT(url->scheme != Url::Scheme::udp && url->target.starts_with('/') && url->port != 0);
  STP_ASSERT(*Url::parse(url->to_string()) == *url);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const std::shared_ptr<const content::Metainfo> kMetainfo = make_metainfo();
  static wire::BufferPool pool;
  std::string_view text(reinterpret_cast<const char*>(data), size);
  check_redirect(text.substr(0, text.find('\n')));
  if (const auto range = parse_content_range(text.substr(0, text.find('\n')))) {
    STP_ASSERT(range->first >= 0 && range->first <= range->last && (!range->total || *range->total > range->last));
  }

  RangeFetch fetch(*content::parse_web_seed(content::WebSeed::Kind::files, "http://192.0.2.1/"), kMetainfo, pool);
  for (std::uint32_t i = 0; i + 1 < kBlocks; ++i) fetch.start_request({ChunkIndex{0}, i, 1});
  fetch.start_request({ChunkIndex{1}, 0, 1});
  std::uint32_t answered = 0;
  for (int heads = 0; heads < 20; ++heads) {
    const std::optional<Get> get = fetch.poll_get();
    if (!get) break;
    HeadReader reader;
    while (!reader.done()) {
      const std::optional<std::string_view> line = take_line(text);
      if (!line) break;
      if (const Status taken = reader.handle_line(*line); !taken) fetch.handle_trouble(taken.error().message);
    }
    if (reader.done()) fetch.handle_head(reader.head());
    fetch.check_invariants();
    // As often as a whole file needs, and once more. Without the head of an answer, a body is not taken.
    const std::size_t parts = text.empty() ? 0 : std::size_t{kBlocks} * kBlockBytes / text.size() + 2;
    for (std::size_t i = 0; i < parts && fetch.under_way(); ++i) {
      fetch.handle_body(as_bytes(text));
      fetch.check_invariants();
    }
    fetch.handle_end(Done{});
    fetch.check_invariants();
    while (const auto output = fetch.poll_output()) {
      const auto* const data_frame = std::get_if<wire::DataFrame>(&*output);
      answered += data_frame != nullptr ? data_frame->run.count : std::get<wire::Reject>(*output).run.count;
      if (data_frame != nullptr) STP_ASSERT(data_frame->payload.size() == kMetainfo->bytes_of(data_frame->run));
    }
    STP_ASSERT(answered <= kBlocks);
  }
  return 0;
}
