// Other clients, one at a time: what they get from stp and what stp gets from them, by .torrent and by magnet, however the
// two find each other, and after either was killed.
#include <algorithm>
#include <functional>
#include <iterator>
#include <string_view>

#include "interop/client_test.h"

namespace stp::integration {
namespace {

constexpr ClientRow kClients[] = {
    {.name = "qbittorrent", .version = "v1"},
    {.name = "qbittorrent", .version = "v2"},
    {.name = "qbittorrent", .version = "hybrid"},
    {.name = "deluge", .version = "v1"},
    {.name = "deluge", .version = "v2", .magnet = false},
    {.name = "deluge", .version = "hybrid"},
    {.name = "transmission", .version = "v1", .takes_peers = false, .dht = false, .empty_files = false},
    {.name = "aria2", .version = "v1", .takes_peers = false},
    {.name = "rtorrent", .version = "v1", .lan = false},
    {.name = "webtorrent", .version = "v1"},
};
using Rows = std::vector<ClientRow>;

Rows rows(const std::function<bool(const ClientRow&)>& condition) {
  Rows found;
  std::copy_if(std::begin(kClients), std::end(kClients), std::back_inserter(found), condition);
  return found;
}
// stp shares hybrids and v2.
Rows sharing() {
  return rows([](const ClientRow& row) { return std::string_view(row.version) != "v1"; });
}
Rows sharing_by_magnet() {
  return rows([](const ClientRow& row) { return std::string_view(row.version) != "v1" && row.magnet; });
}
Rows v1_alone() {
  return rows([](const ClientRow& row) { return std::string_view(row.version) == "v1"; });
}

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
  /// stp shares in the version of the row.
  void share(Words flags) {
    if (std::string_view(GetParam().version) == "v2") flags.emplace_back("--v2");
    ClientTest::share(flags);
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

// What stp shares.
class ClientsThatGet : public Clients {};
class ClientsThatGetByMagnet : public Clients {};
// What libtorrent has made.
class ClientsThatServe : public Clients {};
class ClientsThatServeByDht : public Clients {};
class ClientsThatServeByLan : public Clients {};
class ClientsOfV1 : public Clients {};

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

TEST_P(ClientsThatGet, KilledGoOn) {
  // Slowly: once it had everything, stp as a seed would not call it again. By a limit of stp's: some clients have none
  // in a local network.
  share(quiet({"--peer", other_.endpoint(), "--up-limit", "500kB/s"}));
  START_OR_SKIP(other_, "get", torrent(), {});
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

TEST_P(ClientsThatServeByDht, AreFound) {
  MAKE_OR_SKIP();
  start_dht_node();
  START_OR_SKIP(other_, "seed", torrent(), {"--dht", kDhtNode});
  wait_complete(other_);
  Process& get = start_get("get", torrent(), {"--no-lan", "--dht", "--bootstrap", kDhtNode});
  EXPECT_EQ(get.wait(), 0) << get.report();
  expect_stp_got("get");
}

TEST_P(ClientsThatServeByLan, AreFound) {
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

// Each of them seeds to stp, disappears, and another one gets it from stp alone.
TEST_P(ClientsOfV1, GetFromStpWhatAnotherHasSeeded) {
  MAKE_OR_SKIP();
  START_OR_SKIP(other_, "seed", torrent(), {});
  wait_complete(other_);
  start_tracker();
  Client second = new_client(GetParam().name);
  Process& get = start_get("get", torrent(), quiet({"--seed", "--peer", other_.endpoint(), "--tracker", kTracker}));
  wait_event(get, "complete");
  other_.process->kill();
  wait_for_seed();
  START_OR_SKIP(second, "get", torrent(), {"--tracker", kTracker});
  wait_complete(second);
  expect_got(second, GetParam().empty_files);
}

const auto kName = ClientRow::name_of;
INSTANTIATE_TEST_SUITE_P(, ClientsThatGet, testing::ValuesIn(sharing()), kName);
INSTANTIATE_TEST_SUITE_P(, ClientsThatGetByMagnet, testing::ValuesIn(sharing_by_magnet()), kName);
INSTANTIATE_TEST_SUITE_P(, ClientsThatServe, testing::ValuesIn(kClients), kName);
INSTANTIATE_TEST_SUITE_P(, ClientsThatServeByDht, testing::ValuesIn(rows(&ClientRow::dht)), kName);
INSTANTIATE_TEST_SUITE_P(, ClientsThatServeByLan, testing::ValuesIn(rows(&ClientRow::lan)), kName);
INSTANTIATE_TEST_SUITE_P(, ClientsOfV1, testing::ValuesIn(v1_alone()), kName);

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

// The same with a torrent that all of them can read.
TEST_F(ClientTest, AMixedSwarmOfAllClientsWithOneSlowSeedEndsWithTheSameBytes) {
  if (!make_torrent("v1")) GTEST_SKIP() << "no libtorrent for Python here (python3-libtorrent)";
  start_tracker();
  const Words by_tracker = {"--no-dht", "--no-lan", "--tracker", kTracker};
  Words seed = {"share", torrent(), "tree", "--json", "--up-limit", "1MB/s"};
  seed.insert(seed.end(), by_tracker.begin(), by_tracker.end());
  wait_event(stp_in(stp_machine(), "content", seed), "listening");
  std::vector<Client> clients;
  for (const char* const name :
       {"transmission", "qbittorrent", "deluge", "libtorrent", "aria2", "rtorrent", "webtorrent"}) {
    clients.push_back(new_client(name));
    if (!start_client(clients.back(), "get", torrent(), {"--tracker", kTracker})) clients.pop_back();
  }
  if (clients.empty()) GTEST_SKIP() << "no other client is installed here";
  Words flags = by_tracker;
  flags.emplace_back("--seed");
  std::vector<Process*> gets;
  for (const char* const user : {"get-1", "get-2"}) gets.push_back(&start_get(user, torrent(), flags));
  for (Client& client : clients) {
    wait_complete(client);
    const auto row = std::ranges::find(kClients, std::string_view(client.name), &ClientRow::name);
    expect_got(client, row == std::end(kClients) || row->empty_files);
  }
  for (Process* const get : gets) wait_event(*get, "complete");
  expect_same(tree(), files("get-1") / "tree");
  expect_same(tree(), files("get-2") / "tree");
}

}  // namespace
}  // namespace stp::integration
