// TopState: what `stp top` knows and what its keys do. Pure: the command fetches and carries out.
//
//            /            Enter                 ?          x                     l
//   list ──▶ filter      list ◀──▶ details     list ──▶ help   list ──▶ remove  list ──▶ up_limit ──▶ down_limit
//     ▲─ Enter, Esc ─┘         Esc, Enter        ▲─ any ─┘       ▲─ y, d, any ─┘   ▲──── Enter, Esc ──────┘
//
//   list     the table, and below it the selected share in short    details   that share on the whole screen
//   filter   typing what names must contain                         help      the keys
//   remove   asks before a share is removed                         …_limit   typing a limit
#pragma once

#include <cstdint>
#include <string>

#include <nlohmann/json.hpp>

#include "cli/top_keys.h"
#include "cli/top_shares.h"

namespace stp::cli {

enum class TopMode : std::uint8_t { list, details, filter, help, remove, up_limit, down_limit };

/// What the daemon is to do.
struct TopAction {
  enum class Kind : std::uint8_t { none, quit, pause, resume, remove, remove_with_data, set_limits };
  Kind kind = Kind::none;
  std::int64_t id = 0;  // of the share
  std::int64_t up = 0;  // bytes per second; 0: no limit
  std::int64_t down = 0;
};

class TopState {
 public:
  TopShares shares;
  // What was fetched last, as the API has it (docs/api.md).
  nlohmann::json daemon = nlohmann::json::object();
  nlohmann::json dht;                                // null: not known, or none
  nlohmann::json peers = nlohmann::json::array();    // of the selected share
  nlohmann::json chunks = nlohmann::json::object();  // the same
  nlohmann::json paths = nlohmann::json::array();    // the same, of a folder
  std::string said;                                  // what the last key did; shown until the next

  /// `page`: rows that Page Up and Page Down move by.
  [[nodiscard]] TopAction press(const KeyPress& key, std::int64_t page);

  [[nodiscard]] TopMode mode() const { return mode_; }
  /// What has been typed so far at a prompt.
  [[nodiscard]] const std::string& typed() const { return typed_; }

 private:
  TopAction press_in_list(const KeyPress& key, std::int64_t page);
  TopAction letter(char letter);
  TopAction answer_remove(const KeyPress& key);
  /// Edits typed_; true once Enter was pressed. Escape goes back to the list.
  bool type(const KeyPress& key);
  TopAction press_in_limit(const KeyPress& key);

  TopMode mode_ = TopMode::list;
  TopMode before_help_ = TopMode::list;
  std::string typed_;
  std::int64_t asked_about_ = 0;  // the share that the question is about
  std::int64_t up_limit_ = 0;     // typed first
};

}  // namespace stp::cli
