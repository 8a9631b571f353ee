// Other clients, one at a time: what they get from stp and what stp gets from them, by .torrent and by magnet, however the
// two find each other, and after either was killed.
#include "interop/client_test.h"

namespace stp::integration {
namespace {

constexpr ClientRow kClients[] = {
    {.name = "qbittorrent", .version = "v2"},
    {.name = "deluge", .version = "v2", .magnet = false},
    {.name = "qbittorrent", .version = "hybrid"},
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

class ClientsThatGet : public Clients {};    // what stp shares: v2
class ClientsThatServe : public Clients {};  // what libtorrent has made

#define START_OR_SKIP(...) \
  if (!start_client(__VA_ARGS__)) GTEST_SKIP() << GetParam().name << " is not installed here"
#define MAKE_OR_SKIP() \
  if (!make_torrent(GetParam().version)) GTEST_SKIP() << "no libtorrent for Python here (python3-libtorrent)"

TEST_P(ClientsThatGet, ByTorrentThroughATracker) {
  start_tracker();
  share(quiet({"--tracker", kTracker}));
  wait_for_seed();
  START_OR_SKIP(other_, "get", torrent(), {"--tracker", kTracker});
  expect_client_gets();
}

TEST_P(ClientsThatGet, ByMagnetFromAPeer) {
  if (!GetParam().magnet) GTEST_SKIP() << "it cannot: docs/clients.md";
  if (GetParam().takes_peers) {
    share(quiet({}));
    START_OR_SKIP(other_, "get", link(), {"--peer", std::string(kStpAddress) + ":64500"});
  } else {
    share(quiet({"--peer", other_.endpoint()}));
    START_OR_SKIP(other_, "get", link(), {});
  }
  expect_client_gets();
}

TEST_P(ClientsThatGet, ThroughTheDht) {
  if (!GetParam().dht) GTEST_SKIP() << "it cannot: docs/clients.md";
  start_dht_node();
  share({"--no-lan", "--dht", "--bootstrap", kDhtNode});
  START_OR_SKIP(other_, "get", torrent(), {"--dht", kDhtNode});
  expect_client_gets();
}

TEST_P(ClientsThatGet, ThroughLocalDiscovery) {
  if (!GetParam().lan) GTEST_SKIP() << "it cannot: docs/clients.md";
  share({"--no-dht"});
  START_OR_SKIP(other_, "get", torrent(), {"--lan"});
  expect_client_gets();
}

TEST_P(ClientsThatGet, KilledGoOn) {
  share(quiet({"--peer", other_.endpoint()}));
  START_OR_SKIP(other_, "get", torrent(), {"--down-limit", "1000000"});
  wait_have(other_, 200'000);
  other_.process->kill();
  START_OR_SKIP(other_, "get", torrent(), {});
  expect_client_gets();
}

TEST_P(ClientsThatServe, ByTorrentThroughATracker) {
  MAKE_OR_SKIP();
  start_tracker();
  START_OR_SKIP(other_, "seed", torrent(), {"--tracker", kTracker});
  wait_complete(other_);
  wait_for_seed();
  Process& get = start_get("get", torrent(), quiet({"--tracker", kTracker}));
  EXPECT_EQ(get.wait(), 0) << get.report();
  expect_stp_got("get");
}

TEST_P(ClientsThatServe, ByMagnetToAPeer) {
  MAKE_OR_SKIP();
  START_OR_SKIP(other_, "seed", torrent(), {});
  wait_complete(other_);
  Process& get = start_get("get", link(), quiet({"--peer", other_.endpoint()}));
  EXPECT_EQ(get.wait(), 0) << get.report();
  expect_stp_got("get");
}

TEST_P(ClientsThatServe, ThroughTheDht) {
  if (!GetParam().dht) GTEST_SKIP() << "it cannot: docs/clients.md";
  MAKE_OR_SKIP();
  start_dht_node();
  START_OR_SKIP(other_, "seed", torrent(), {"--dht", kDhtNode});
  wait_complete(other_);
  Process& get = start_get("get", torrent(), {"--no-lan", "--dht", "--bootstrap", kDhtNode});
  EXPECT_EQ(get.wait(), 0) << get.report();
  expect_stp_got("get");
}

TEST_P(ClientsThatServe, ThroughLocalDiscovery) {
  if (!GetParam().lan) GTEST_SKIP() << "it cannot: docs/clients.md";
  MAKE_OR_SKIP();
  START_OR_SKIP(other_, "seed", torrent(), {"--lan"});
  wait_complete(other_);
  Process& get = start_get("get", torrent(), {"--no-dht"});
  EXPECT_EQ(get.wait(), 0) << get.report();
  expect_stp_got("get");
}

TEST_P(ClientsThatServe, AKilledStpThatGoesOn) {
  MAKE_OR_SKIP();
  START_OR_SKIP(other_, "seed", torrent(), {});
  wait_complete(other_);
  const Words flags = quiet({"--peer", other_.endpoint()});
  Words slow = flags;
  slow.insert(slow.end(), {"--down-limit", "1MB/s"});
  Process& first = start_get("get", torrent(), slow);
  wait_event(first, "status", [](const json& status) { return status.at("chunks_had") > 2; });
  first.kill();
  Process& second = start_get("get", torrent(), flags);
  EXPECT_EQ(second.wait(), 0) << second.report();
  expect_stp_got("get");
  const json end = events(second, "status").back();
  EXPECT_LT(end.at("downloaded"), end.at("bytes_wanted")) << second.report();
}

INSTANTIATE_TEST_SUITE_P(, ClientsThatGet, testing::ValuesIn(kClients, kClients + 2), ClientRow::name_of);
INSTANTIATE_TEST_SUITE_P(, ClientsThatServe, testing::ValuesIn(kClients), ClientRow::name_of);

// Clients that know v1 alone, which find each other and libtorrent through stp's tracker and stp's nodes.
constexpr ClientRow kV1Clients[] = {
    {.name = "transmission", .version = "v1", .takes_peers = false, .empty_files = false},
    {.name = "aria2", .version = "v1", .takes_peers = false},
    {.name = "rtorrent", .version = "v1", .lan = false},
    {.name = "webtorrent", .version = "v1"},
};

class V1Clients : public ClientTest, public testing::WithParamInterface<ClientRow> {};

TEST_P(V1Clients, FindEachOtherThroughStpsTracker) {
  MAKE_OR_SKIP();
  start_tracker();
  Client seed = new_client(GetParam().name);
  START_OR_SKIP(seed, "seed", torrent(), {"--tracker", kTracker});
  wait_complete(seed);
  wait_for_seed();
  Client get = new_client(GetParam().name);
  START_OR_SKIP(get, "get", torrent(), {"--tracker", kTracker});
  wait_complete(get);
  expect_got(get, GetParam().empty_files);
}

TEST_P(V1Clients, AreFoundThroughStpsNode) {
  if (!GetParam().dht) GTEST_SKIP() << "it cannot: docs/clients.md";
  MAKE_OR_SKIP();
  start_dht_node();
  Client seed = new_client(GetParam().name);
  START_OR_SKIP(seed, "seed", torrent(), {"--dht", kDhtNode});
  wait_complete(seed);
  Client get = new_client("libtorrent");
  START_OR_SKIP(get, "get", torrent(), {"--dht", kDhtNode});
  wait_complete(get);
  expect_got(get, true);
}

INSTANTIATE_TEST_SUITE_P(, V1Clients, testing::ValuesIn(kV1Clients), ClientRow::name_of);

// stp seeds slowly; every client and two more of stp get it, and exchange it.
TEST_F(ClientTest, AMixedSwarmWithOneSlowSeedEndsWithTheSameBytes) {
  start_tracker();
  share({"--no-dht", "--no-lan", "--tracker", kTracker, "--up-limit", "1MB/s"});
  std::vector<Client> clients;
  for (const char* const name : {"qbittorrent", "deluge", "libtorrent"}) {
    clients.push_back(new_client(name));
    if (!start_client(clients.back(), "get", torrent(), {"--tracker", kTracker})) clients.pop_back();
  }
  if (clients.empty()) GTEST_SKIP() << "no other client is installed here";
  std::vector<Process*> gets;
  for (const char* const user : {"get-1", "get-2"}) {
    gets.push_back(&start_get(user, torrent(), {"--no-dht", "--no-lan", "--tracker", kTracker, "--seed"}));
  }
  for (Client& client : clients) {
    wait_complete(client);
    expect_got(client, true);
  }
  for (Process* const get : gets) wait_event(*get, "complete");
  expect_same(tree(), files("get-1") / "tree");
  expect_same(tree(), files("get-2") / "tree");
}

}  // namespace
}  // namespace stp::integration
