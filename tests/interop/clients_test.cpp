// Other clients, one at a time: what they get from stp and what stp gets from them, by .torrent and by magnet, however the
// two find each other, and after either was killed.
#include <iterator>

#include "interop/client_test.h"

namespace stp::integration {
namespace {

constexpr ClientRow kClients[] = {
    {.name = "qbittorrent", .version = "v2"},
    {.name = "deluge", .version = "v2"},
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

class ClientsThatGet : public Clients {};  // what stp shares: v2
class ClientsThatGetByMagnet : public Clients {};
class ClientsThatGoOn : public Clients {};
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

TEST_P(ClientsThatGetByMagnet, FromAPeer) {
  share(quiet({}));
  START_OR_SKIP(other_, "get", link(), {"--peer", std::string(kStpAddress) + ":64500"});
  expect_client_gets();
}

TEST_P(ClientsThatGet, ThroughTheDht) {
  start_dht_node();
  share({"--no-lan", "--dht", "--bootstrap", kDhtNode});
  START_OR_SKIP(other_, "get", torrent(), {"--dht", kDhtNode});
  expect_client_gets();
}

TEST_P(ClientsThatGet, ThroughLocalDiscovery) {
  share({"--no-dht"});
  START_OR_SKIP(other_, "get", torrent(), {"--lan"});
  expect_client_gets();
}

TEST_P(ClientsThatGoOn, AfterTheyWereKilled) {
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

INSTANTIATE_TEST_SUITE_P(, ClientsThatGet, testing::ValuesIn(kClients, kClients + 2), ClientRow::name_of);
// Deluge 2.0.3 refuses magnet links without a v1 hash.
INSTANTIATE_TEST_SUITE_P(, ClientsThatGetByMagnet, testing::ValuesIn(kClients, kClients + 1), ClientRow::name_of);
// Deluge 2.0.3 pauses.
INSTANTIATE_TEST_SUITE_P(, ClientsThatGoOn, testing::ValuesIn(kClients, kClients + 1), ClientRow::name_of);
INSTANTIATE_TEST_SUITE_P(, ClientsThatServe, testing::ValuesIn(kClients), ClientRow::name_of);

// Clients that know v1 alone, which find each other and libtorrent through stp's tracker and stp's nodes.
constexpr ClientRow kV1Clients[] = {
    {.name = "transmission", .version = "v1", .empty_files = false},
    {.name = "aria2", .version = "v1"},
    {.name = "rtorrent", .version = "v1"},
    {.name = "webtorrent", .version = "v1"},
};

class V1Clients : public ClientTest, public testing::WithParamInterface<ClientRow> {};
class V1ClientsWithDht : public V1Clients {};

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

TEST_P(V1ClientsWithDht, AreFoundThroughStpsNode) {
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
// Transmission ignores its DHT until it knows more than eight nodes.
INSTANTIATE_TEST_SUITE_P(, V1ClientsWithDht, testing::ValuesIn(kV1Clients + 1, std::end(kV1Clients)),
                         ClientRow::name_of);

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
