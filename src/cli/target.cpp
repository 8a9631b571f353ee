#include "cli/target.h"

#include <unistd.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "cli/found_shares.h"
#include "content/path_rules.h"
#include "content/posix_file.h"
#include "content/small_file.h"
#include "content/torrent_file.h"
#include "core/shown_text.h"
#include "core/units.h"
#include "wire/link_text.h"

namespace stp::cli {
namespace {

constexpr std::size_t kStdinBytesMax = 2 * wire::kLinkReadBytesMax;  // UTF-16 has two bytes per character

/// Reads stdin up to the end of the line with the link: a writer that stays open (`stp share` in a pipe) must not keep
/// us waiting for its end.
Result<std::string> read_link_of_stdin(int cancel) {
  std::string bytes;
  while (bytes.size() < kStdinBytesMax) {
    const Result<std::string> more =
        content::read_some(STDIN_FILENO, kStdinBytesMax - bytes.size(), "standard input", cancel);
    if (!more) return more;
    if (more->empty()) break;
    bytes += *more;
    const std::string lines = wire::link_text(bytes.substr(0, bytes.rfind('\n') + 1));
    if (wire::looks_like_link(lines)) return lines;
  }
  if (bytes.empty()) return Error{ErrorKind::usage, "'-' reads the link from stdin, but nothing came"};
  std::string text = wire::link_text(bytes);
  if (wire::looks_like_link(text)) return text;
  return Error{ErrorKind::usage, "what came on stdin is not a link (magnet:... or stp:...)"};
}

Result<Target> target_of_link(std::string_view text) {
  Result<wire::ReadLink> read = wire::read_link(text);
  // Malformed, or well-formed but BitTorrent v1: for the command line both are a wrong argument.
  if (!read) return Error{ErrorKind::usage, read.error().message};
  Target target;
  target.link = std::move(read->link);
  target.notices = std::move(read->notices);
  return target;
}

/// A bencoded dictionary that is not empty: never a text with a link.
bool looks_bencoded(std::string_view bytes) {
  return bytes.size() > 1 && bytes[0] == 'd' && bytes[1] >= '0' && bytes[1] <= '9';
}

Error no_target(const std::string& file, const std::string& why) {
  return {ErrorKind::malformed,
          escaped(file) + " is neither a .torrent file nor a text file with a link (" + why + ")"};
}

Result<Target> target_of_file(const std::string& file, int cancel) {
  std::error_code ignored;
  if (std::filesystem::is_directory(file, ignored)) return no_target(file, "it is a directory");
  const Result<std::string> bytes = content::read_small_file(file, content::kTorrentBytesMax, cancel);
  if (!bytes) {
    if (bytes.error().kind == ErrorKind::limit) {
      return no_target(file, "it is longer than " + format_bytes(std::int64_t{content::kTorrentBytesMax}));
    }
    if (bytes.error().kind != ErrorKind::not_found) return bytes.error();
    return Error{ErrorKind::usage,
                 "'" + escaped(file) + "' is neither a link (magnet:... or stp:...) nor a file; check what you pasted"};
  }
  if (!looks_bencoded(*bytes)) {
    const std::string text = wire::link_text(*bytes);
    if (wire::looks_like_link(text)) return target_of_link(text);
  }
  Result<content::TorrentFile> torrent = content::decode_torrent(as_bytes(*bytes));
  if (!torrent && !looks_bencoded(*bytes)) return no_target(file, torrent.error().message);
  if (!torrent) return Error{torrent.error().kind, escaped(file) + ": " + torrent.error().message};
  Target target;
  target.link.info_hash = torrent->metainfo->info_hash();
  target.link.name = torrent->metainfo->name();
  target.link.trackers = std::move(torrent->trackers);
  target.metainfo = std::move(torrent->metainfo);
  target.hashes = std::move(torrent->hashes);
  return target;
}

}  // namespace

Result<Target> resolve_target(const std::string& text, int cancel) {
  if (text == "-") {
    const Result<std::string> lines = read_link_of_stdin(cancel);
    if (!lines) return lines.error();
    return target_of_link(*lines);
  }
  return wire::looks_like_link(text) ? target_of_link(text) : target_of_file(text, cancel);
}

std::variant<Target, ExitCode> open_target(Context& context, const CancelOnSignal& signals) {
  const std::string& text = context.options.operands.front();
  Result<Target> target = resolve_target(text, signals.descriptor());
  if (target && !signals.cancelled()) return *std::move(target);
  if (!target && !signals.cancelled() && may_be_a_name(context.options, text)) {
    std::variant<Found, ExitCode> chosen = choose_by_name(context, text, target.error(), signals);
    if (const ExitCode* const code = std::get_if<ExitCode>(&chosen)) return *code;
    const Found& found = std::get<Found>(chosen);
    target = target_of_link(found.link());
    STP_ASSERT(target.ok());
    target->listed_name = found.share.name;
    context.console.say("stp: found " + escaped(found.share.name) + " at " + trackers_text(context.options));
    return *std::move(target);
  }
  if (!signals.cancelled()) return fail(context, target.error());
  context.console.error(target ? "interrupted before anything was started" : target.error().message);
  return end(context, ExitCode::incomplete);
}

void tell_notices(Context& context, const Target& target) {
  for (const std::string& notice : target.notices) {
    context.console.warn(notice);
    context.events.emit("notice", {{"message", notice}});
  }
}

}  // namespace stp::cli
