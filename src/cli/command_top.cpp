// `stp top`: the daemon's shares as they are now, and the keys to steer them.
//
// Shares come as events, so nothing is asked for while nothing changes. The details of the selected share and the state of
// the DHT are looked at from time to time, as nothing else would tell.
#include <poll.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "cli/commands.h"
#include "cli/daemon_client.h"
#include "cli/daemon_view.h"
#include "cli/format.h"
#include "cli/top_events.h"
#include "cli/top_keys.h"
#include "cli/top_screen.h"
#include "cli/top_state.h"
#include "console/terminal.h"
#include "core/shown_text.h"

namespace stp::cli {
namespace {

using Clock = std::chrono::steady_clock;
using nlohmann::json;

/// What is selected is looked at this often.
constexpr std::chrono::milliseconds kLookAtShare{1000};
constexpr std::chrono::milliseconds kLookAtDht{5000};
/// Events come several times a second; nobody reads that fast.
constexpr std::chrono::milliseconds kDrawInterval{200};
/// Cells of the map that are asked for: more than most terminals have columns.
constexpr std::size_t kMapCells = 400;

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

TopSize size_of_terminal() {
  constexpr TopSize kDefault;
  return {console::terminal_columns(STDOUT_FILENO).value_or(kDefault.columns),
          console::terminal_rows(STDOUT_FILENO).value_or(kDefault.rows)};
}

/// The screen, fed by the daemon.
class Top {
 public:
  Top(Context& context, DaemonClient& client, const CancelOnSignal& signals)
      : context_(context), client_(client), signals_(signals), events_(daemon_places(context).socket) {
    state_.daemon = client.daemon();
  }

  /// Until the user has enough. An error if the daemon has gone.
  [[nodiscard]] Status run() {
    while (!signals_.cancelled()) {
      take_events();
      if (const std::optional<Error> ended = events_.ended()) return *ended;
      look();
      draw();
      if (failure_ != 0 || !wait_and_press()) break;
    }
    return Done{};
  }
  /// errno of the terminal.
  [[nodiscard]] int failure() const { return failure_; }

 private:
  void take_events() {
    for (TopEvents::Event& event : events_.take()) {
      if (event.name == "share") {
        state_.shares.update(std::move(event.data));
      } else if (event.name == "removed") {
        state_.shares.remove(event.data.value("id", std::int64_t{0}));
      } else if (event.name == "daemon") {
        state_.daemon = event.data.value("daemon", json::object());
      } else if (event.name == "notice" && state_.said.empty()) {
        state_.said = text_field(event.data, "message");
      }
    }
  }

  /// Asks for what is not in the events, when it is time to.
  void look() {
    const Clock::time_point now = Clock::now();
    if (now >= next_dht_) {
      next_dht_ = now + kLookAtDht;
      if (const Result<json> answer = client_.call("GET", "/api/dht")) state_.dht = answer->value("dht", json(nullptr));
    }
    const TopShare* const share = state_.shares.selected();
    const std::int64_t id = share != nullptr ? share->id : 0;
    if (id == looked_at_ && now < next_share_) return;
    next_share_ = now + kLookAtShare;
    if (std::exchange(looked_at_, id) != id) {
      state_.peers = state_.paths = json::array();
      state_.chunks = json::object();
    }
    if (share != nullptr) look_at(*share);
  }

  void look_at(const TopShare& share) {
    const std::string target = "/api/shares/" + std::to_string(share.id);
    if (text_field(share.fields, "kind") == "folder") {
      if (const Result<json> answer = client_.call("GET", target + "/shared?after=0")) {
        state_.paths = answer->value("shared", json::array());
      }
      return;
    }
    if (const Result<json> answer = client_.call("GET", target)) state_.peers = answer->value("peers", json::array());
    if (const Result<json> answer = client_.call("GET", target + "/chunks?cells=" + std::to_string(kMapCells))) {
      state_.chunks = answer->value("chunks", json::object());
    }
  }

  void draw() {
    const TopSize size = size_of_terminal();
    const bool resized = size.columns != drawn_size_.columns || size.rows != drawn_size_.rows;
    if (resized) drawn_.clear();
    drawn_size_ = size;
    std::vector<std::string> lines = top_screen(state_, size);
    const std::string change = (resized ? "\x1b[2J" : "") + screen_change(drawn_, lines);
    drawn_ = std::move(lines);
    last_draw_ = Clock::now();
    if (!change.empty()) failure_ = context_.console.print(change);
  }

  /// Waits until there is a key, an event, or something to look at; false: the user has enough.
  bool wait_and_press() {
    const Clock::time_point wake = std::min(next_share_, next_dht_);
    if (wait_for_input(wake, true)) return read_keys();
    // An event: others may follow at once.
    if (wait_for_input(last_draw_ + kDrawInterval, false)) return read_keys();
    return true;
  }

  /// Whether there is something to read from the terminal; false at `until`, or at an event if `events` counts.
  bool wait_for_input(Clock::time_point until, bool events) const {
    std::array<pollfd, 3> waited = {{{STDIN_FILENO, POLLIN, 0},
                                     {signals_.descriptor(), POLLIN, 0},
                                     {events ? events_.descriptor() : -1, POLLIN, 0}}};
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - Clock::now());
    const int ready = ::poll(waited.data(), waited.size(), static_cast<int>(std::max<std::int64_t>(left.count(), 0)));
    return ready > 0 && waited[0].revents != 0;
  }

  bool read_keys() {
    std::array<char, 256> bytes{};
    const ssize_t got = ::read(STDIN_FILENO, bytes.data(), bytes.size());
    if (got <= 0) return false;
    for (const KeyPress& key : keys_in({bytes.data(), static_cast<std::size_t>(got)})) {
      const auto page = static_cast<std::int64_t>(table_rows(state_, drawn_size_));
      const TopAction action = state_.press(key, page);
      if (action.kind == TopAction::Kind::quit) return false;
      act(action);
    }
    return true;
  }

  void act(const TopAction& action) {
    using Kind = TopAction::Kind;
    const std::string target = "/api/shares/" + std::to_string(action.id);
    switch (action.kind) {
      case Kind::none:
      case Kind::quit: return;
      case Kind::pause: return say(client_.call("POST", target + "/pause"), "paused " + std::to_string(action.id));
      case Kind::resume: return say(client_.call("POST", target + "/resume"), "resumed " + std::to_string(action.id));
      case Kind::remove: return say(client_.call("DELETE", target), "removed " + std::to_string(action.id));
      case Kind::remove_with_data:
        return say(client_.call("DELETE", target + "?data=1"),
                   "removed " + std::to_string(action.id) + " and its data");
      case Kind::set_limits:
        return say(client_.call("POST", "/api/daemon/limits", {{"up_limit", action.up}, {"down_limit", action.down}}),
                   "limits are set until the daemon ends");
    }
  }

  void say(const Result<json>& answer, const std::string& done) {
    state_.said = answer ? done : answer.error().message;
  }

  Context& context_;
  DaemonClient& client_;
  const CancelOnSignal& signals_;
  TopEvents events_;
  TopState state_;
  std::int64_t looked_at_ = 0;
  Clock::time_point next_share_{};
  Clock::time_point next_dht_{};
  Clock::time_point last_draw_{};
  std::vector<std::string> drawn_;
  TopSize drawn_size_{0, 0};
  int failure_ = 0;
};

/// Without a terminal: everything once.
ExitCode print_once(Context& context, DaemonClient& client) {
  const Result<json> listed = client.call("GET", "/api/shares");
  if (!listed) return fail(context, listed.error());
  const json& shares = listed->at("shares");
  if (context.events.enabled()) {
    context.events.emit("daemon", client.daemon());
    for (const json& share : shares) context.events.emit("share", share);
    const int failed = context.events.failure();
    return failed != 0 ? fail_stdout(context, failed) : end(context, ExitCode::done);
  }
  std::string text = "stp daemon, process " + std::to_string(client.daemon().value("pid", 0)) + ", listening on " +
                     one_line(client.daemon().value("listening", "")) + ": " +
                     format_count(shares.size(), "share", "shares") + "\n\n";
  for (const std::string& line : share_table(shares)) text += one_line(line) + "\n";
  const int failure = context.console.print(text);
  return failure != 0 ? fail_stdout(context, failure) : end(context, ExitCode::done);
}

}  // namespace

ExitCode run_top(Context& context) {
  const CancelOnSignal signals;
  Result<DaemonClient> client = DaemonClient::connect(context, signals, DaemonClient::Start::never);
  if (!client) return fail(context, client.error());
  const bool interactive =
      console::takes_escapes(STDOUT_FILENO) && ::isatty(STDIN_FILENO) == 1 && !context.events.enabled();
  if (!interactive) return print_once(context, *client);
  Status watched = Done{};
  {
    const KeyScreen keys;
    Top top(context, *client, signals);
    // The other screen, without a cursor.
    const int failure = context.console.print("\x1b[?1049h\x1b[?25l");
    if (failure == 0) watched = top.run();
    (void)context.console.print("\x1b[?25h\x1b[?1049l");
  }
  if (!watched && !signals.cancelled()) return fail(context, watched.error());
  return end(context, ExitCode::done);
}

}  // namespace stp::cli
