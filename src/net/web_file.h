// web_file: one small file from a web server, e.g. a .torrent, fetched on the calling thread.
//
// Bounded: redirects, as http/redirect.h says; the size; the time for all of it. A redirect to a magnet link is taken as
// the file's contents, as some indexes answer so.
#pragma once

#include <cstdint>
#include <string>

#include "core/bytes.h"
#include "core/result.h"
#include "core/time.h"
#include "core/url.h"

namespace stp::net {

struct WebFileOptions {
  std::string agent;
  Duration timeout = std::chrono::seconds(60);
  std::uint64_t bytes_max = 1024 * 1024;  // decompressed
  int cancel = -1;                        // a descriptor: once it is readable, the fetch ends; -1: none
};

struct WebFile {
  Bytes bytes;
  std::string content_type;
};

/// Errors, in words that leave the URL to the caller: not_found (404, 410), unsupported (a redirect that is not followed,
/// another scheme), denied (401, 403, certificates), limit, busy (429, 503), malformed, io, and other when it was
/// cancelled.
[[nodiscard]] Result<WebFile> fetch_web_file(const Url& url, const WebFileOptions& options);

}  // namespace stp::net
