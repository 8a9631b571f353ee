#include "cli/finding.h"

#include <algorithm>

namespace stp::cli {
namespace {

std::string padded(std::string text, std::size_t columns) {
  text.resize(std::max(text.size() + 1, columns), ' ');
  return text;
}

}  // namespace

const char* name_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::ok: return "ok";
    case Verdict::note: return "note";
    case Verdict::wrong: return "wrong";
    case Verdict::unknown: return "unknown";
  }
  return "";
}

std::string line_of(const Finding& finding) {
  constexpr std::size_t kVerdictColumns = 9;
  constexpr std::size_t kCheckColumns = 9;
  std::string line = padded(name_of(finding.verdict), kVerdictColumns) + padded(finding.check, kCheckColumns);
  line += finding.text;
  if (!finding.remedy.empty()) line += "; " + finding.remedy;
  return line;
}

}  // namespace stp::cli
