// What the values of flags mean, where it takes more than a parser of core/units.h: each function stores one value in the
// options. A usage error says what is wrong with it, without the flag's name.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>

#include "cli/options.h"
#include "core/result.h"

namespace stp::cli {

/// Stores what a parser of core/units.h makes of `value`.
template <class T, class Parsed>
[[nodiscard]] Status store(T& place, Result<Parsed> parsed) {
  if (!parsed) return parsed.error();
  place = *std::move(parsed);
  return Done{};
}

/// Whatever is wrong with a value on the command line is its user's mistake.
template <class T>
[[nodiscard]] Result<T> usage_of(Result<T> parsed) {
  if (parsed) return parsed;
  return Error{ErrorKind::usage, parsed.error().message};
}

[[nodiscard]] Status set_rate(std::int64_t& bytes_per_second, const std::string& value);
[[nodiscard]] Status set_timeout(Options& options, const std::string& value);
/// `false` leaves the choice to --lan.
[[nodiscard]] Status set_no_lan(Options& options, const std::string& value);
[[nodiscard]] Status add_tracker(Options& options, const std::string& value);
[[nodiscard]] Status add_peer(Options& options, const std::string& value);
/// A node, or "none": the first node of a DHT.
[[nodiscard]] Status add_bootstrap(Options& options, const std::string& value);
[[nodiscard]] Status set_listen(Options& options, const std::string& value);
/// An address, or true for the default one.
[[nodiscard]] Status set_web(Options& options, const std::string& value);
[[nodiscard]] Status set_metrics(Options& options, const std::string& value);
[[nodiscard]] Status set_path(std::filesystem::path& place, const std::string& value);
[[nodiscard]] Status set_name(Options& options, const std::string& value);
/// true, false, or the ratio at which seeding ends; "1" is a ratio.
[[nodiscard]] Status set_seed(Options& options, const std::string& value);
[[nodiscard]] Status set_chunk(Options& options, const std::string& value);
[[nodiscard]] Status set_page(Options& options, const std::string& value);
[[nodiscard]] Status add_excluded(Options& options, const std::string& value);
[[nodiscard]] Status add_web_seed(Options& options, const std::string& value);
[[nodiscard]] Status add_trusted_proxy(Options& options, const std::string& value);
[[nodiscard]] Status set_encryption(Options& options, const std::string& value);
[[nodiscard]] Status set_log(Options& options, const std::string& value);
[[nodiscard]] Status add_only(Options& options, const std::string& value);

}  // namespace stp::cli
