// Running an io_context until something has happened, with a deadline instead of a sleep.
#pragma once

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <functional>

#include "core/endpoint.h"

namespace stp::net {

inline const IpAddress kLoopback = *IpAddress::parse("127.0.0.1");

class IoTest : public ::testing::Test {
 protected:
  /// Runs handlers until `condition` holds; false when that takes longer than a generous deadline.
  [[nodiscard]] bool run_until(const std::function<bool()>& condition) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    io_.restart();
    while (!condition()) {
      if (std::chrono::steady_clock::now() > deadline) return false;
      io_.run_one_for(std::chrono::milliseconds(100));
      if (io_.stopped()) io_.restart();
    }
    return true;
  }

  boost::asio::io_context io_;
};

}  // namespace stp::net
