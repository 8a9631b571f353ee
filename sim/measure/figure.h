// Figures: the named numbers by which runs are compared. This is the catalogue; summary.h computes them.
//
// A figure has the same name everywhere: on the terminal, in summary.json, in a sweep's table and in its plots. If
// there are several groups of leeches, figures about leeches exist again for each group, as "groups.NAME.FIGURE". If
// there are several shares, figures about one share exist for each of them, as "shares.NAME.FIGURE".
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sim/scenario/scenario.h"

namespace stp::sim {

enum class Unit : std::uint8_t {
  count,             // of things
  seconds,           // virtual
  bytes_per_second,  // bytes/s
  fraction,          // 0..1, shown as per cent
  ratio,             // times
};

/// How `unit` is written after a value in SI: "s", "B/s", or nothing for numbers without one.
[[nodiscard]] std::string_view unit_symbol(Unit unit);

/// One entry of the catalogue. The strings live as long as the program.
struct FigureInfo {
  std::string_view name;
  Unit unit;
  std::string_view meaning;  // one line, without a full stop
};

/// About leeches; these exist for groups as well.
[[nodiscard]] std::span<const FigureInfo> leech_figures();
/// About one share, and about those who want it.
[[nodiscard]] std::span<const FigureInfo> share_figures();
/// About the run as a whole.
[[nodiscard]] std::span<const FigureInfo> run_figures();

/// The entry of `name`, which may be a group's ("groups.NAME.FIGURE") or a share's; null if there is none.
[[nodiscard]] const FigureInfo* find_figure(std::string_view name);

/// Whether there are figures for single groups: `scenario` has more than one group of leeches.
[[nodiscard]] bool has_group_figures(const Scenario& scenario);

/// Whether there are figures for single shares: `scenario` has more than one, and no more than fit on a screen.
[[nodiscard]] bool has_share_figures(const Scenario& scenario);
inline constexpr std::size_t kShareFiguresMax = 20;

/// "groups.NAME.FIGURE".
[[nodiscard]] std::string group_figure_name(std::string_view group, std::string_view figure);

/// "shares.NAME.FIGURE".
[[nodiscard]] std::string share_figure_name(std::string_view share, std::string_view figure);

/// Every name that a run of `scenario` may give, in the order in which summaries list them.
[[nodiscard]] std::vector<std::string> figure_names(const Scenario& scenario);

}  // namespace stp::sim
