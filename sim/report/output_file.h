// OutputFile: a file of a report before it is written.
#pragma once

#include <string>

namespace stp::sim {

struct OutputFile {
  std::string name;  // relative to the report's directory, without any "/"
  std::string contents;
};

}  // namespace stp::sim
