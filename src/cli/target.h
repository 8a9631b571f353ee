// TARGET: what `get`, `info` and `verify` are pointed at: a link, a file that holds one, a .torrent file, the web address
// of either, a bare info-hash, '-' for a link on stdin, so that a secret does not have to be on a command line, or, with
// --tracker, a name (found_shares.h). A file that exists is meant rather than an info-hash.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "cli/commands.h"
#include "cli/signals.h"

#include "content/metainfo.h"
#include "content/small_file.h"
#include "core/result.h"
#include "wire/link.h"

namespace stp::cli {

struct Target {
  wire::Link link;
  std::shared_ptr<const content::Metainfo> metainfo;  // null: only the link is known
  std::optional<content::ChunkHashes> hashes;         // complete if a .torrent had them
  std::vector<std::string> notices;                   // which parts of a link could not be read
  std::string torrent = {};                           // the .torrent that it was read from: a file, or a web address
  std::vector<std::vector<std::string>> tiers = {};   // what that says besides: trackers (BEP 12), …
  std::vector<std::string> http_seeds = {};           // … web seeds of BEP 17 (those of BEP 19 are in the link), …
  std::vector<HostPort> nodes = {};                   // … and DHT nodes
  std::optional<std::string> listed_name = {};        // found by name: what a tracker says that it is called
};

/// Errors: usage for text that is neither a link nor a file, or a link that can't be used; malformed, … for a bad file;
/// those of fetch_web_file(). A file, a web server or stdin that gives nothing is waited for until the descriptor
/// `cancel` becomes readable: other.
[[nodiscard]] Result<Target> resolve_target(const std::string& text, int cancel = content::kNoCancel);

/// resolve_target() for a command's first operand; what is neither a link nor such a file is looked up as a name at the
/// trackers that were given. If there is no target, the error has been reported and this is the
/// exit code: incomplete after a signal.
[[nodiscard]] std::variant<Target, ExitCode> open_target(Context& context, const CancelOnSignal& signals);

/// The same for all operands; '-' stands for all links that stdin has when the first one is there: of a file all, of a
/// pipe those that have been written. None is named twice.
[[nodiscard]] std::variant<std::vector<Target>, ExitCode> open_targets(Context& context, const CancelOnSignal& signals);

/// Reports which parts of the target's link could not be read.
void tell_notices(Context& context, const Target& target);

}  // namespace stp::cli
