#include "cli/top_screen.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "cli/daemon_view.h"
#include "cli/format.h"
#include "console/progress_drawing.h"
#include "console/text_width.h"
#include "core/shown_text.h"

namespace stp::cli {
namespace {

using console::display_width;
using console::fit_to_width;
using nlohmann::json;
using Lines = std::vector<std::string>;

constexpr std::string_view kNormal = "\x1b[m";
constexpr std::string_view kBold = "\x1b[1m";
constexpr std::string_view kInverse = "\x1b[7m";
constexpr std::string_view kUnderlined = "\x1b[1;4m";

/// Fewer rows than this have no details below the table.
constexpr std::size_t kRowsForDetails = 16;
constexpr std::size_t kRowsOfHead = 3;  // two lines and the headings, without the router's
constexpr std::size_t kGap = 2;

std::string styled(std::string_view style, const std::string& text) {
  return style.empty() || text.empty() ? text : std::string(style) + text + std::string(kNormal);
}

bool is_true(const json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && *found == true;
}

std::string limit_text(std::int64_t limit) {
  return limit > 0 ? format_rate(static_cast<double>(limit)) : "none";
}

// --- the table

struct TableColumn {
  TopColumn column;
  const char* title;
  std::size_t width;
  bool right;                // of figures
  std::size_t from_columns;  // the terminal's width from which on there is room for it
};
// In this order; the name takes what is left.
constexpr std::array<TableColumn, kTopColumns - 1> kTable = {{
    {TopColumn::id, "ID", 6, true, 60},
    {TopColumn::state, "STATE", 11, false, 0},
    {TopColumn::done, "DONE", 5, true, 0},
    {TopColumn::size, "SIZE", 7, true, 76},
    {TopColumn::down, "DOWN", 9, true, 60},
    {TopColumn::up, "UP", 9, true, 60},
    {TopColumn::peers, "PEERS", 6, true, 76},
    {TopColumn::uploaded, "UPLOADED", 9, true, 100},
}};

std::string_view colour_of(const std::string& state) {
  if (state == "downloading" || state == "seeding") return "\x1b[32m";
  if (state == "waiting" || state == "hashing" || state == "checking") return "\x1b[33m";
  if (state == "error") return "\x1b[31m";
  if (state == "paused" || state == "complete" || state == "removing") return "\x1b[2m";
  return {};
}

std::string cell_of(const TopShare& share, TopColumn column) {
  switch (column) {
    case TopColumn::id: return std::to_string(share.id);
    case TopColumn::state: return escaped(share.state);
    case TopColumn::done: return progress_of(share.fields);
    case TopColumn::size: return share.bytes >= 0 ? format_bytes(share.bytes) : "";
    case TopColumn::down: return rate_or_dash(share.down);
    case TopColumn::up: return rate_or_dash(share.up);
    case TopColumn::peers: return std::to_string(share.peers);
    case TopColumn::uploaded: return format_bytes(share.uploaded);
    case TopColumn::name: return share.shown_name;
  }
  return {};
}

std::string in_columns(std::string text, std::size_t width, bool right) {
  text = fit_to_width(text, width);
  const std::size_t blanks = width - display_width(text);
  return right ? std::string(blanks, ' ') + text : text + std::string(blanks, ' ');
}

/// A row of cells; `paint` gives a cell its colour.
template <class Cell, class Paint>
std::string table_row(std::size_t columns, const Cell& cell, const Paint& paint) {
  std::string line;
  std::size_t used = 0;
  for (const TableColumn& each : kTable) {
    if (columns < each.from_columns) continue;
    line += paint(each.column, in_columns(cell(each.column), each.width, each.right)) + std::string(kGap, ' ');
    used += each.width + kGap;
  }
  if (used >= columns) return line;
  return line + paint(TopColumn::name, fit_to_width(cell(TopColumn::name), columns - used));
}

std::string headings(const TopShares& shares, std::size_t columns) {
  const auto title = [&](TopColumn column) {
    std::string text = "NAME";
    for (const TableColumn& each : kTable) {
      if (each.column == column) text = each.title;
    }
    return text + (column == shares.column() ? (shares.descending() ? "↓" : "↑") : "");
  };
  return table_row(columns, title, [&](TopColumn column, const std::string& text) {
    return styled(column == shares.column() ? kUnderlined : kBold, text);
  });
}

std::string share_row(const TopShare& share, std::size_t columns, bool selected) {
  const auto cell = [&](TopColumn column) { return cell_of(share, column); };
  if (selected) {
    std::string line = table_row(columns, cell, [](TopColumn, const std::string& text) { return text; });
    line.append(columns - std::min(columns, display_width(line)), ' ');
    return styled(kInverse, line);
  }
  return table_row(columns, cell, [&](TopColumn column, const std::string& text) {
    return column == TopColumn::state ? styled(colour_of(share.state), text) : text;
  });
}

// --- around it

std::string first_line(const TopState& state, std::size_t columns) {
  const TopShares::Totals totals = state.shares.totals();
  const json settings = state.daemon.value("settings", json::object());
  std::string text = "down " + rate_or_dash(totals.down) + ", up " + rate_or_dash(totals.up) + "  " +
                     format_count(state.shares.count(), "share", "shares") + ", " + std::to_string(totals.moving) +
                     " moving, " + format_count(static_cast<std::uint64_t>(totals.peers), "peer", "peers");
  text += "  limits: down " + limit_text(number_field(settings, "down_limit")) + ", up " +
          limit_text(number_field(settings, "up_limit"));
  return styled(kBold, fit_to_width(text, columns));
}

/// "listening on [::]:64500  DHT: 120 nodes, 80 good, seen as 192.0.2.1:64500".
std::string network_line(const TopState& state, std::size_t columns) {
  std::string text = "listening on " + escaped(text_field(state.daemon, "listening"));
  if (state.dht.is_object()) {
    std::int64_t nodes = 0;
    std::int64_t good = 0;
    std::string seen;
    for (const json& family : state.dht.value("families", json::array())) {
      nodes += number_field(family, "nodes");
      good += number_field(family, "good");
      if (const std::string as = text_field(family, "seen_as"); !as.empty()) seen += (seen.empty() ? "" : " and ") + as;
    }
    text += "  DHT: " + format_count(static_cast<std::uint64_t>(nodes), "node", "nodes") + ", " + std::to_string(good) +
            " answer" + (seen.empty() ? "" : ", seen as " + escaped(seen));
    const std::int64_t lookups = number_field(state.dht, "lookups");
    if (lookups > 0) text += ", " + format_count(static_cast<std::uint64_t>(lookups), "look-up", "look-ups");
  } else {
    text += "  no DHT";
  }
  return fit_to_width(text, columns);
}

/// What came of asking the router; empty: there is nothing to say of it.
std::string router_line(const TopState& state, std::size_t columns) {
  const json router = state.daemon.value("router", json::object());
  if (text_field(router, "state") == "asking") return fit_to_width("asking the router to open the port", columns);
  return fit_to_width(one_line(text_field(router, "message")), columns);
}

std::string foot_line(const TopState& state, std::size_t columns) {
  switch (state.mode()) {
    case TopMode::filter: return fit_to_width("names with: " + escaped(state.typed()) + "█", columns);
    case TopMode::up_limit:
      return fit_to_width("upload limit, e.g. 5MB/s or unlimited (Enter: as it is): " + escaped(state.typed()) + "█",
                          columns);
    case TopMode::down_limit:
      return fit_to_width("download limit, e.g. 5MB/s or unlimited (Enter: as it is): " + escaped(state.typed()) + "█",
                          columns);
    case TopMode::remove:
      return styled(kBold,
                    fit_to_width("remove it? y: yes, its files stay; d: with what was downloaded; n: no", columns));
    default: break;
  }
  if (!state.said.empty()) return fit_to_width(one_line(state.said), columns);
  const std::string filter = state.shares.filter();
  return fit_to_width((filter.empty() ? "" : "with \"" + escaped(filter) + "\"; ") +
                          std::string("? help  / filter  < > sort  Enter details  p r x  l limits  q quit"),
                      columns);
}

Lines help_lines() {
  return {"arrows, k, j      choose a share          Page Up, Page Down, Home, End",
          "Enter             details of the share, and back",
          "/                 show only shares whose names have a text in them",
          "<  >              sort by the next column to the left or right",
          "i                 sort the other way round",
          "p  r              pause, resume",
          "x                 remove; asks",
          "l                 limits of the upload and the download, of all shares together",
          "Esc               back: from the details, the filter, the program",
          "q                 quit",
          "",
          "A peer: GIVES, whether it serves us, and how many blocks it was asked for; GETS, whether we serve it;",
          "WIRE, how its bytes travel: stp or BT (BitTorrent), and the version of the hash by which we met.",
          "The map: its height says how much of a part is here; red is what no connected peer has."};
}

// --- the selected share

std::string map_line(const json& chunks, std::size_t columns) {
  std::vector<console::ProgressLine::MapCell> cells;
  const json had = chunks.value("had", json::array());
  const json availability = chunks.value("availability", json::array());
  for (std::size_t i = 0; i < had.size() && i < availability.size(); ++i) {
    cells.push_back({static_cast<double>(had[i].get<int>()) / 100, availability[i].get<std::int64_t>() > 0});
  }
  return console::map_drawing(cells, columns);
}

std::string gives(const json& peer) {
  if (!is_true(peer, "wanted")) return "-";
  return is_true(peer, "serves_us") ? "yes, " + std::to_string(number_field(peer, "requested")) : "no";
}

/// "BT v1 plain".
std::string wire_of(const json& peer) {
  const std::string name = text_field(peer, "wire");
  if (name.empty()) return {};  // of a daemon that does not say it
  return (name == "bittorrent" ? "BT" : escaped(name)) + " v" + std::to_string(number_field(peer, "wire_version")) +
         (is_true(peer, "encrypted") ? " encrypted" : " plain");
}

/// A table whose first column takes what is left.
Lines peer_lines(json peers, std::size_t columns) {
  std::stable_sort(peers.begin(), peers.end(), [](const json& a, const json& b) {
    return number_field(a, "down_rate") + number_field(a, "up_rate") >
           number_field(b, "down_rate") + number_field(b, "up_rate");
  });
  struct Part {
    const char* title;
    std::size_t width;
    std::size_t from_columns;
  };
  constexpr std::array<Part, 9> kParts = {{{"PEER", 24, 0},
                                           {"HAS", 5, 0},
                                           {"DOWN", 9, 0},
                                           {"UP", 9, 60},
                                           {"GIVES", 8, 76},
                                           {"GETS", 4, 76},
                                           {"FOUND BY", 8, 90},
                                           {"WIRE", 16, 110},
                                           {"CLIENT", 40, 66}}};
  const auto row = [&](const std::array<std::string, 9>& cells) {
    std::string line;
    for (std::size_t i = 0; i < kParts.size(); ++i) {
      if (columns >= kParts[i].from_columns) line += in_columns(cells[i], kParts[i].width, false) + "  ";
    }
    line.erase(line.find_last_not_of(' ') + 1);
    return fit_to_width(line, columns);
  };
  std::array<std::string, 9> titles;
  for (std::size_t i = 0; i < kParts.size(); ++i) titles[i] = kParts[i].title;
  Lines lines = {styled(kBold, row(titles))};
  for (const json& peer : peers) {
    const std::int64_t of = number_field(peer, "of_chunks");
    const std::string found = (is_true(peer, "incoming") ? "<" : "") + text_field(peer, "found_by");
    lines.push_back(row(
        {escaped(text_field(peer, "address")), of > 0 ? format_percent(number_field(peer, "chunks"), of) : "",
         rate_or_dash(number_field(peer, "down_rate")), rate_or_dash(number_field(peer, "up_rate")), gives(peer),
         is_true(peer, "served") ? "yes" : "no", escaped(found), wire_of(peer), escaped(text_field(peer, "client"))}));
  }
  return lines;
}

Lines path_lines(const json& paths, std::size_t columns) {
  Lines lines = {styled(kBold, "SHARED")};
  for (const json& entry : paths) {
    lines.push_back(fit_to_width(in_columns(format_bytes(number_field(entry, "bytes")), 8, true) + "  " +
                                     escaped(text_field(entry, "path").empty() ? "." : text_field(entry, "path")),
                                 columns));
  }
  return lines;
}

std::string figures_of(const TopShare& share) {
  const std::int64_t done = number_field(share.fields, "done");
  const std::int64_t of = number_field(share.fields, "of");
  std::string text = share.state;
  if (of > 0) text += "  " + format_bytes(done) + " of " + format_bytes(of);
  if (share.state == "downloading") text += "  ETA " + format_eta(of - done, static_cast<double>(share.down));
  text += "  uploaded " + format_bytes(share.uploaded);
  if (share.bytes > 0) {
    text += ", " + format_percent(share.uploaded, share.bytes) + " of its size";
  }
  text += "  " + format_count(static_cast<std::uint64_t>(share.peers), "peer", "peers");
  const std::int64_t web_seeds = number_field(share.fields, "web_seeds");
  if (web_seeds > 0) text += ", " + format_count(static_cast<std::uint64_t>(web_seeds), "web seed", "web seeds");
  return text;
}

Lines detail_lines(const TopState& state, const TopShare& share, TopSize size) {
  Lines lines = {styled(kBold, fit_to_width(share.shown_name, size.columns)),
                 fit_to_width(escaped(figures_of(share)), size.columns)};
  if (const std::string why = why_of(share.fields); !why.empty()) {
    lines.push_back(
        styled(colour_of(share.state == "error" ? "error" : "waiting"), fit_to_width(one_line(why), size.columns)));
  }
  if (std::string map = map_line(state.chunks, size.columns); !map.empty()) lines.push_back(std::move(map));
  const bool folder = text_field(share.fields, "kind") == "folder";
  Lines table = folder ? path_lines(state.paths, size.columns) : peer_lines(state.peers, size.columns);
  const std::size_t room = size.rows > lines.size() ? size.rows - lines.size() : 0;
  if (table.size() > room) {
    const std::size_t left_out = table.size() - room + 1;
    table.resize(room);
    if (!table.empty()) table.back() = "… and " + std::to_string(left_out) + " more";
  }
  lines.insert(lines.end(), table.begin(), table.end());
  return lines;
}

std::size_t rows_of_head(const TopState& state, TopSize size) {
  return kRowsOfHead + (router_line(state, size.columns).empty() ? 0 : 1);
}

std::size_t detail_rows(const TopState& state, TopSize size) {
  const std::size_t head = rows_of_head(state, size);
  if (state.mode() == TopMode::details) return size.rows > head + 2 ? size.rows - head - 2 : 0;
  return size.rows >= kRowsForDetails ? size.rows / 3 : 0;
}

}  // namespace

std::size_t table_rows(const TopState& state, TopSize size) {
  const std::size_t details = detail_rows(state, size);
  const std::size_t taken = rows_of_head(state, size) + 1 + details + (details > 0 ? 1 : 0);
  return size.rows > taken ? size.rows - taken : 1;
}

std::vector<std::string> top_screen(TopState& state, TopSize size) {
  Lines lines = {first_line(state, size.columns), network_line(state, size.columns)};
  if (std::string router = router_line(state, size.columns); !router.empty()) lines.push_back(std::move(router));
  if (state.mode() == TopMode::help) {
    lines.emplace_back();
    for (const std::string& line : help_lines()) lines.push_back(fit_to_width(line, size.columns));
  } else {
    lines.push_back(headings(state.shares, size.columns));
    const std::vector<const TopShare*>& rows = state.shares.rows();
    const std::size_t shown = std::min(table_rows(state, size), rows.size());
    const std::size_t selected = state.shares.selected_row();
    const std::size_t first =
        std::min(selected > shown / 2 ? selected - shown / 2 : 0, rows.size() - shown);  // it stays in the middle
    for (std::size_t i = first; i < first + shown; ++i) {
      lines.push_back(share_row(*rows[i], size.columns, i == selected));
    }
    const std::size_t details = detail_rows(state, size);
    if (const TopShare* const share = state.shares.selected(); share != nullptr && details > 0) {
      lines.emplace_back();
      for (std::string& line : detail_lines(state, *share, {size.columns, details})) lines.push_back(std::move(line));
    }
  }
  lines.resize(std::max<std::size_t>(size.rows, 1) - 1);
  lines.push_back(foot_line(state, size.columns));
  return lines;
}

std::string screen_change(const std::vector<std::string>& before, const std::vector<std::string>& now) {
  std::string change;
  for (std::size_t i = 0; i < now.size(); ++i) {
    if (i < before.size() && before[i] == now[i]) continue;
    // Erased first: behind the last column of a full line, the erasing would take its last character.
    change += "\x1b[" + std::to_string(i + 1) + ";1H\x1b[K" + now[i];
  }
  return change;
}

}  // namespace stp::cli
