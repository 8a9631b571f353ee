// Shares by name: what the catalogues of the given trackers have, for `stp find` and for `stp get NAME`.
//
// Names come from strangers. They are shown with escaped(), and never become a path: where a download goes is decided
// by its verified metainfo.
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "cli/commands.h"
#include "cli/signals.h"
#include "core/result.h"
#include "tracker/catalogue_query.h"

namespace stp::cli {

/// One share, and the trackers that list it (at least one).
struct Found {
  tracker::ListedShare share;
  std::vector<std::string> trackers;
  [[nodiscard]] std::string link() const;
};

struct FoundShares {
  std::vector<Found> shares;  // in the order asked for
  std::uint64_t total = 0;    // on all pages
};

/// Asks every tracker that was given. A tracker that does not answer is a warning, unless none does: then the first
/// error is returned. Not for more than one call with the same descriptor `cancel`, which ends it (`other`).
[[nodiscard]] Result<FoundShares> find_shares(Context& context, const tracker::ShareQuery& query, int cancel);

/// One line for each share, aligned, below a line of headings: name, size, seeds, leeches, age, link. With `numbered`
/// each begins with its number from 1 on.
[[nodiscard]] std::vector<std::string> table_of(const std::vector<Found>& shares, bool numbered);

/// Prints a "share" event.
void emit_share(Context& context, const Found& found);

/// The trackers that were given, for a message: "http://tracker.example:65000".
[[nodiscard]] std::string trackers_text(const Options& options);

/// Whether `text`, which is no other target, may be a name that a tracker is asked for.
[[nodiscard]] bool may_be_a_name(const Options& options, const std::string& text);

/// The one share that `name` means: the one that is called so; else, ignoring case; else the one whose name contains or
/// matches it. If several do, a person at a terminal chooses, and otherwise they are listed. When there is none to
/// return, the error has been reported and this is the exit code. `otherwise`: why it is no other target.
[[nodiscard]] std::variant<Found, ExitCode> choose_by_name(Context& context, const std::string& name,
                                                           const Error& otherwise, const CancelOnSignal& signals);

}  // namespace stp::cli
