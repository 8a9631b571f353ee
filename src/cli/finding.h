// What `stp doctor` finds: one line per check.
#pragma once

#include <cstdint>
#include <string>

namespace stp::cli {

enum class Verdict : std::uint8_t {
  ok,
  note,    // works, but not all of it, or it is switched off
  wrong,   // something has to be done; the exit code is 1
  unknown  // it can't be known from here
};
/// "ok", "note", "wrong", "unknown"
[[nodiscard]] const char* name_of(Verdict verdict);

struct Finding {
  std::string check;  // one word: "ports", "router", ...
  Verdict verdict = Verdict::ok;
  std::string text;         // what is the case
  std::string remedy = {};  // what to do about it; empty: nothing
};

/// "wrong    router   behind a router that does not open ports; switch on UPnP in it"
[[nodiscard]] std::string line_of(const Finding& finding);

}  // namespace stp::cli
