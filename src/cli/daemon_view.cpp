#include "cli/daemon_view.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "cli/format.h"
#include "console/text_width.h"
#include "core/shown_text.h"

namespace stp::cli {

using nlohmann::json;

namespace {

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

std::string text_field(const json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

std::int64_t number_field(const json& object, const char* name, std::int64_t otherwise) {
  const auto found = object.find(name);
  return found != object.end() && found->is_number_integer() ? found->get<std::int64_t>() : otherwise;
}

std::string rate_or_dash(std::int64_t bytes_per_second) {
  return bytes_per_second > 0 ? format_rate(static_cast<double>(bytes_per_second)) : "-";
}

std::string shown_name(const json& share) {
  std::string name = escaped(text_field(share, "name"));
  if (text_field(share, "kind") != "folder") return name;
  name += "/";
  const auto each = share.find("each");
  if (each == share.end() || *each != true) return name;
  return name + " (" + format_count(static_cast<std::size_t>(number_field(share, "shared")), "share", "shares") + ")";
}

std::string progress_of(const json& share) {
  const std::string state = text_field(share, "state");
  if (state == "complete" || state == "seeding") return "100 %";
  if (state == "hashing" && text_field(share, "kind") == "folder") {
    const std::int64_t files = number_field(share, "files");
    return files > 0 ? format_percent(number_field(share, "shared"), files) : "";
  }
  const std::int64_t of = number_field(share, "of");
  return of > 0 ? format_percent(number_field(share, "done"), of) : "";
}

std::string why_of(const json& share) {
  const auto error = share.find("error");
  if (error != share.end() && error->is_object()) return text_field(*error, "message");
  const std::string state = text_field(share, "state");
  if (state != "waiting" && state != "checking" && state != "downloading") return "";
  std::string why = text_field(share, "reason");
  if (const std::string trouble = text_field(share, "trouble"); !trouble.empty()) {
    why += (why.empty() ? "" : "; ") + trouble;
  }
  const std::string discovery = text_field(share, "discovery");
  if (state == "waiting" && !discovery.empty()) why += (why.empty() ? "(" : " (") + discovery + ")";
  return why;
}

std::vector<std::string> share_table(const json& shares) {
  std::vector<Cells> rows = {{"ID", "STATE", "DONE", "SIZE", "DOWN", "UP", "PEERS", "NAME"}};
  for (const json& share : shares) {
    const std::int64_t bytes = number_field(share, "bytes", -1);
    rows.push_back({std::to_string(number_field(share, "id")), escaped(text_field(share, "state")), progress_of(share),
                    bytes >= 0 ? format_bytes(bytes) : "", rate_or_dash(number_field(share, "down_rate")),
                    rate_or_dash(number_field(share, "up_rate")), std::to_string(number_field(share, "peers")),
                    shown_name(share)});
  }
  return laid_out(rows);
}

}  // namespace stp::cli
