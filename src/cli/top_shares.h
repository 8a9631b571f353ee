// TopShares: the shares that `stp top` shows: sorted by a column, filtered by their names, one of them selected. Pure.
//
// Invariants: rows() are the shares that match the filter, in the order of the column, ties by number; the selected share
// is one of them, and stays selected wherever it moves to. If it goes, its neighbour is selected.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

namespace stp::cli {

enum class TopColumn : std::uint8_t { id, state, done, size, down, up, peers, uploaded, name };
inline constexpr std::size_t kTopColumns = static_cast<std::size_t>(TopColumn::name) + 1;

/// A share with what it is sorted by, taken from the API's JSON once.
struct TopShare {
  nlohmann::json fields;  // docs/api.md "A share"
  std::int64_t id = 0;
  std::string state;
  double done = -1;  // 0 to 1; -1: not known
  std::int64_t bytes = -1;
  std::int64_t down = 0;
  std::int64_t up = 0;
  std::int64_t peers = 0;
  std::int64_t uploaded = 0;
  std::string shown_name;
  std::string folded_name;  // upper and lower case alike

  explicit TopShare(nlohmann::json share);
};

class TopShares {
 public:
  /// A share that is new or has changed.
  void update(nlohmann::json share);
  void remove(std::int64_t id);
  void clear();

  /// Only shares whose name has this in it; empty: all.
  void set_filter(const std::string& text);
  [[nodiscard]] const std::string& filter() const { return filter_; }

  void sort_by(TopColumn column);
  /// The columns to the right (1) or left (-1) of the present one, round and round.
  void sort_by_neighbour(int direction);
  void invert() { descending_ = !descending_, sorted_ = false; }
  [[nodiscard]] TopColumn column() const { return column_; }
  [[nodiscard]] bool descending() const { return descending_; }

  /// Moves the selection by this many rows, upwards if negative, as far as there are rows.
  void move(std::int64_t rows);

  [[nodiscard]] const std::vector<const TopShare*>& rows();
  /// Its place in rows(); 0 if there is none.
  [[nodiscard]] std::size_t selected_row();
  /// Null if there is no row.
  [[nodiscard]] const TopShare* selected();

  [[nodiscard]] std::size_t count() const { return shares_.size(); }
  struct Totals {
    std::int64_t down = 0;
    std::int64_t up = 0;
    std::int64_t peers = 0;
    std::size_t moving = 0;  // shares with traffic
  };
  [[nodiscard]] Totals totals() const;

 private:
  void refresh();

  std::map<std::int64_t, TopShare> shares_;
  std::vector<const TopShare*> rows_;
  bool sorted_ = true;  // rows_ are up to date
  TopColumn column_ = TopColumn::id;
  bool descending_ = false;
  std::string filter_;
  std::string folded_filter_;
  std::int64_t selected_ = -1;
  std::size_t selected_row_ = 0;
};

}  // namespace stp::cli
