#include "cli/settings.h"

#include <algorithm>
#include <array>

#include "cli/command_texts.h"
#include "cli/setting_values.h"
#include "core/units.h"
#include "tracker/tracker_url.h"

namespace stp::cli {
namespace {

using console::Shape;

constexpr std::uint32_t bit(Command command) {
  return console::bit_of(static_cast<std::size_t>(command));
}

constexpr std::uint32_t kShare = bit(Command::share);
constexpr std::uint32_t kGet = bit(Command::get);
constexpr std::uint32_t kTransfer = kShare | kGet;
/// Commands that may have to ask peers.
constexpr std::uint32_t kPeers = kTransfer | bit(Command::info) | bit(Command::verify);
constexpr std::uint32_t kDaemon = bit(Command::daemon);
/// Commands that listen.
constexpr std::uint32_t kHosts = kPeers | bit(Command::tracker) | bit(Command::node) | kDaemon;
/// Commands that others are to reach for as long as they run.
constexpr std::uint32_t kReached = kTransfer | bit(Command::node) | kDaemon;
constexpr std::uint32_t kDoctor = bit(Command::doctor);
constexpr std::uint32_t kFind = bit(Command::find);
/// Commands that ask the daemon.
constexpr std::uint32_t kClients =
    bit(Command::list) | bit(Command::pause) | bit(Command::resume) | bit(Command::remove) | bit(Command::top);
constexpr std::uint32_t kAll = kHosts | kFind | kDoctor | kClients;

/// A row of the table and what its values do.
struct Setting {
  console::Flag flag;
  Status (*apply)(Options& options, const std::string& value);
};

using O = Options;
using S = const std::string;

constexpr std::array kSettings = {
    Setting{
        {"dht", 0, Shape::flag, "",
         "Find peers only through the DHT: use no tracker, not even the link's, nor the local network (unless --lan).",
         kPeers},
        [](O& o, S& v) { return store(o.trackers_allowed, parse_bool(v == "true" ? "false" : "true")); }},
    Setting{{"no-dht", 0, Shape::flag, "", "Do not use the DHT.", kPeers | kDaemon | kDoctor},
            [](O& o, S& v) { return store(o.dht, parse_bool(v == "true" ? "false" : "true")); }},
    Setting{{"lan", 0, Shape::flag, "",
             "Find peers on the local network, also with --dht. It is the default otherwise.", kPeers | kDaemon},
            [](O& o, S& v) { return store(o.lan.emplace(), parse_bool(v)); }},
    Setting{{"no-lan", 0, Shape::flag, "", "Do not look for peers on the local network.", kPeers | kDaemon},
            set_no_lan},
    Setting{
        {"port-map", 0, Shape::flag, "",
         "Ask the router to let others connect (UPnP, NAT-PMP). It is the default, unless --listen names a loopback "
         "address.",
         kReached | kDoctor},
        [](O& o, S& v) { return store(o.port_map, parse_bool(v)); }},
    Setting{{"no-port-map", 0, Shape::flag, "", "Do not ask the router to open the port.", kReached | kDoctor},
            [](O& o, S& v) { return store(o.port_map, parse_bool(v == "true" ? "false" : "true")); }},
    Setting{
        {"encryption", 0, Shape::value, "MODE",
         "BitTorrent clients that are not stp: allow (the default) uses the clear unless they insist on encryption; "
         "require refuses the clear, and hides every connection of a public share, at the price of stp's own channel.",
         kPeers | kDaemon, "allow require"},
        set_encryption},
    Setting{{"tracker", 0, Shape::list, "URL",
             "Announce to this http, https or udp tracker and ask it for peers. Repeatable.", kPeers | kDoctor},
            add_tracker},
    Setting{{"tracker", 0, Shape::list, "URL",
             "Search the catalogue of this http or https tracker, given as for `stp share`. Repeatable.", kFind},
            add_tracker},
    Setting{{"sort", 0, Shape::value, "ORDER",
             "What comes first: seeds (the most; the default), name, size (the largest) or age (the newest). A share "
             "called NAME is always first.",
             kFind, "seeds name size age"},
            [](O& o, S& v) { return store(o.sort, usage_of(tracker::parse_share_order(v))); }},
    Setting{{"page", 0, Shape::number, "N", "Show the Nth page of 100 shares.", kFind}, set_page},
    Setting{{"peer", 0, Shape::list, "HOST:PORT", "Connect to this peer. Repeatable.", kPeers}, add_peer},
    Setting{{"bootstrap", 0, Shape::list, "HOST:PORT",
             "Enter the DHT through this node instead of the well-known ones; \"none\" for the first node of a DHT. "
             "Repeatable.",
             kPeers | bit(Command::node) | kDaemon | kDoctor},
            add_bootstrap},
    Setting{
        {"listen", 0, Shape::value, "ADDR:PORT",
         "Accept connections here, TCP and UDP. Default [::]:64500 with IPv4 too, or the next free port. The tracker "
         "uses TCP only; its default is [::]:65000 and no other port. Port 0 picks one.",
         kHosts | kDoctor},
        set_listen},
    Setting{{"up-limit", 0, Shape::value, "RATE", "Upload no faster, e.g. 500kB/s, 2MiB/s, 8Mbit/s, unlimited.",
             kTransfer | kDaemon},
            [](O& o, S& v) { return set_rate(o.up_bytes_per_second, v); }},
    Setting{{"down-limit", 0, Shape::value, "RATE", "Download no faster.", kTransfer | kDaemon},
            [](O& o, S& v) { return set_rate(o.down_bytes_per_second, v); }},
    Setting{
        {"background", 'b', Shape::flag, "",
         "Hand over to the daemon, which goes on after this command and after a restart; it is started if none runs.",
         kTransfer},
        [](O& o, S& v) { return store(o.background, parse_bool(v)); }},
    Setting{
        {"web", 0, Shape::optional_value, "ADDR:PORT",
         "Show a dashboard to a browser here. Default 127.0.0.1:64480, or the next free port: then only processes of "
         "this user and root may connect. At an address that others can reach, the printed link has a token that a "
         "browser needs. That of the daemon can also add, pause and remove.",
         kTransfer | bit(Command::node) | kDaemon},
        set_web},
    Setting{{"metrics", 0, Shape::value, "ADDR:PORT",
             "Serve what the node counts to anybody at this address: /metrics for Prometheus, /stats.json. Port 0 "
             "picks one.",
             bit(Command::node)},
            set_metrics},
    Setting{{"install", 0, Shape::flag, "",
             "Install and start a systemd unit of this user, so that the daemon runs from now on.", kDaemon},
            [](O& o, S& v) { return store(o.install, parse_bool(v)); }},
    Setting{{"uninstall", 0, Shape::flag, "", "Stop and remove that unit. What the daemon holds is kept.", kDaemon},
            [](O& o, S& v) { return store(o.uninstall, parse_bool(v)); }},
    Setting{
        {"data", 0, Shape::flag, "",
         "Also delete what was downloaded: the files of the share and nothing else. Not for what was shared in place.",
         bit(Command::remove)},
        [](O& o, S& v) { return store(o.with_data, parse_bool(v)); }},
    Setting{{"private", 0, Shape::flag, "",
             "Only people who have the link can find, join and decrypt the share. The same files give the same share "
             "again.",
             kShare},
            [](O& o, S& v) { return store(o.private_share, parse_bool(v)); }},
    Setting{
        {"torrent", 0, Shape::value, "FILE",
         "Also write a .torrent file for BitTorrent clients. Replaces an older .torrent, but no other file.", kShare},
        [](O& o, S& v) { return set_path(o.torrent_file, v); }},
    Setting{
        {"v2", 0, Shape::flag, "",
         "Share for stp and clients of BitTorrent v2 alone, which saves hashing. Otherwise a public share is a hybrid, "
         "for clients of v1, too. The link is a different one.",
         kShare},
        [](O& o, S& v) { return store(o.v2_only, parse_bool(v)); }},
    Setting{{"name", 0, Shape::value, "NAME",
             "Name the share; needed for several paths, otherwise the path's own name.", kShare},
            set_name},
    Setting{{"exclude", 0, Shape::list, "GLOB",
             "Leave out files and folders whose name matches, or, for a GLOB with '/', whose path in the share "
             "matches; '*' also matches '/'. Repeatable.",
             kShare},
            add_excluded},
    Setting{{"times", 0, Shape::flag, "",
             "Pass on when files were modified. The same files with other times then give a different link.", kShare},
            [](O& o, S& v) { return store(o.times, parse_bool(v)); }},
    Setting{
        {"follow-links", 0, Shape::flag, "",
         "Also share what symbolic links point to outside of PATH; such links are otherwise left out, with a warning.",
         kShare},
        [](O& o, S& v) { return store(o.follow_links, parse_bool(v)); }},
    Setting{{"web-seed", 0, Shape::list, "URL",
             "Name a web server that has the files too, in the link and the .torrent. URL is the file itself, or, with "
             "a slash at its end, the folder that NAME is in (BEP 19). Repeatable.",
             kShare},
            add_web_seed},
    Setting{{"unlisted", 0, Shape::flag, "",
             "Do not list the share by name in the catalogues of its trackers. Private shares never are.", kShare},
            [](O& o, S& v) { return store(o.unlisted, parse_bool(v)); }},
    Setting{
        {"each", 0, Shape::flag, "",
         "Make every file below PATH, a directory, a share of its own. One line LINK<tab>NAME each on stdout, NAME is "
         "its path below PATH.",
         kShare},
        [](O& o, S& v) { return store(o.each, parse_bool(v)); }},
    Setting{{"watch", 0, Shape::flag, "",
             "Follow what appears, changes, moves and goes: with --each file by file, otherwise with a new link when "
             "PATH, a "
             "directory, has changed. Temporary files of editors and downloads are left out.",
             kShare},
            [](O& o, S& v) { return store(o.watch, parse_bool(v)); }},
    Setting{
        {"qr", 0, Shape::flag, "",
         "Also draw the link as a QR code on stderr, for the camera of a phone; black on white on a terminal.", kShare},
        [](O& o, S& v) { return store(o.qr, parse_bool(v)); }},
    Setting{{"copy", 0, Shape::flag, "",
             "Also put the link into the clipboard, by the terminal (OSC 52), which works over ssh and in tmux, too.",
             kShare},
            [](O& o, S& v) { return store(o.copy, parse_bool(v)); }},
    Setting{{"output", 'o', Shape::value, "DIR",
             "Put the download into this directory instead of the current one; with --chunk: the file to write, "
             "which must not exist yet. '-': write the one file of the share, or that --only chooses, to stdout while "
             "it arrives.",
             kGet},
            [](O& o, S& v) { return set_path(o.output, v); }},
    Setting{
        {"sequential", 0, Shape::flag, "",
         "Fetch chunks in order, not the rarest first: what has begun can be looked at. Slower for everybody.", kGet},
        [](O& o, S& v) { return store(o.sequential, parse_bool(v)); }},
    Setting{
        {"chunk", 0, Shape::number, "N", "Fetch only chunk N, verified, to stdout or the file given with -o.", kGet},
        set_chunk},
    Setting{{"only", 0, Shape::list, "GLOB",
             "Fetch only files whose path in the share matches; '*' also matches '/'. Repeatable.", kGet},
            add_only},
    Setting{{"no-web-seeds", 0, Shape::flag, "", "Fetch nothing from the web servers that the link or .torrent names.",
             kGet},
            [](O& o, S& v) { return store(o.web_seeds_allowed, parse_bool(v == "true" ? "false" : "true")); }},
    Setting{{"repair", 0, Shape::flag, "",
             "Check what is there as NAME (or as NAME.part without NAME.stp) and fetch only what is missing or wrong "
             "in it. Other files in it are left alone.",
             kGet},
            [](O& o, S& v) { return store(o.repair, parse_bool(v)); }},
    Setting{{"seed", 0, Shape::optional_value, "RATIO",
             "Keep seeding when complete, until Ctrl-C or until RATIO times the size has been uploaded.", kGet},
            set_seed},
    Setting{
        {"timeout", 0, Shape::number, "TIME",
         "Give up (exit code 7) after this long without progress, e.g. 30s, 10m, never. Default 5m, but `get` waits "
         "forever while there is hope: a peer is known, or a tracker or the DHT accepted the announce.",
         kGet | bit(Command::info) | bit(Command::verify)},
        set_timeout},
    Setting{{"trust-forwarded-for", 0, Shape::list, "ADDR",
             "Behind this proxy: requests from its address are from the client that X-Forwarded-For names. Repeatable.",
             bit(Command::tracker)},
            add_trusted_proxy},
    Setting{{"no-catalogue", 0, Shape::flag, "", "Keep no catalogue: shares cannot be found by name.",
             bit(Command::tracker)},
            [](O& o, S& v) { return store(o.catalogue, parse_bool(v == "true" ? "false" : "true")); }},
    Setting{
        {"closed", 0, Shape::value, "FILE",
         "Serve only the shares in FILE: one info-hash (or magnet link) per line, # begins a comment. Read again on "
         "SIGHUP.",
         bit(Command::tracker)},
        [](O& o, S& v) { return set_path(o.closed_file, v); }},
    Setting{{"json", 0, Shape::flag, "", "Print newline-delimited JSON events on stdout.", kAll},
            [](O& o, S& v) { return store(o.json, parse_bool(v)); }},
    Setting{{"quiet", 'q', Shape::flag, "", "Print errors only.", kAll},
            [](O& o, S& v) { return store(o.quiet, parse_bool(v)); }},
    Setting{{"state", 0, Shape::value, "DIR",
             "Keep the DHT table, the node key, a tracker's peers and the daemon's shares here instead of "
             "$XDG_STATE_HOME/stp.",
             kHosts | kDoctor | kClients},
            [](O& o, S& v) { return set_path(o.state_dir, v); }},
    Setting{{"log", 0, Shape::value, "LEVEL",
             "Log what happens inside: error, warn, info, debug or trace, for all modules or by module, e.g. "
             "dht=debug,transfer=info.",
             kAll, "error warn info debug trace"},
            set_log},
    Setting{{"log-file", 0, Shape::value, "FILE", "Append the log to FILE instead of writing it to stderr.", kAll},
            [](O& o, S& v) { return set_path(o.log_file, v); }},
};

/// The rows without their functions.
constexpr auto kFlags = [] {
  std::array<console::Flag, kSettings.size()> flags{};
  for (std::size_t i = 0; i < flags.size(); ++i) flags[i] = kSettings[i].flag;
  return flags;
}();

}  // namespace

const console::Program kProgram = {
    "stp",
    "stp - peer-to-peer file sharing without a server\n\n"
    "One person runs `stp share PATH` and gets a link; everybody with the link runs `stp get LINK`, takes verified "
    "chunks from all peers that have them, and passes them on. Peers are found on the local network, through the "
    "DHT or a tracker, or by address.",
    kCommands,
    kFlags,
    "STP_",
    "`stp share FILE` or `stp get LINK`",
    "stp share FILE",
    "  stp share holiday-photos     # prints a link\n"
    "  stp get 'LINK'               # on another machine\n",
    "Exit codes:\n"
    "  0  done                7  incomplete: no peers, or interrupted; run it again to resume\n"
    "  1  error               9  no space: disk full, or a limit on file sizes\n"
    "  2  wrong usage        32  bad data, on disk or from every peer\n"
    "                       130  Ctrl-C twice\n"};

Status apply_setting(std::string_view name, Command command, Options& options, const std::string& value) {
  const auto found = std::find_if(kSettings.begin(), kSettings.end(), [&](const Setting& setting) {
    return setting.flag.name == name && belongs_to(setting.flag, static_cast<std::size_t>(command));
  });
  STP_ASSERT(found != kSettings.end());
  return found->apply(options, value);
}

}  // namespace stp::cli
