#include "cli/target.h"

#include <unistd.h>

#include <cerrno>
#include <filesystem>

#include "cli/file_io.h"
#include "content/path_rules.h"
#include "content/posix_file.h"
#include "content/torrent_file.h"
#include "core/units.h"

namespace stp::cli {
namespace {

/// The first line of stdin: a writer that stays open (`stp share` in a pipe) must not keep us waiting for its end.
Result<std::string> read_line_of_stdin() {
  std::string line;
  char c = 0;
  while (line.size() <= wire::kLinkBytesMax) {
    const ssize_t got = ::read(STDIN_FILENO, &c, 1);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return content::file_error("read", "standard input", errno);
    if (got == 0 || (c == '\n' && !line.empty())) break;
    if (c != '\n') line += c;
  }
  if (line.empty()) return Error{ErrorKind::usage, "'-' reads the link from stdin, but nothing came"};
  return line;
}

Result<Target> target_of_link(std::string_view text) {
  Result<wire::Link> link = wire::Link::parse(text);
  // Malformed, or well-formed and of BitTorrent v1: for the command line both are a wrong word.
  if (!link) return Error{ErrorKind::usage, link.error().message};
  Target target;
  target.link = *std::move(link);
  return target;
}

Error no_target(const std::string& file, const std::string& why) {
  return {ErrorKind::malformed,
          content::display_name(file) + " is neither a .torrent file nor a text file with a link (" + why + ")"};
}

Result<Target> target_of_file(const std::string& file) {
  std::error_code ignored;
  if (std::filesystem::is_directory(file, ignored)) return no_target(file, "it is a directory");
  const Result<std::string> bytes = read_small_file(file, content::kTorrentBytesMax);
  if (!bytes) {
    if (bytes.error().kind == ErrorKind::limit) {
      return no_target(file, "it is longer than " + format_bytes(std::int64_t{content::kTorrentBytesMax}));
    }
    if (bytes.error().kind != ErrorKind::not_found) return bytes.error();
    return Error{ErrorKind::usage, "'" + content::display_name(file) +
                                       "' is neither a link (magnet:... or stp:...) nor a file; check what you pasted"};
  }
  if (wire::looks_like_link(*bytes)) return target_of_link(*bytes);
  Result<content::TorrentFile> torrent = content::decode_torrent(as_bytes(*bytes));
  if (!torrent && torrent.error().kind == ErrorKind::malformed) return no_target(file, torrent.error().message);
  if (!torrent) return Error{torrent.error().kind, content::display_name(file) + ": " + torrent.error().message};
  Target target;
  target.link.info_hash = torrent->metainfo->info_hash();
  target.link.name = torrent->metainfo->name();
  target.link.trackers = std::move(torrent->trackers);
  target.metainfo = std::move(torrent->metainfo);
  target.hashes = std::move(torrent->hashes);
  return target;
}

}  // namespace

Result<Target> resolve_target(const std::string& text) {
  if (text == "-") {
    const Result<std::string> line = read_line_of_stdin();
    if (!line) return line.error();
    if (!wire::looks_like_link(*line))
      return Error{ErrorKind::usage, "what came on stdin is no link (magnet:... or stp:...)"};
    return target_of_link(*line);
  }
  return wire::looks_like_link(text) ? target_of_link(text) : target_of_file(text);
}

}  // namespace stp::cli
