// Other clients, one at a time: what they get from stp and what stp gets from them, by .torrent and by magnet, however the
// two find each other, and after either was killed.
#include "interop/client_test.h"

namespace stp::integration {
namespace {

constexpr ClientRow kClients[] = {
    {.name = "qbittorrent", .version = "v2"},
    {.name = "qbittorrent", .version = "hybrid"},
    {.name = "deluge", .version = "v2"},
    {.name = "deluge", .version = "hybrid"},
};

class Clients : public ClientTest, public testing::WithParamInterface<ClientRow> {
 protected:
  const Words kQuiet = {"--no-dht", "--no-lan"};
  /// `words` and kQuiet.
  [[nodiscard]] Words quiet(Words words) const {
    words.insert(words.end(), kQuiet.begin(), kQuiet.end());
    return words;
  }
  void SetUp() override {
    ClientTest::SetUp();
    if (IsSkipped()) return;
    other_ = new_client(GetParam().name);
  }
  /// stp shares, and the client gets it.
  void expect_client_gets() {
    wait_complete(other_);
    expect_got(other_, GetParam().empty_files);
  }
  void expect_stp_got(const std::string& user) {
    expect_same(tree(), files(user) / "tree");
    expect_clean(files(user));
  }

  Client other_;
};

#define START_OR_SKIP(...) \
  if (!start_client(__VA_ARGS__)) GTEST_SKIP() << GetParam().name << " is not installed here"
#define MAKE_OR_SKIP() \
  if (!make_torrent(GetParam().version)) GTEST_SKIP() << "no libtorrent for Python here (python3-libtorrent)"

TEST_P(Clients, GetsByTorrentThroughATracker) {
  start_tracker();
  share(GetParam().version, quiet({"--tracker", kTracker}));
  wait_for_seed();
  START_OR_SKIP(other_, "get", torrent(), {"--tracker", kTracker});
  expect_client_gets();
}

TEST_P(Clients, GetsByMagnetFromAPeer) {
  if (!GetParam().magnet) GTEST_SKIP() << "it cannot: docs/clients.md";
  if (GetParam().takes_peers) {
    share(GetParam().version, quiet({}));
    START_OR_SKIP(other_, "get", link(), {"--peer", std::string(kStpAddress) + ":64500"});
  } else {
    share(GetParam().version, quiet({"--peer", other_.endpoint()}));
    START_OR_SKIP(other_, "get", link(), {});
  }
  expect_client_gets();
}

TEST_P(Clients, GetsThroughTheDht) {
  if (!GetParam().dht) GTEST_SKIP() << "it cannot: docs/clients.md";
  start_dht_node();
  share(GetParam().version, {"--no-lan", "--dht", "--bootstrap", kDhtNode});
  START_OR_SKIP(other_, "get", torrent(), {"--dht", kDhtNode});
  expect_client_gets();
}

TEST_P(Clients, GetsThroughLocalDiscovery) {
  if (!GetParam().lan) GTEST_SKIP() << "it cannot: docs/clients.md";
  share(GetParam().version, {"--no-dht"});
  START_OR_SKIP(other_, "get", torrent(), {"--lan"});
  expect_client_gets();
}

TEST_P(Clients, KilledItGoesOn) {
  share(GetParam().version, quiet({"--peer", other_.endpoint()}));
  START_OR_SKIP(other_, "get", torrent(), {"--down-limit", "500000"});
  wait_have(other_, 200'000);
  other_.process->kill();
  START_OR_SKIP(other_, "get", torrent(), {});
  expect_client_gets();
}

TEST_P(Clients, ServesByTorrentThroughATracker) {
  MAKE_OR_SKIP();
  start_tracker();
  START_OR_SKIP(other_, "seed", torrent(), {"--tracker", kTracker});
  wait_complete(other_);
  wait_for_seed();
  Process& get = start_get("get", torrent(), quiet({"--tracker", kTracker}));
  EXPECT_EQ(get.wait(), 0) << get.report();
  expect_stp_got("get");
}

TEST_P(Clients, ServesByMagnetToAPeer) {
  MAKE_OR_SKIP();
  START_OR_SKIP(other_, "seed", torrent(), {});
  wait_complete(other_);
  Process& get = start_get("get", link(), quiet({"--peer", other_.endpoint()}));
  EXPECT_EQ(get.wait(), 0) << get.report();
  expect_stp_got("get");
}

TEST_P(Clients, ServesThroughTheDht) {
  if (!GetParam().dht) GTEST_SKIP() << "it cannot: docs/clients.md";
  MAKE_OR_SKIP();
  start_dht_node();
  START_OR_SKIP(other_, "seed", torrent(), {"--dht", kDhtNode});
  wait_complete(other_);
  Process& get = start_get("get", torrent(), {"--no-lan", "--dht", "--bootstrap", kDhtNode});
  EXPECT_EQ(get.wait(), 0) << get.report();
  expect_stp_got("get");
}

TEST_P(Clients, ServesThroughLocalDiscovery) {
  if (!GetParam().lan) GTEST_SKIP() << "it cannot: docs/clients.md";
  MAKE_OR_SKIP();
  START_OR_SKIP(other_, "seed", torrent(), {"--lan"});
  wait_complete(other_);
  Process& get = start_get("get", torrent(), {"--no-dht"});
  EXPECT_EQ(get.wait(), 0) << get.report();
  expect_stp_got("get");
}

TEST_P(Clients, StpKilledGoesOn) {
  MAKE_OR_SKIP();
  START_OR_SKIP(other_, "seed", torrent(), {});
  wait_complete(other_);
  const Words flags = quiet({"--peer", other_.endpoint()});
  Words slow = flags;
  slow.insert(slow.end(), {"--down-limit", "500kB/s"});
  Process& first = start_get("get", torrent(), slow);
  wait_event(first, "status", [](const json& status) { return status.at("chunks_had") > 2; });
  first.kill();
  Process& second = start_get("get", torrent(), flags);
  EXPECT_EQ(second.wait(), 0) << second.report();
  expect_stp_got("get");
  const json end = events(second, "status").back();
  EXPECT_LT(end.at("downloaded"), end.at("bytes_wanted")) << second.report();
}

void PrintTo(const ClientRow& row, std::ostream* out) {
  *out << row.name << " " << row.version;
}

INSTANTIATE_TEST_SUITE_P(, Clients, testing::ValuesIn(kClients), [](const testing::TestParamInfo<ClientRow>& row) {
  return std::string(row.param.name) + "_" + row.param.version;
});

}  // namespace
}  // namespace stp::integration
