#include "cli/top_state.h"

#include "cli/format.h"
#include "core/shown_text.h"
#include "core/units.h"
#include "core/utf8.h"

namespace stp::cli {
namespace {

/// More is never typed by a person.
constexpr std::size_t kTypedBytesMax = 200;

TopAction about(TopAction::Kind kind, std::int64_t id) {
  TopAction action;
  action.kind = kind;
  action.id = id;
  return action;
}

/// Without its last character.
void shorten(std::string& text) {
  while (!text.empty() && (static_cast<unsigned char>(text.back()) & 0xc0) == 0x80) text.pop_back();
  if (!text.empty()) text.pop_back();
}

}  // namespace

TopAction TopState::press(const KeyPress& key, std::int64_t page) {
  said.clear();
  switch (mode_) {
    case TopMode::list:
    case TopMode::details: return press_in_list(key, page);
    case TopMode::help: mode_ = before_help_; return {};
    case TopMode::filter:
      if (key.key == Key::escape) shares.set_filter("");
      if (type(key)) mode_ = TopMode::list;
      if (mode_ == TopMode::filter) shares.set_filter(typed_);
      return {};
    case TopMode::remove: return answer_remove(key);
    case TopMode::up_limit:
    case TopMode::down_limit: return press_in_limit(key);
  }
  return {};
}

TopAction TopState::press_in_list(const KeyPress& key, std::int64_t page) {
  const auto count = static_cast<std::int64_t>(shares.count());
  switch (key.key) {
    case Key::up: shares.move(-1); break;
    case Key::down: shares.move(1); break;
    case Key::page_up: shares.move(-page); break;
    case Key::page_down: shares.move(page); break;
    case Key::home: shares.move(-count); break;
    case Key::end: shares.move(count); break;
    case Key::enter: mode_ = mode_ == TopMode::details ? TopMode::list : TopMode::details; break;
    case Key::escape:
      // From the inside to the outside: the details, the filter, the program.
      if (mode_ == TopMode::details) {
        mode_ = TopMode::list;
      } else if (!shares.filter().empty()) {
        shares.set_filter("");
      } else {
        return about(TopAction::Kind::quit, 0);
      }
      break;
    case Key::backspace: break;
    case Key::text: return key.text.size() == 1 ? letter(key.text.front()) : TopAction{};
  }
  return {};
}

TopAction TopState::letter(char letter) {
  const TopShare* const share = shares.selected();
  switch (letter) {
    case 'k': shares.move(-1); return {};
    case 'j': shares.move(1); return {};
    case '<':
    case ',': shares.sort_by_neighbour(-1); return {};
    case '>':
    case '.': shares.sort_by_neighbour(1); return {};
    case 'i': shares.invert(); return {};
    case '/':
      mode_ = TopMode::filter;
      typed_ = shares.filter();
      return {};
    case '?':
    case 'h':
      before_help_ = mode_;
      mode_ = TopMode::help;
      return {};
    case 'l':
      mode_ = TopMode::up_limit;
      typed_.clear();
      return {};
    case 'q': return about(TopAction::Kind::quit, 0);
    default: break;
  }
  if (share == nullptr) return {};
  switch (letter) {
    case 'p': return about(TopAction::Kind::pause, share->id);
    case 'r': return about(TopAction::Kind::resume, share->id);
    case 'x':
      mode_ = TopMode::remove;
      asked_about_ = share->id;
      return {};
    default: return {};
  }
}

TopAction TopState::answer_remove(const KeyPress& key) {
  mode_ = TopMode::list;
  if (key == KeyPress{Key::text, "y"}) return about(TopAction::Kind::remove, asked_about_);
  if (key == KeyPress{Key::text, "d"}) return about(TopAction::Kind::remove_with_data, asked_about_);
  said = "nothing was removed";
  return {};
}

bool TopState::type(const KeyPress& key) {
  if (key.key == Key::escape) mode_ = TopMode::list;
  if (key.key == Key::backspace) shorten(typed_);
  if (key.key == Key::text && typed_.size() < kTypedBytesMax) typed_ += key.text;
  return key.key == Key::enter;
}

TopAction TopState::press_in_limit(const KeyPress& key) {
  if (!type(key)) return {};
  const bool is_first = mode_ == TopMode::up_limit;
  const char* const present = is_first ? "up_limit" : "down_limit";
  const auto settings = daemon.find("settings");
  std::int64_t limit = settings != daemon.end() ? settings->value(present, std::int64_t{0}) : 0;
  if (!typed_.empty()) {
    const Result<std::int64_t> rate = parse_rate(typed_);
    if (!rate) {
      said = one_line(rate.error().message);
      mode_ = TopMode::list;
      return {};
    }
    limit = *rate;
  }
  typed_.clear();
  if (is_first) {
    up_limit_ = limit;
    mode_ = TopMode::down_limit;
    return {};
  }
  mode_ = TopMode::list;
  TopAction action;
  action.kind = TopAction::Kind::set_limits;
  action.up = up_limit_;
  action.down = limit;
  return action;
}

}  // namespace stp::cli
