// The scenario that the tests of sim/scenario change and break.
#pragma once

#include <string_view>

namespace stp::sim {

inline constexpr std::string_view kSmall = R"({
  "name": "small",
  "shares": [{"name": "film", "chunks": 10}, {"name": "book", "chunks": 4, "files": 2}],
  "groups": [
    {"name": "seed", "role": "seed", "link": "dsl"},
    {"name": "librarian", "role": "seed", "share": "book", "link": "dsl"},
    {"name": "leeches", "count": 5, "link": {"up": "400kbit/s", "down": "unlimited"}},
    {"name": "readers", "share": "book", "link": "bharambe-mix"},
    {"name": "nodes", "role": "node", "count": 20}
  ],
  "events": [{"at": "10m", "do": "vanish", "group": "leeches", "fraction": 0.5}]
})";

}  // namespace stp::sim
