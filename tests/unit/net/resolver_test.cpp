#include "net/resolver.h"

#include <gtest/gtest.h>

#include <optional>

#include "io_test.h"

namespace stp::net {
namespace {

using ResolverTest = IoTest;

TEST_F(ResolverTest, NumericAddressesAreAnsweredLaterAndUnchanged) {
  Resolver resolver(io_);
  std::optional<std::vector<Endpoint>> found;
  resolver.resolve({"192.0.2.1", 80}, [&](Result<std::vector<Endpoint>> result) { found = std::move(result).value(); });
  EXPECT_FALSE(found.has_value());
  ASSERT_TRUE(run_until([&] { return found.has_value(); }));
  EXPECT_EQ(*found, std::vector<Endpoint>{*Endpoint::parse("192.0.2.1:80")});
}

TEST_F(ResolverTest, LocalhostIsLoopback) {
  Resolver resolver(io_);
  std::optional<std::vector<Endpoint>> found;
  resolver.resolve({"localhost", 99}, [&](Result<std::vector<Endpoint>> result) { found = std::move(result).value(); });
  ASSERT_TRUE(run_until([&] { return found.has_value(); }));
  ASSERT_FALSE(found->empty());
  for (const Endpoint& endpoint : *found) {
    EXPECT_TRUE(endpoint.address.is_loopback());
    EXPECT_EQ(endpoint.port, 99);
  }
}

TEST_F(ResolverTest, ANameThatCannotExistIsAnError) {
  Resolver resolver(io_);
  std::optional<Error> error;
  resolver.resolve({"no..such..name", 99}, [&](Result<std::vector<Endpoint>> result) {
    ASSERT_FALSE(result.ok());
    error = result.error();
  });
  ASSERT_TRUE(run_until([&] { return error.has_value(); }));
  EXPECT_EQ(error->kind, ErrorKind::not_found);
  EXPECT_NE(error->message.find("no..such..name"), std::string::npos);
}

TEST_F(ResolverTest, NobodyIsCalledOnceTheResolverIsGone) {
  bool called = false;
  {
    Resolver resolver(io_);
    resolver.resolve({"localhost", 1}, [&](const Result<std::vector<Endpoint>>&) { called = true; });
    resolver.resolve({"127.0.0.1", 1}, [&](const Result<std::vector<Endpoint>>&) { called = true; });
  }
  io_.run();
  EXPECT_FALSE(called);
}

}  // namespace
}  // namespace stp::net
