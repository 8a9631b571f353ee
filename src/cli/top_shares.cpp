#include "cli/top_shares.h"

#include <algorithm>
#include <utility>

#include "cli/daemon_view.h"
#include "core/fold_case.h"

namespace stp::cli {
namespace {

using nlohmann::json;

double done_of(const json& share, const std::string& state) {
  if (state == "complete" || state == "seeding") return 1;
  const std::int64_t of = number_field(share, "of");
  return of > 0 ? static_cast<double>(number_field(share, "done")) / static_cast<double>(of) : -1;
}

/// Less than 0 if `a` comes first in the rising order of `column`.
int compare(const TopShare& a, const TopShare& b, TopColumn column) {
  const auto order = [](const auto& one, const auto& other) { return one < other ? -1 : (other < one ? 1 : 0); };
  switch (column) {
    case TopColumn::id: return order(a.id, b.id);
    case TopColumn::state: return order(a.state, b.state);
    case TopColumn::done: return order(a.done, b.done);
    case TopColumn::size: return order(a.bytes, b.bytes);
    case TopColumn::down: return order(a.down, b.down);
    case TopColumn::up: return order(a.up, b.up);
    case TopColumn::peers: return order(a.peers, b.peers);
    case TopColumn::uploaded: return order(a.uploaded, b.uploaded);
    case TopColumn::name: return order(a.folded_name, b.folded_name);
  }
  return 0;
}

/// People look for the largest figure, and for the first name.
bool begins_descending(TopColumn column) {
  return column != TopColumn::id && column != TopColumn::state && column != TopColumn::name;
}

}  // namespace

TopShare::TopShare(json share)
    : fields(std::move(share)),
      id(number_field(fields, "id")),
      state(text_field(fields, "state")),
      done(done_of(fields, state)),
      bytes(number_field(fields, "bytes", -1)),
      down(number_field(fields, "down_rate")),
      up(number_field(fields, "up_rate")),
      peers(number_field(fields, "peers")),
      uploaded(number_field(fields, "uploaded")),
      shown_name(cli::shown_name(fields)),
      folded_name(fold_case(text_field(fields, "name"))) {}

void TopShares::update(json share) {
  TopShare made(std::move(share));
  shares_.insert_or_assign(made.id, std::move(made));
  sorted_ = false;
}

void TopShares::remove(std::int64_t id) {
  if (shares_.erase(id) == 0) return;
  rows_.clear();  // has a pointer to it
  sorted_ = false;
}

void TopShares::clear() {
  shares_.clear();
  rows_.clear();
  sorted_ = false;
}

void TopShares::set_filter(const std::string& text) {
  filter_ = text;
  folded_filter_ = fold_case(text);
  sorted_ = false;
}

void TopShares::sort_by(TopColumn column) {
  column_ = column;
  descending_ = begins_descending(column);
  sorted_ = false;
}

void TopShares::sort_by_neighbour(int direction) {
  const auto place = static_cast<std::size_t>(static_cast<int>(column_) + static_cast<int>(kTopColumns) + direction);
  sort_by(static_cast<TopColumn>(place % kTopColumns));
}

void TopShares::move(std::int64_t rows) {
  refresh();
  if (rows_.empty()) return;
  const auto last = static_cast<std::int64_t>(rows_.size()) - 1;
  selected_row_ = static_cast<std::size_t>(
      std::clamp<std::int64_t>(static_cast<std::int64_t>(selected_row_) + std::clamp(rows, -last, last), 0, last));
  selected_ = rows_[selected_row_]->id;
}

const std::vector<const TopShare*>& TopShares::rows() {
  refresh();
  return rows_;
}

std::size_t TopShares::selected_row() {
  refresh();
  return selected_row_;
}

const TopShare* TopShares::selected() {
  refresh();
  return rows_.empty() ? nullptr : rows_[selected_row_];
}

TopShares::Totals TopShares::totals() const {
  Totals totals;
  for (const auto& [id, share] : shares_) {
    totals.down += share.down;
    totals.up += share.up;
    totals.peers += share.peers;
    if (share.down > 0 || share.up > 0) ++totals.moving;
  }
  return totals;
}

void TopShares::refresh() {
  if (std::exchange(sorted_, true)) return;
  rows_.clear();
  for (const auto& [id, share] : shares_) {
    if (folded_filter_.empty() || share.folded_name.find(folded_filter_) != std::string::npos) rows_.push_back(&share);
  }
  // Stable, from the order of numbers.
  std::stable_sort(rows_.begin(), rows_.end(), [&](const TopShare* a, const TopShare* b) {
    return descending_ ? compare(*b, *a, column_) < 0 : compare(*a, *b, column_) < 0;
  });
  const auto found =
      std::find_if(rows_.begin(), rows_.end(), [&](const TopShare* row) { return row->id == selected_; });
  if (found != rows_.end()) {
    selected_row_ = static_cast<std::size_t>(found - rows_.begin());
  } else {
    selected_row_ = rows_.empty() ? 0 : std::min(selected_row_, rows_.size() - 1);
    selected_ = rows_.empty() ? -1 : rows_[selected_row_]->id;
  }
}

}  // namespace stp::cli
