// `stp top`: the daemon's shares, and the peers of one of them, as they are now.
#include <poll.h>
#include <signal.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "cli/commands.h"
#include "cli/daemon_client.h"
#include "cli/daemon_view.h"
#include "cli/format.h"
#include "console/terminal.h"
#include "console/text_width.h"
#include "core/shown_text.h"

namespace stp::cli {
namespace {

using nlohmann::json;

constexpr std::chrono::milliseconds kRefresh{1000};
constexpr std::size_t kColumnsDefault = 80;
constexpr std::size_t kRowsDefault = 24;

/// Single keys without Enter and without echo, on the other screen of the terminal, until it is destroyed.
class KeyScreen {
 public:
  KeyScreen() {
    ::tcgetattr(STDIN_FILENO, &before_);
    termios raw = before_;
    raw.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO);
    ::tcsetattr(STDIN_FILENO, TCSANOW, &raw);
  }
  ~KeyScreen() { ::tcsetattr(STDIN_FILENO, TCSANOW, &before_); }
  KeyScreen(const KeyScreen&) = delete;
  KeyScreen& operator=(const KeyScreen&) = delete;

 private:
  termios before_{};
};

enum class Key : std::uint8_t { none, up, down, pause, resume, quit };

Key key_in(std::string_view bytes) {
  if (bytes == "\x1b[A" || bytes == "\x1bOA" || bytes == "k") return Key::up;
  if (bytes == "\x1b[B" || bytes == "\x1bOB" || bytes == "j") return Key::down;
  if (bytes == "p") return Key::pause;
  if (bytes == "r") return Key::resume;
  if (bytes == "q" || bytes == "\x1b") return Key::quit;
  return Key::none;
}

/// Waits for a key, for a signal, or until it is time to look again.
Key wait_for_key(int cancel) {
  pollfd waited[] = {{STDIN_FILENO, POLLIN, 0}, {cancel, POLLIN, 0}};
  if (::poll(waited, 2, static_cast<int>(kRefresh.count())) <= 0) return Key::none;
  if (waited[1].revents != 0) return Key::quit;
  char bytes[16];
  const ssize_t got = ::read(STDIN_FILENO, bytes, sizeof bytes);
  if (got <= 0) return Key::quit;
  return key_in({bytes, static_cast<std::size_t>(got)});
}

/// What is shown; all of it is fetched again each time.
struct View {
  json daemon;
  json shares = json::array();
  json peers = json::array();
  std::size_t selected = 0;
  std::string said;  // what the last key did

  [[nodiscard]] const json* share() const { return selected < shares.size() ? &shares[selected] : nullptr; }
};

Status fetch(DaemonClient& client, View& view) {
  const std::optional<std::int64_t> chosen =
      view.share() != nullptr ? std::optional(view.share()->value("id", std::int64_t{0})) : std::nullopt;
  Result<json> described = client.call("GET", "/api/daemon");
  if (!described) return described.error();
  Result<json> listed = client.call("GET", "/api/shares");
  if (!listed) return listed.error();
  view.daemon = described->at("daemon");
  view.shares = listed->at("shares");
  view.peers = json::array();
  // The same share stays chosen, wherever it is now.
  for (std::size_t i = 0; chosen && i < view.shares.size(); ++i) {
    if (view.shares[i].value("id", std::int64_t{0}) == *chosen) view.selected = i;
  }
  if (view.selected >= view.shares.size()) view.selected = view.shares.empty() ? 0 : view.shares.size() - 1;
  if (view.share() == nullptr) return Done{};
  const Result<json> one =
      client.call("GET", "/api/shares/" + std::to_string(view.share()->value("id", std::int64_t{0})));
  if (one) view.peers = one->at("peers");  // else it has been removed in between
  return Done{};
}

std::string head_of(const View& view) {
  std::int64_t down = 0;
  std::int64_t up = 0;
  for (const json& share : view.shares) {
    down += share.value("down_rate", std::int64_t{0});
    up += share.value("up_rate", std::int64_t{0});
  }
  std::string head = "stp daemon, process " + std::to_string(view.daemon.value("pid", 0)) + ", listening on " +
                     view.daemon.value("listening", "") + ": " + format_count(view.shares.size(), "share", "shares") +
                     ", down " + format_rate(static_cast<double>(down)) + ", up " +
                     format_rate(static_cast<double>(up));
  if (const std::string dht = view.daemon.value("dht", ""); !dht.empty()) head += ", " + dht;
  return head;
}

/// At most `rows` lines: the shares around the chosen one, then what is known about that one.
std::vector<std::string> lines_of(const View& view, std::size_t rows, bool interactive) {
  std::vector<std::string> lines = {head_of(view), ""};
  std::vector<std::string> table = share_table(view.shares, interactive ? view.selected : kNoneSelected);
  std::vector<std::string> below;
  if (const json* const share = view.share(); share != nullptr && interactive) {
    below = {"", escaped(share->value("name", "")) + ": " + share->value("state", "")};
    if (const std::string why = why_of(*share); !why.empty()) below.back() += ": " + one_line(why);
    for (const std::string& line : peer_table(view.peers)) below.push_back(line);
  }
  const std::size_t below_max = std::max<std::size_t>(rows / 2, 4);
  if (interactive && below.size() > below_max) below.resize(below_max);
  std::size_t first = 1;
  std::size_t count = table.size() - 1;
  const std::size_t taken = lines.size() + 1 + below.size() + 2;
  const std::size_t room = rows > taken ? rows - taken : 1;
  if (interactive && count > room) {
    first = 1 + std::min(view.selected > room / 2 ? view.selected - room / 2 : 0, count - room);
    count = room;
  }
  lines.push_back(table.front());
  for (std::size_t i = first; i < first + count; ++i) lines.push_back(table[i]);
  lines.insert(lines.end(), below.begin(), below.end());
  if (interactive) {
    lines.emplace_back();
    lines.push_back(view.said.empty() ? "arrows choose, p pauses, r resumes, q ends" : one_line(view.said));
  }
  return lines;
}

std::string drawing_of(const View& view) {
  const std::size_t columns = console::terminal_columns(STDOUT_FILENO).value_or(kColumnsDefault);
  const std::size_t rows = console::terminal_rows(STDOUT_FILENO).value_or(kRowsDefault);
  std::string drawing = "\x1b[H";
  std::vector<std::string> lines = lines_of(view, rows, true);
  if (lines.size() > rows) lines.resize(rows);
  for (std::size_t i = 0; i < lines.size(); ++i) {
    drawing += (i == 0 ? "" : "\r\n") + console::fit_to_width(lines[i], columns) + "\x1b[K";
  }
  return drawing + "\x1b[J";
}

void act(DaemonClient& client, View& view, Key key) {
  view.said.clear();
  if (key == Key::up && view.selected > 0) --view.selected;
  if (key == Key::down && view.selected + 1 < view.shares.size()) ++view.selected;
  if ((key != Key::pause && key != Key::resume) || view.share() == nullptr) return;
  const std::string id = std::to_string(view.share()->value("id", std::int64_t{0}));
  const Result<json> answer = client.call("POST", "/api/shares/" + id + (key == Key::pause ? "/pause" : "/resume"));
  view.said = answer ? (key == Key::pause ? "paused " : "resumed ") + id : answer.error().message;
}

ExitCode print_once(Context& context, const View& view) {
  if (context.events.enabled()) {
    context.events.emit("daemon", view.daemon);
    for (const json& share : view.shares) context.events.emit("share", share);
    const int failed = context.events.failure();
    return failed != 0 ? fail_stdout(context, failed) : end(context, ExitCode::done);
  }
  std::string text;
  for (const std::string& line : lines_of(view, 0, false)) text += one_line(line) + "\n";
  const int failure = context.console.print(text);
  return failure != 0 ? fail_stdout(context, failure) : end(context, ExitCode::done);
}

}  // namespace

ExitCode run_top(Context& context) {
  const CancelOnSignal signals;
  Result<DaemonClient> client = DaemonClient::connect(context, signals, DaemonClient::Start::never);
  if (!client) return fail(context, client.error());
  View view;
  if (Status fetched = fetch(*client, view); !fetched) return fail(context, fetched.error());
  const bool interactive =
      console::takes_escapes(STDOUT_FILENO) && ::isatty(STDIN_FILENO) == 1 && !context.events.enabled();
  if (!interactive) return print_once(context, view);
  Status fetched = Done{};
  {
    const KeyScreen keys;
    int failure = context.console.print("\x1b[?1049h\x1b[?25l");
    while (failure == 0 && !signals.cancelled()) {
      failure = context.console.print(drawing_of(view));
      const Key key = wait_for_key(signals.descriptor());
      if (key == Key::quit) break;
      act(*client, view, key);
      fetched = fetch(*client, view);
      if (!fetched) break;
    }
    (void)context.console.print("\x1b[?25h\x1b[?1049l");
  }
  if (!fetched && !signals.cancelled()) return fail(context, fetched.error());
  return end(context, ExitCode::done);
}

}  // namespace stp::cli
