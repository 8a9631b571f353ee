// The API of the daemon, without I/O: a request in, a Call out, or the response that refuses it; results in, a response
// out. docs/api.md describes it for its users.
//
// A page in a browser must not steer the daemon, unless it is the daemon's own (web/gate.h says which requests at the
// web port are). A unix socket is out of its reach; these rules hold there all the same: a request with an Origin field
// is refused, so is one for a host other than `stp` or `localhost` (a page's host name may resolve to us), and what
// changes something has to be `application/json`, which no form can send. Every answer names the version of the API and of stp.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include <nlohmann/json_fwd.hpp>

#include "core/bytes.h"
#include "core/result.h"
#include "daemon/record.h"
#include "http/message.h"
#include "metrics/exposition.h"
#include "net/host_settings.h"

namespace stp::daemon {

/// Counts changes that a client of an earlier version would misunderstand.
inline constexpr std::int64_t kApiVersion = 1;
inline constexpr std::size_t kSharesMax = 100'000;
/// Listeners of events: the other seats of the socket are for requests.
inline constexpr std::size_t kListenersMax = 32;
/// Files that are being fetched by FileCalls, for the same reason.
inline constexpr std::size_t kReadersMax = 16;
/// Entries in the answer to one FilesCall.
inline constexpr std::size_t kFilesListedMax = 1000;
/// Entries in the answer to one SharedCall.
inline constexpr std::size_t kSharedMax = 1000;
/// Cells of a chunk map.
inline constexpr std::size_t kCellsDefault = 512;
inline constexpr std::size_t kCellsMax = 4096;
/// Files that the answer to a TorrentCall names.
inline constexpr std::size_t kTorrentFilesMax = 1000;

// What may be asked for. `id` is a number, a name or a link.
struct DescribeCall {};  // GET /api/daemon
struct ListCall {};      // GET /api/shares
struct ShowCall {        // GET /api/shares/ID
  std::string id;
};
struct SharedCall {  // GET /api/shares/ID/shared[?after=NUMBER]
  std::string id;
  std::uint64_t after = 0;  // only what was shared after the entry with this number
};
struct AddCall {  // POST /api/shares
  ShareOrder order;
};
struct PauseCall {  // POST /api/shares/ID/pause
  std::string id;
};
struct ResumeCall {  // POST /api/shares/ID/resume
  std::string id;
};
struct RemoveCall {  // DELETE /api/shares/ID[?data=1]
  std::string id;
  bool with_data = false;
};
struct EventsCall {};  // GET /api/events
struct ChunksCall {    // GET /api/shares/ID/chunks[?cells=NUMBER]
  std::string id;
  std::size_t cells = kCellsDefault;
};
struct FilesCall {  // GET /api/shares/ID/files[?after=NUMBER]
  std::string id;
  std::uint64_t after = 0;  // only the files behind this one; the first has number 1
};
struct FileCall {  // GET or HEAD /api/shares/ID/files/PATH
  std::string id;
  std::string path;        // below the share's root, with slashes
  bool only_head = false;  // HEAD
  std::string range{};     // Range, unchecked
  std::string if_range{};  // If-Range, unchecked
};
struct DhtCall {};  // GET /api/dht
struct LogCall {    // GET /api/log[?after=NUMBER]
  std::uint64_t after = 0;
};
struct LimitsCall {     // POST /api/daemon/limits
  std::int64_t up = 0;  // bytes per second; 0: no limit
  std::int64_t down = 0;
};
struct SettingsCall {  // POST /api/daemon/settings
  net::HostChanges changes;
};
struct TorrentCall {  // POST /api/torrents
  Bytes torrent;      // a .torrent file, unchecked
};
struct MetricsCall {  // GET /metrics, /stats.json
  metrics::Form form = metrics::Form::text;
};
using Call =
    std::variant<DescribeCall, ListCall, ShowCall, SharedCall, AddCall, PauseCall, ResumeCall, RemoveCall, EventsCall,
                 ChunksCall, FilesCall, FileCall, DhtCall, LogCall, LimitsCall, SettingsCall, TorrentCall, MetricsCall>;

/// Why a call is refused, as a word of the API.
enum class Refusal : std::uint8_t {
  bad_request,     // 400: not HTTP, not JSON, or a field is wrong
  no_token,        // 401: at the web port, without its token
  read_only,       // 403: at the dashboard of a command, which only shows
  foreign_page,    // 403: from a page in a browser, or at the web port, from a page of another site
  not_found,       // 404: the call or the share is not known
  wrong_method,    // 405
  ambiguous,       // 409: a name that several shares have
  own_files,       // 409: what was not downloaded is not deleted
  held_otherwise,  // 409: the download or folder is there already, with other settings
  not_running,     // 409: the files of a share that does not run are not served
  file_changed,    // 409: a file of a finished download is not what it was, or gone
  not_wanted,      // 409: this file is not fetched
  no_length,       // 411
  too_long,        // 413
  not_json,        // 415
  wrong_host,      // 421
  head_too_long,   // 431
  not_stored,      // 500: the change could not be remembered
  full,            // 503: kSharesMax
  listeners,       // 503: kListenersMax
  readers,         // 503: kReadersMax
  not_ready,       // 503: what the share consists of, or what is here of it, is not known yet
  ending           // 503: the daemon ends
};
[[nodiscard]] const char* to_string(Refusal refusal);

/// Checks and decodes a request at the unix socket; its body is whole.
[[nodiscard]] std::variant<Call, http::Response> read_call(const http::Request& request);
/// Decodes one whose sender has been checked.
[[nodiscard]] std::variant<Call, http::Response> decode_call(const http::Request& request);

/// `fields` with the versions.
[[nodiscard]] http::Response answer(unsigned status, nlohmann::json fields);
[[nodiscard]] http::Response refuse(Refusal refusal, std::string_view message);
/// Of what the HTTP parser refused.
[[nodiscard]] http::Response refuse_status(unsigned status);

}  // namespace stp::daemon
