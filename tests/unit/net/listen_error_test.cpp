#include "net/listen_error.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>

#include "net/zone.h"

namespace stp::net {
namespace {

TEST(ListenError, SaysWhatToDo) {
  const Endpoint endpoint = *Endpoint::parse("127.0.0.1:64500");
  const Error taken = listen_error(endpoint, EADDRINUSE);
  EXPECT_EQ(taken.kind, ErrorKind::exists);
  EXPECT_EQ(taken.message,
            "can't listen on 127.0.0.1:64500: the port is taken by another program; choose another with --listen");
  const Endpoint zoned = *Endpoint::parse(*number_zone("[fe80::1%lo]:80"));
  EXPECT_THAT(listen_error(zoned, EADDRNOTAVAIL).message, testing::StartsWith("can't listen on [fe80::1%lo]:80: "));
  EXPECT_EQ(listen_error(endpoint, EACCES).kind, ErrorKind::denied);
  EXPECT_EQ(listen_error(endpoint, ENOBUFS).kind, ErrorKind::io);
}

}  // namespace
}  // namespace stp::net
