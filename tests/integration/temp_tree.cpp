#include "integration/temp_tree.h"

#include <stdlib.h>

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <stdexcept>

#include "core/bytes.h"
#include "core/rng.h"

namespace stp::integration {

namespace fs = std::filesystem;

TempDirectory::TempDirectory() {
  std::string name = (fs::temp_directory_path() / "stp-test-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("mkdtemp " + name);
  path_ = name;
}

TempDirectory::~TempDirectory() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

std::string random_text(std::size_t bytes, std::uint64_t seed) {
  std::string text(bytes, '\0');
  Rng rng(seed);
  rng.fill(std::as_writable_bytes(std::span<char>(text.data(), text.size())));
  return text;
}

void write_file(const fs::path& file, const std::string& contents) {
  fs::create_directories(file.parent_path());
  std::ofstream out(file, std::ios::binary | std::ios::trunc);
  out << contents;
  if (!out.flush()) throw std::runtime_error("write " + file.string());
}

void write_random(const fs::path& file, std::size_t bytes, std::uint64_t seed) {
  write_file(file, random_text(bytes, seed));
}

std::string read_file(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) throw std::runtime_error("read " + file.string());
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

void flip_byte(const fs::path& file, std::int64_t offset) {
  std::fstream both(file, std::ios::binary | std::ios::in | std::ios::out);
  both.seekg(offset);
  const int old = both.get();
  both.seekp(offset);
  both.put(static_cast<char>(old ^ 1));
  if (!both.flush()) throw std::runtime_error("flip a bit of " + file.string());
}

std::map<std::string, std::string> contents_of(const fs::path& root) {
  std::map<std::string, std::string> contents;
  if (fs::is_regular_file(root)) contents[""] = read_file(root);
  if (!fs::is_directory(root)) return contents;
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(root)) {
    if (entry.is_regular_file()) contents[fs::relative(entry.path(), root).string()] = read_file(entry.path());
  }
  return contents;
}

}  // namespace stp::integration
