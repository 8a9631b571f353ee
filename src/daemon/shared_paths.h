// SharedPaths: what is shared of a folder: a link per path, in the order in which the links were made. No I/O.
//
// Each entry has a number above all earlier ones, so whoever has read up to number N asks for what is after() it and misses
// nothing, however much comes and goes meanwhile. A path whose share changes gets a new number.
//
// Invariants (check_invariants()): by_path_ and entries_ name each other; bytes() is the sum over the entries.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "core/ids.h"

namespace stp::daemon {

class SharedPaths {
 public:
  struct Entry {
    std::uint64_t number = 0;  // from 1 on
    std::string path;          // below the folder; empty for all of it
    std::string link;
    InfoHash info_hash;
    std::int64_t bytes = 0;
    std::size_t files = 0;
  };

  /// Adds the entry or replaces the one of the same path; its number is set here.
  void put(Entry entry);
  /// Removes the path, if it still is this share.
  void erase(const std::string& path, const InfoHash& info_hash);
  void clear();

  /// Null: it is not shared. Valid until the next change.
  [[nodiscard]] const Entry* find(const std::string& path) const;
  /// At most `count` entries whose numbers are above `number`, the lowest first. Valid until the next change.
  [[nodiscard]] std::vector<const Entry*> after(std::uint64_t number, std::size_t count) const;
  [[nodiscard]] std::size_t size() const { return entries_.size(); }
  [[nodiscard]] std::int64_t bytes() const { return bytes_; }
  /// The number of the latest entry; 0: there never was one.
  [[nodiscard]] std::uint64_t latest() const { return latest_; }
  void check_invariants() const;

 private:
  void erase(std::map<std::string, std::uint64_t>::iterator found);

  std::map<std::uint64_t, Entry> entries_;
  std::map<std::string, std::uint64_t> by_path_;
  std::int64_t bytes_ = 0;
  std::uint64_t latest_ = 0;
};

}  // namespace stp::daemon
