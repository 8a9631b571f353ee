#include "cli/found_shares.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "cli/format.h"
#include "console/text_width.h"
#include "content/path_rules.h"
#include "content/small_file.h"
#include "core/digits.h"
#include "core/fold_case.h"
#include "core/shown_text.h"
#include "core/text.h"
#include "core/version.h"
#include "net/catalogue_search.h"
#include "tracker/catalogue_reply.h"
#include "tracker/tracker_url.h"
#include "wire/link.h"

namespace stp::cli {
namespace {

/// Longer names push the rest of their line to the right.
constexpr std::size_t kNameColumnsMax = 48;
/// What a person types to choose.
constexpr std::size_t kAnswerBytesMax = 256;

void merge(FoundShares& into, tracker::SharePage page, const std::string& tracker) {
  for (tracker::ListedShare& share : page.shares) {
    const auto same = std::find_if(into.shares.begin(), into.shares.end(),
                                   [&](const Found& each) { return each.share.info_hash == share.info_hash; });
    if (same == into.shares.end()) {
      into.shares.push_back({std::move(share), {tracker}});
      continue;
    }
    // A peer may be known to both.
    same->share.seeds = std::max(same->share.seeds, share.seeds);
    same->share.leeches = std::max(same->share.leeches, share.leeches);
    same->share.age = std::max(same->share.age, share.age);
    if (!same->share.info_hash_v1) same->share.info_hash_v1 = share.info_hash_v1;
    same->trackers.push_back(tracker);
    if (page.total > 0) --page.total;
  }
  into.total += page.total;
}

bool comes_first(const tracker::ListedShare& a, const tracker::ListedShare& b, tracker::ShareOrder order) {
  switch (order) {
    case tracker::ShareOrder::seeds: return a.seeds > b.seeds;
    case tracker::ShareOrder::name: return fold_case(a.name) < fold_case(b.name);
    case tracker::ShareOrder::size: return a.bytes > b.bytes;
    case tracker::ShareOrder::age: break;
  }
  return a.age < b.age;
}

void sort_found(std::vector<Found>& shares, const tracker::ShareQuery& query) {
  std::stable_sort(shares.begin(), shares.end(), [&](const Found& a, const Found& b) {
    const bool a_is_it = a.share.name == query.name;
    const bool b_is_it = b.share.name == query.name;
    return a_is_it != b_is_it ? a_is_it : comes_first(a.share, b.share, query.order);
  });
}

using Row = std::array<std::string, 6>;

Row row_of(const Found& found) {
  const tracker::ListedShare& share = found.share;
  return {escaped(share.name),           format_bytes(share.bytes),  std::to_string(share.seeds),
          std::to_string(share.leeches), format_duration(share.age), found.link()};
}

/// Those that `name` means.
std::vector<Found> meant_by(const std::string& name, std::vector<Found> shares) {
  const auto keep = [&shares](const auto& is_it) {
    std::vector<Found> kept;
    std::copy_if(shares.begin(), shares.end(), std::back_inserter(kept), is_it);
    return kept;
  };
  std::vector<Found> exact = keep([&](const Found& each) { return each.share.name == name; });
  if (!exact.empty()) return exact;
  const std::string folded = fold_case(name);
  std::vector<Found> same = keep([&](const Found& each) { return fold_case(each.share.name) == folded; });
  return same.empty() ? std::move(shares) : std::move(same);
}

/// Asks the person at the terminal; nullopt if they chose none.
std::optional<std::size_t> ask_which(Context& context, std::size_t count, int cancel) {
  context.console.say("stp: which one? Type its number (1 to " + std::to_string(count) + "), or only Enter for none");
  const Result<std::string> answer = content::read_some(STDIN_FILENO, kAnswerBytesMax, "standard input", cancel);
  if (!answer) return std::nullopt;
  const std::string_view word = trim_blanks(std::string_view(*answer).substr(0, answer->find('\n')));
  const std::size_t number = parse_digits<std::size_t>(word).value_or(0);
  return number >= 1 && number <= count ? std::optional(number - 1) : std::nullopt;
}

std::variant<Found, ExitCode> choose(Context& context, const std::string& name, std::vector<Found> shares,
                                     std::uint64_t total, const CancelOnSignal& signals) {
  const bool person = ::isatty(STDIN_FILENO) == 1 && ::isatty(STDERR_FILENO) == 1 && !context.events.enabled() &&
                      !context.console.quiet();
  for (const std::string& line : table_of(shares, person)) context.console.say(line);
  for (const Found& found : shares) emit_share(context, found);
  if (person) {
    const std::optional<std::size_t> chosen = ask_which(context, shares.size(), signals.descriptor());
    if (signals.cancelled()) {
      context.console.error("interrupted before anything was started");
      return end(context, ExitCode::incomplete);
    }
    if (chosen) return shares[*chosen];
  }
  return fail(context, {ErrorKind::usage, std::to_string(total) + " shares match '" + escaped(name) +
                                              "'; give the whole name, or the link of the one you mean"});
}

}  // namespace

std::string Found::link() const {
  return tracker::share_link(share, trackers);
}

Result<FoundShares> find_shares(Context& context, const tracker::ShareQuery& query, int cancel) {
  net::SearchOptions options;
  options.agent = http_agent();
  options.cancel = cancel;
  FoundShares found;
  std::vector<Error> errors;
  std::size_t answers = 0;
  for (const std::string& text : context.options.trackers) {
    const Result<Url> url = tracker::parse_tracker_url(text);
    Result<tracker::SharePage> page =
        url ? net::search_catalogue(*url, query, options) : Result<tracker::SharePage>(url.error());
    if (page) {
      ++answers;
      merge(found, *std::move(page), text);
    } else {
      errors.push_back(page.error());
    }
  }
  if (answers == 0) return errors.front();
  for (const Error& error : errors) context.console.warn(error.message);
  if (answers > 1) sort_found(found.shares, query);
  return found;
}

std::vector<std::string> table_of(const std::vector<Found>& shares, bool numbered) {
  std::vector<Row> rows = {{"NAME", "SIZE", "SEEDS", "LEECHES", "AGE", "LINK"}};
  for (const Found& found : shares) rows.push_back(row_of(found));
  std::array<std::size_t, 6> widths{};
  for (const Row& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], console::display_width(row[i]));
  }
  widths[0] = std::min(widths[0], kNameColumnsMax);
  const std::size_t number_width = std::to_string(shares.size()).size();
  std::vector<std::string> lines;
  for (std::size_t number = 0; number < rows.size(); ++number) {
    const auto blanks = [](std::size_t width, const std::string& text) {
      return std::string(width - std::min(width, console::display_width(text)), ' ');
    };
    const std::string label = number == 0 ? "" : std::to_string(number);
    std::string line = numbered ? blanks(number_width, label) + label + "  " : "";
    for (std::size_t i = 0; i < rows[number].size(); ++i) {
      const std::string& text = rows[number][i];
      const bool to_the_left = i == 0 || i == rows[number].size() - 1;
      const std::string gap = i + 1 < rows[number].size() ? blanks(widths[i], text) : "";
      line += (i == 0 ? "" : "  ") + (to_the_left ? text + gap : gap + text);
    }
    lines.push_back(std::move(line));
  }
  return lines;
}

std::string trackers_text(const Options& options) {
  std::string text;
  for (const std::string& each : options.trackers) {
    const Result<Url> url = tracker::parse_tracker_url(each);
    text += (text.empty() ? "" : " or ") + (url ? tracker::shown_tracker(*url) : escaped(each));
  }
  return text;
}

void emit_share(Context& context, const Found& found) {
  const std::optional<InfoHashV1>& v1 = found.share.info_hash_v1;
  context.events.emit("share", {{"name", found.share.name},
                                {"bytes", found.share.bytes},
                                {"files", found.share.files},
                                {"seeds", found.share.seeds},
                                {"leeches", found.share.leeches},
                                {"age", found.share.age.count()},
                                {"info_hash", found.share.info_hash.hex()},
                                {"info_hash_v1", v1 ? nlohmann::json(v1->hex()) : nlohmann::json()},
                                {"link", found.link()},
                                {"trackers", found.trackers}});
}

bool may_be_a_name(const Options& options, const std::string& text) {
  const bool may_ask = options.trackers_allowed && !options.trackers.empty();
  // No share is called like a path, and the tracker need not know of one that was mistyped.
  return may_ask && text != "-" && content::check_component(text) && !wire::looks_like_link(text);
}

std::variant<Found, ExitCode> choose_by_name(Context& context, const std::string& name, const Error& otherwise,
                                             const CancelOnSignal& signals) {
  tracker::ShareQuery query;
  query.name = name;
  Result<FoundShares> found = find_shares(context, query, signals.descriptor());
  if (signals.cancelled()) {
    context.console.error("interrupted before anything was started");
    return end(context, ExitCode::incomplete);
  }
  if (!found) return fail(context, found.error());
  if (found->shares.empty()) {
    return fail(context, {ErrorKind::not_found, "no share at " + trackers_text(context.options) + " is called '" +
                                                    escaped(name) + "'; as a file: " + otherwise.message});
  }
  const std::size_t shown = found->shares.size();
  std::vector<Found> meant = meant_by(name, std::move(found->shares));
  const bool is_clear = found->total == 1 || meant.size() < shown || meant.front().share.name == name;
  if (meant.size() == 1 && is_clear) return std::move(meant.front());
  const std::uint64_t total = meant.size() < shown ? meant.size() : found->total;
  return choose(context, name, std::move(meant), total, signals);
}

}  // namespace stp::cli
