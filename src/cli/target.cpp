#include "cli/target.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "cli/found_shares.h"
#include "content/path_rules.h"
#include "content/posix_file.h"
#include "content/small_file.h"
#include "content/torrent_file.h"
#include "core/shown_text.h"
#include "core/text.h"
#include "core/units.h"
#include "core/url.h"
#include "core/version.h"
#include "net/share_sources.h"
#include "net/web_file.h"
#include "wire/link_text.h"

namespace stp::cli {
namespace {

constexpr std::size_t kLinksMax = 10'000;
constexpr std::size_t kStdinBytesMax = 2 * wire::kLinkReadBytesMax;  // UTF-16 has two bytes per character

bool has_input(int fd) {
  pollfd wait{fd, POLLIN, 0};
  return ::poll(&wait, 1, 0) > 0 && (wait.revents & (POLLIN | POLLHUP)) != 0;
}

/// The links on stdin, one for each line. Reads up to the end of the line with the first one, and then what is there
/// already: a writer that stays open (`stp share` in a pipe) must not keep us waiting for its end.
Result<std::vector<std::string>> read_links_of_stdin(int cancel, std::size_t links_max) {
  std::vector<std::string> links;
  std::string pending;  // of a line that is not whole yet, and while there is no link, everything
  std::size_t taken = 0;
  bool any = false;
  const auto take_line = [&](std::size_t end) {
    const std::string link = wire::link_text(pending.substr(taken, end - taken));
    if (wire::looks_like_link(link) && links.size() < links_max) links.push_back(link);
    taken = end;
  };
  while (pending.size() < kStdinBytesMax && links.size() < links_max && (links.empty() || has_input(STDIN_FILENO))) {
    const Result<std::string> more =
        content::read_some(STDIN_FILENO, kStdinBytesMax - pending.size(), "standard input", cancel);
    if (!more) return more.error();
    if (more->empty()) break;
    any = true;
    pending += *more;
    for (std::size_t end = pending.find('\n', taken); end != std::string::npos; end = pending.find('\n', taken)) {
      take_line(end + 1);
    }
    if (!links.empty()) pending.erase(0, std::exchange(taken, 0));
  }
  if (taken < pending.size()) take_line(pending.size());
  if (!any) return Error{ErrorKind::usage, "'-' reads the link from stdin, but nothing came"};
  // UTF-16, or a link that goes over several lines.
  if (links.empty() && wire::looks_like_link(wire::link_text(pending))) links.push_back(wire::link_text(pending));
  if (links.empty()) return Error{ErrorKind::usage, "what came on stdin is not a link (magnet:... or stp:...)"};
  return links;
}

Result<Target> target_of_link(std::string_view text) {
  Result<wire::ReadLink> read = wire::read_link(text);
  // Malformed, or well-formed but of a later version: for the command line both are a wrong argument.
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

/// The share of the .torrent with these bytes; errors do not name it.
Result<Target> target_of_torrent(ByteSpan bytes) {
  Result<content::TorrentFile> torrent = content::decode_torrent(bytes);
  if (!torrent) return torrent.error();
  Target target;
  target.link = net::link_of(*torrent);
  target.tiers = std::move(torrent->tiers);
  target.http_seeds = std::move(torrent->http_seeds);
  target.nodes = std::move(torrent->nodes);
  target.metainfo = std::move(torrent->metainfo);
  target.hashes = std::move(torrent->hashes);
  return target;
}

bool is_web_address(std::string_view text) {
  const std::string start = ascii_lower(text.substr(0, 8));
  return start.starts_with("http://") || start.starts_with("https://");
}

Result<Target> target_of_web(const std::string& text, int cancel) {
  const Result<Url> url = Url::parse(text);
  if (!url) return Error{ErrorKind::usage, url.error().message};
  const auto at = [&](const Error& error) {
    return Error{error.kind, escaped(url->to_string()) + ": " + error.message};
  };
  net::WebFileOptions options;
  options.agent = http_agent();
  options.bytes_max = content::kTorrentBytesMax;
  options.cancel = cancel;
  const Result<net::WebFile> file = net::fetch_web_file(*url, options);
  if (!file) return at(file.error());
  const std::string_view contents = as_text(file->bytes);
  if (!looks_bencoded(contents)) {
    if (const std::string link = wire::link_text(contents); wire::looks_like_link(link)) return target_of_link(link);
    if (file->content_type.starts_with("text/html")) {
      return at({ErrorKind::malformed, "it is a web page, not a .torrent; give the address of the file itself"});
    }
    return at({ErrorKind::malformed, "it is not a .torrent (" + escaped(file->content_type) + ")"});
  }
  Result<Target> target = target_of_torrent(file->bytes);
  if (!target) return at(target.error());
  target->torrent = url->to_string();
  return target;
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
    if (std::optional<wire::Link> bare = wire::read_bare_hash(file)) {
      Target target;
      target.link = *std::move(bare);
      return target;
    }
    return Error{ErrorKind::usage,
                 "'" + escaped(file) +
                     "' is neither a link (magnet:... or stp:...), an info-hash, nor a file; check what you pasted"};
  }
  if (!looks_bencoded(*bytes)) {
    const std::string text = wire::link_text(*bytes);
    if (wire::looks_like_link(text)) return target_of_link(text);
  }
  Result<Target> target = target_of_torrent(as_bytes(*bytes));
  if (!target && !looks_bencoded(*bytes)) return no_target(file, target.error().message);
  if (!target) return Error{target.error().kind, escaped(file) + ": " + target.error().message};
  target->torrent = file;
  return target;
}

}  // namespace

Result<Target> resolve_target(const std::string& text, int cancel) {
  if (text == "-") {
    const Result<std::vector<std::string>> links = read_links_of_stdin(cancel, 1);
    if (!links) return links.error();
    return target_of_link(links->front());
  }
  if (wire::looks_like_link(text)) return target_of_link(text);
  return is_web_address(text) ? target_of_web(text, cancel) : target_of_file(text, cancel);
}

namespace {

/// resolve_target(), or the share of that name. An exit code: the error has been reported.
std::variant<Target, Error, ExitCode> target_or_name(Context& context, const std::string& text,
                                                     const CancelOnSignal& signals) {
  Result<Target> target = resolve_target(text, signals.descriptor());
  if (target) return *std::move(target);
  if (signals.cancelled() || !may_be_a_name(context.options, text)) return target.error();
  std::variant<Found, ExitCode> chosen = choose_by_name(context, text, target.error(), signals);
  if (const ExitCode* const code = std::get_if<ExitCode>(&chosen)) return *code;
  const Found& found = std::get<Found>(chosen);
  target = target_of_link(found.link());
  STP_ASSERT(target.ok());
  target->listed_name = found.share.name;
  context.console.say("stp: found " + escaped(found.share.name) + " at " + trackers_text(context.options));
  return *std::move(target);
}

}  // namespace

std::variant<Target, ExitCode> open_target(Context& context, const CancelOnSignal& signals) {
  std::variant<Target, Error, ExitCode> target = target_or_name(context, context.options.operands.front(), signals);
  if (const ExitCode* const code = std::get_if<ExitCode>(&target)) return *code;
  const Error* const failure = std::get_if<Error>(&target);
  if (failure == nullptr && !signals.cancelled()) return std::get<Target>(std::move(target));
  if (!signals.cancelled()) return fail(context, *failure);
  context.console.error(failure == nullptr ? "interrupted before anything was started" : failure->message);
  return end(context, ExitCode::incomplete);
}

namespace {

/// Whether no share with any of the link's swarm keys is `known`; they are from now on.
bool is_new(std::set<SwarmKey>& known, const wire::Link& link) {
  const std::vector<SwarmKey> keys = link.swarm_keys();
  if (std::ranges::any_of(keys, [&](const SwarmKey& key) { return known.contains(key); })) return false;
  known.insert(keys.begin(), keys.end());
  return true;
}

}  // namespace

std::variant<std::vector<Target>, ExitCode> open_targets(Context& context, const CancelOnSignal& signals) {
  std::vector<Target> targets;
  std::set<SwarmKey> known;
  std::optional<Error> failure;
  for (const std::string& operand : context.options.operands) {
    std::vector<std::string> texts = {operand};
    if (operand == "-") {
      Result<std::vector<std::string>> links = read_links_of_stdin(signals.descriptor(), kLinksMax);
      if (!links) failure = links.error();
      texts = links ? *std::move(links) : std::vector<std::string>();
    }
    for (std::size_t i = 0; i < texts.size() && !failure; ++i) {
      std::variant<Target, Error, ExitCode> target = target_or_name(context, texts[i], signals);
      if (const ExitCode* const code = std::get_if<ExitCode>(&target)) return *code;
      if (const Error* const error = std::get_if<Error>(&target)) {
        failure = *error;
      } else if (is_new(known, std::get<Target>(target).link)) {
        targets.push_back(std::get<Target>(std::move(target)));
      }
    }
    if (failure || signals.cancelled()) break;
  }
  if (!failure && !signals.cancelled()) return targets;
  if (!signals.cancelled()) return fail(context, *failure);
  context.console.error(failure ? failure->message : "interrupted before anything was started");
  return end(context, ExitCode::incomplete);
}

void tell_notices(Context& context, const Target& target) {
  for (const std::string& notice : target.notices) {
    context.console.warn(notice);
    emit(context, "notice", {{"message", notice}});
  }
}

}  // namespace stp::cli
