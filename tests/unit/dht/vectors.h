// The lines of a file in tests/vectors/, split at the first space. '#' begins a comment line.
#pragma once

#include <gtest/gtest.h>

#include <fstream>
#include <string>
#include <utility>
#include <vector>

namespace stp::dht::test {

inline std::vector<std::pair<std::string, std::string>> read_vectors(const std::string& name) {
  std::ifstream file(std::string(STP_VECTORS_DIR) + "/dht/" + name);
  EXPECT_TRUE(file) << name;
  std::vector<std::pair<std::string, std::string>> rows;
  for (std::string line; std::getline(file, line);) {
    const std::size_t space = line.find(' ');
    if (line.starts_with('#') || space == std::string::npos) continue;
    rows.emplace_back(line.substr(0, space), line.substr(space + 1));
  }
  return rows;
}

}  // namespace stp::dht::test
