// RecordedTrace: keeps every line as text, for tests that check what a core did.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "core/trace.h"

namespace stp::test {

class RecordedTrace final : public trace::Sink {
 public:
  explicit RecordedTrace(trace::Level all = trace::Level::trace) : Sink(trace::Levels(all)) {}
  void write(const trace::Line& line) override {
    lines.push_back(std::string(name_of(line.module)) + " " + trace::text_of(line));
  }
  /// How many lines begin with `start`, e.g. "transfer unchoke".
  [[nodiscard]] std::size_t count(std::string_view start) const {
    return static_cast<std::size_t>(
        std::count_if(lines.begin(), lines.end(), [&](const std::string& line) { return line.starts_with(start); }));
  }

  std::vector<std::string> lines;
};

}  // namespace stp::test
