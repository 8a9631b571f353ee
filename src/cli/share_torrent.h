// `stp share FILE.torrent PATH`: offers a share that somebody else has described, once PATH was checked against it.
#pragma once

#include "cli/commands.h"
#include "cli/hashing.h"
#include "content/share_builder.h"
#include "core/result.h"
#include "wire/link.h"

namespace stp::cli {

/// Whether the operands mean that: two, without a name for both, of which the first is a file that ends with ".torrent".
[[nodiscard]] bool shares_torrent(const Options& options);

/// Error: usage; a flag that has no meaning then.
[[nodiscard]] Status check_torrent_flags(const Options& options);

struct TorrentShare {
  content::Share share;
  wire::Link link;  // of the file, with its trackers and web seeds
};
/// Reads and hashes everything. What is missing or wrong is reported file by file; then the error is `integrity` and
/// says what to do. Other errors: usage (a flag that has no meaning here), those of resolve_target(), "interrupted".
[[nodiscard]] Result<TorrentShare> check_torrent_share(Context& context, Hashing& hashing);

}  // namespace stp::cli
