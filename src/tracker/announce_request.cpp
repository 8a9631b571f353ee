#include "tracker/announce_request.h"

#include <algorithm>
#include <array>
#include <cstdio>

#include "core/percent.h"

namespace stp::tracker {
namespace {

// `key` is missing on purpose: trackers use that name for passkeys.
constexpr std::array<std::string_view, 11> kOwnParameters = {"info_hash",  "peer_id", "port",     "uploaded",
                                                             "downloaded", "left",    "numwant",  "compact",
                                                             "no_peer_id", "event",   "trackerid"};

const char* event_text(AnnounceEvent event) {
  switch (event) {
    case AnnounceEvent::started: return "started";
    case AnnounceEvent::completed: return "completed";
    case AnnounceEvent::stopped: return "stopped";
    case AnnounceEvent::paused: return "paused";
    case AnnounceEvent::none: break;
  }
  return nullptr;
}

std::string encoded(ByteSpan bytes) {
  return percent_encode(as_text(bytes), {}, HexDigits::lower);
}

bool is_own(std::string_view parameter) {
  const std::string_view name = parameter.substr(0, parameter.find('='));
  return std::find(kOwnParameters.begin(), kOwnParameters.end(), name) != kOwnParameters.end();
}

}  // namespace

std::string announce_query(const AnnounceRequest& request) {
  const auto number = [](std::int64_t value) { return std::to_string(std::max<std::int64_t>(value, 0)); };
  char key[16];
  std::snprintf(key, sizeof key, "%08X", static_cast<unsigned>(request.key));
  std::string query = "info_hash=" + encoded(request.swarm.span());
  query += "&peer_id=" + encoded(request.peer_id.span());
  query += "&port=" + std::to_string(request.port);
  query += "&uploaded=" + number(request.uploaded);
  query += "&downloaded=" + number(request.downloaded);
  query += "&left=" + number(request.left);
  query += std::string("&key=") + key;
  query += "&numwant=" + std::to_string(request.numwant);
  query += "&compact=1&no_peer_id=1";
  if (const char* const event = event_text(request.event)) query += std::string("&event=") + event;
  if (!request.tracker_id.empty()) query += "&trackerid=" + encoded(request.tracker_id);
  return query;
}

std::string announce_target(std::string_view target, const AnnounceRequest& request) {
  std::string out = without_announce(target);
  out += out.find('?') == std::string::npos ? '?' : '&';
  return out + announce_query(request);
}

std::string without_announce(std::string_view target) {
  const std::size_t mark = target.find('?');
  if (mark == std::string_view::npos) return std::string(target);
  std::string out(target.substr(0, mark));
  std::string_view query = target.substr(mark + 1);
  // If it has `info_hash`, it also has the rest of such a query, including `key`.
  const bool announce = query.starts_with("info_hash=") || query.find("&info_hash=") != std::string_view::npos;
  if (!announce) return std::string(target);
  char separator = '?';
  bool ours = false;  // between our own parameters
  while (!query.empty()) {
    const std::string_view parameter = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(parameter.size() + 1, query.size()));
    if (is_own(parameter) || (ours && parameter.starts_with("key="))) {
      ours = true;
      continue;
    }
    ours = false;
    if (parameter.empty()) continue;
    out += separator;
    out += parameter;
    separator = '&';
  }
  return out;
}

}  // namespace stp::tracker
