#include "cli/top_events.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cstdint>
#include <utility>

#include "core/quiet_thread.h"
#include "net/control_client.h"

namespace stp::cli {

TopEvents::TopEvents(std::filesystem::path socket)
    : wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      thread_(quiet_thread([this, place = std::move(socket)] { listen(place); })) {}

TopEvents::~TopEvents() {
  stop_ = true;
  thread_.join();
}

std::vector<TopEvents::Event> TopEvents::take() {
  std::uint64_t count = 0;
  static_cast<void>(::read(wake_.get(), &count, sizeof count) == 0);  // nothing to be read: nothing new
  const std::lock_guard lock(mutex_);
  return std::exchange(events_, {});
}

std::optional<Error> TopEvents::ended() const {
  const std::lock_guard lock(mutex_);
  return ended_;
}

void TopEvents::listen(const std::filesystem::path& socket) {
  net::ControlClient client(socket, &stop_);
  const Status status = client.listen("/api/events", [this](std::string_view name, std::string_view data) {
    nlohmann::json value = nlohmann::json::parse(data, nullptr, false);
    {
      const std::lock_guard lock(mutex_);
      if (value.is_object()) events_.push_back({std::string(name), std::move(value)});
    }
    wake();
    return !stop_;
  });
  {
    const std::lock_guard lock(mutex_);
    ended_ = status ? Error{ErrorKind::other, "the daemon's events have ended"} : status.error();
  }
  wake();
}

void TopEvents::wake() const {
  const std::uint64_t one = 1;
  static_cast<void>(::write(wake_.get(), &one, sizeof one) == 0);  // full: it is awake already
}

}  // namespace stp::cli
