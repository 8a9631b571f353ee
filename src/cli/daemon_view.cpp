#include "cli/daemon_view.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "cli/format.h"
#include "console/text_width.h"
#include "core/shown_text.h"

namespace stp::cli {

using nlohmann::json;

namespace {

std::string text_in(const json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

std::int64_t number_in(const json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_number_integer() ? found->get<std::int64_t>() : 0;
}

std::string rate_in(const json& object, const char* name) {
  const std::int64_t rate = number_in(object, name);
  return rate > 0 ? format_rate(static_cast<double>(rate)) : "-";
}

/// "photos"; of a folder "photos/", or with its shares "photos/ (42 shares)".
std::string name_in(const json& share) {
  std::string name = escaped(text_in(share, "name"));
  if (text_in(share, "kind") != "folder") return name;
  name += "/";
  const auto each = share.find("each");
  if (each == share.end() || *each != true) return name;
  return name + " (" + format_count(static_cast<std::size_t>(number_in(share, "shared")), "share", "shares") + ")";
}

using Cells = std::vector<std::string>;

/// Columns as wide as their widest cell, two blanks apart; the last one is not padded.
std::vector<std::string> laid_out(const std::vector<Cells>& rows) {
  std::vector<std::size_t> widths;
  for (const Cells& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], console::display_width(row[i]));
  }
  std::vector<std::string> lines;
  for (const Cells& row : rows) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
      line += row[i];
      if (i + 1 < row.size()) line.append(widths[i] - console::display_width(row[i]) + 2, ' ');
    }
    lines.push_back(std::move(line));
  }
  return lines;
}

}  // namespace

std::string progress_of(const json& share) {
  const std::string state = text_in(share, "state");
  if (state == "complete" || state == "seeding") return "100 %";
  if (state == "hashing" && text_in(share, "kind") == "folder") {
    const std::int64_t files = number_in(share, "files");
    return files > 0 ? format_percent(number_in(share, "shared"), files) : "";
  }
  const std::int64_t of = number_in(share, "of");
  return of > 0 ? format_percent(number_in(share, "done"), of) : "";
}

std::string why_of(const json& share) {
  const auto error = share.find("error");
  if (error != share.end() && error->is_object()) return text_in(*error, "message");
  const std::string state = text_in(share, "state");
  if (state != "waiting" && state != "checking" && state != "downloading") return "";
  std::string why = text_in(share, "reason");
  if (const std::string trouble = text_in(share, "trouble"); !trouble.empty()) {
    why += (why.empty() ? "" : "; ") + trouble;
  }
  const std::string discovery = text_in(share, "discovery");
  if (state == "waiting" && !discovery.empty()) why += (why.empty() ? "(" : " (") + discovery + ")";
  return why;
}

std::vector<std::string> share_table(const json& shares, std::size_t selected) {
  const bool marked = selected != kNoneSelected;
  std::vector<Cells> rows = {{marked ? "  ID" : "ID", "STATE", "DONE", "SIZE", "DOWN", "UP", "PEERS", "NAME"}};
  std::size_t place = 0;
  for (const json& share : shares) {
    const auto bytes = share.find("bytes");
    const std::string mark = marked ? (place == selected ? "> " : "  ") : "";
    rows.push_back({mark + std::to_string(number_in(share, "id")), escaped(text_in(share, "state")), progress_of(share),
                    bytes != share.end() && bytes->is_number_integer() ? format_bytes(bytes->get<std::int64_t>()) : "",
                    rate_in(share, "down_rate"), rate_in(share, "up_rate"), std::to_string(number_in(share, "peers")),
                    name_in(share)});
    ++place;
  }
  return laid_out(rows);
}

std::vector<std::string> peer_table(const json& peers) {
  std::vector<Cells> rows = {{"  PEER", "HAS", "DOWN", "UP", "FOUND BY", "CLIENT"}};
  for (const json& peer : peers) {
    const std::int64_t of = number_in(peer, "of_chunks");
    rows.push_back({"  " + escaped(text_in(peer, "address")),
                    of > 0 ? format_percent(number_in(peer, "chunks"), of) : "", rate_in(peer, "down_rate"),
                    rate_in(peer, "up_rate"), escaped(text_in(peer, "found_by")), escaped(text_in(peer, "client"))});
  }
  return laid_out(rows);
}

}  // namespace stp::cli
