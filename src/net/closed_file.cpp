#include "net/closed_file.h"

#include <signal.h>

#include <memory>
#include <optional>
#include <utility>

#include "content/small_file.h"
#include "core/shown_text.h"

namespace stp::net {

Result<tracker::ClosedList> read_closed_list(const std::filesystem::path& file) {
  const Result<std::string> text = content::read_small_file(file, tracker::kClosedListBytesMax);
  if (!text) return text.error();
  Result<tracker::ClosedList> list = tracker::ClosedList::parse(*text);
  if (!list) return Error{list.error().kind, escaped(file.string()) + ": " + list.error().message};
  return list;
}

ClosedFile::ClosedFile(boost::asio::io_context& io, std::filesystem::path file, Use use, Warn warn)
    : file_(std::move(file)), use_(std::move(use)), warn_(std::move(warn)), signals_(io), pool_(io, 1) {
  boost::system::error_code ignored;
  signals_.add(SIGHUP, ignored);
  wait();
}

void ClosedFile::wait() {
  signals_.async_wait([this](const boost::system::error_code& error, int) {
    if (error) return;
    read_again();
    wait();
  });
}

void ClosedFile::read_again() {
  const auto list = std::make_shared<std::optional<Result<tracker::ClosedList>>>();
  tasks_.run([this, list] { list->emplace(read_closed_list(file_)); },
             [this, list] {
               if (**list) return use_(std::move(***list));
               warn_("the list of shares is not read again: " + (**list).error().message + "; the last one stays");
             });
}

}  // namespace stp::net
