// Which URL of a web seed has what, and which addresses may be asked.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "content/metainfo.h"
#include "content/web_seed.h"
#include "core/blocks.h"
#include "core/endpoint.h"
#include "core/result.h"

namespace stp::webseed {

/// Where a file of the share is (BEP 19): the URL itself for a single file, unless it ends with a slash; else the
/// share's name, and the file's path below it, are appended, percent-encoded. A query stays behind the path.
[[nodiscard]] Url url_of_file(const content::WebSeed& seed, const content::Metainfo& metainfo, std::size_t file);

/// What asks for bytes [first, first + bytes) of a piece (BEP 17). metainfo.has_v1().
[[nodiscard]] Url url_of_piece(const content::WebSeed& seed, const content::Metainfo& metainfo, ChunkIndex piece,
                               std::int64_t first, std::int64_t bytes);

/// Which of the addresses of a server may be asked. A .torrent of a stranger names these servers, and must not make us
/// send requests of its choice to machines that only we can reach:
///   link-local addresses are never asked: 169.254.169.254 is where machines in data centres keep their keys;
///   loopback and private addresses are asked only for a URL without a query (as in libtorrent): `own_query` says that
///   the .torrent's has one.
/// Where a redirect may lead is decided by http::RedirectChain besides.
/// Errors: denied, unsupported (none of them is of the family of `source`, if that is given).
[[nodiscard]] Result<std::vector<Endpoint>> allowed_servers(std::span<const Endpoint> found, bool own_query,
                                                            const IpAddress* source);

}  // namespace stp::webseed
