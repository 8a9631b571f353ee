// ClosedFile: the file that lists the shares of a closed tracker (tracker/closed_list.h), read again on SIGHUP.
//
// Read on a thread of its own while the tracker answers. A list that cannot be read is reported, and the last one
// stays.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <filesystem>
#include <functional>
#include <string>

#include "core/result.h"
#include "net/task_queue.h"
#include "tracker/closed_list.h"

namespace stp::net {

/// Errors name the file.
[[nodiscard]] Result<tracker::ClosedList> read_closed_list(const std::filesystem::path& file);

class ClosedFile {
 public:
  using Use = std::function<void(tracker::ClosedList)>;
  using Warn = std::function<void(const std::string&)>;

  /// Waits for SIGHUP from now on. `use` gets each list that was read, `warn` one line for each that was not.
  ClosedFile(boost::asio::io_context& io, std::filesystem::path file, Use use, Warn warn);

 private:
  void wait();
  void read_again();

  const std::filesystem::path file_;
  Use use_;
  Warn warn_;
  boost::asio::signal_set signals_;
  TaskPool pool_;  // its end waits for what is being read
  TaskQueue tasks_{pool_};
};

}  // namespace stp::net
