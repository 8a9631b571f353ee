// OutputFile: a file of a report before anybody has written it.
#pragma once

#include <string>

namespace stp::sim {

struct OutputFile {
  std::string name;  // relative to the report's directory, without any "/"
  std::string contents;
};

}  // namespace stp::sim
