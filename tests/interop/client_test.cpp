#include "interop/client_test.h"

namespace stp::integration {
namespace {

constexpr const char* kPython = "/usr/bin/python3";  // the one that finds Debian's modules
constexpr const char* kDirectory = STP_INTEROP_DIRECTORY;

const std::map<std::string, std::string> kLan = {{"STP_NO_LAN", ""}};  // empty: as if it were not set

bool begins(const std::string& line, const std::string& with) {
  return line.starts_with(with);
}

}  // namespace

void ClientTest::SetUp() {
  BridgeTest::SetUp();
  if (IsSkipped()) return;
  write_random(tree() / "a.bin", scaled(4'000'000), 1);
  write_random(tree() / "sub/odd name é & [1].bin", 100'001, 2);  // ends in the middle of a block
  write_file(tree() / "sub/deep/tiny.txt", "tiny\n");
  write_file(tree() / "empty", "");
  stp_machine_ = &machine("stp", {std::string(kStpAddress) + "/24"});
  // Where clients look for their first node of the DHT, when nothing else is set.
  std::string hosts = "127.0.0.1 localhost\n";
  for (const char* const name : {"dht.libtorrent.org", "router.bittorrent.com", "router.utorrent.com",
                                 "dht.transmissionbt.com", "dht.aelitis.com"}) {
    hosts += std::string(kStpAddress) + " " + name + "\n";
  }
  write_file(dir() / "hosts", hosts);
}

bool ClientTest::make_torrent(const std::string& version) {
  ProcessOptions options;
  options.arguments = {kPython, std::string(kDirectory) + "/make_torrent.py", version, tree().string(), torrent()};
  Process& maker = start_program("content", std::move(options));
  if (maker.wait() != 0) return false;
  const json made = json::parse(maker.out());
  link_ = made.at("link");
  keys_ = made.at("keys").get<Words>();
  return true;
}

void ClientTest::start_tracker() {
  Process& tracker = stp_in(stp_machine(), "tracker", {"tracker", "--listen", std::string(kStpAddress) + ":65000"});
  ASSERT_EQ(tracker.wait_first_line(), kTracker) << tracker.report();
}

void ClientTest::start_dht_node() {
  Process& node = stp_in(stp_machine(), "node", {"node", "--listen", kDhtNode, "--bootstrap", "none"});
  ASSERT_EQ(node.wait_first_line(), kDhtNode) << node.report();
}

void ClientTest::wait_for_seed() {
  Words words = {kPython, std::string(kDirectory) + "/wait_for_seed.py", kTracker, keys_.front()};
  Process& waiting = start_in(stp_machine(), "waiting", words);
  ASSERT_EQ(waiting.wait_first_line(), "announced") << waiting.report();
}

Process& ClientTest::share(const Words& flags) {
  Words words = {"share", "tree", "--json", "--torrent", torrent()};
  words.insert(words.end(), flags.begin(), flags.end());
  Process& share = stp_in(stp_machine(), "content", words, kLan);
  const json made = wait_event(share, "link");
  wait_event(share, "listening");
  if (made.is_object()) {
    link_ = without_hints(made.at("link"));
    keys_ = {made.at("info_hash").get<std::string>().substr(0, 40)};
  }
  return share;
}

Process& ClientTest::start_get(const std::string& user, const std::string& target, const Words& flags) {
  Words words = {"get", target, "-o", "files", "--json"};
  words.insert(words.end(), flags.begin(), flags.end());
  return stp_in(stp_machine(), user, words, kLan);
}

ClientTest::Client ClientTest::new_client(const std::string& name) {
  Client client;
  client.name = name;
  client.address = "10.77.0." + std::to_string(++machines_);
  client.machine = &machine("m" + std::to_string(machines_), {client.address + "/24"});
  // Transmission and WebTorrent let the kernel choose the interface for local discovery, which needs a route, as every
  // machine with a router has one.
  EXPECT_TRUE(ip(*client.machine, "route add 224.0.0.0/4 dev eth0"));
  return client;
}

bool ClientTest::start_client(Client& client, const std::string& mode, const std::string& target, Words flags) {
  const bool in_node = client.name == "webtorrent";
  const fs::path directory = mode == "seed" ? user_dir("content") : files_of(client);
  Words words = {"unshare",
                 "--mount",
                 "sh",
                 "-c",
                 R"(mount --bind "$0" /etc/hosts && exec "$@")",
                 (dir() / "hosts").string(),
                 in_node ? "node" : kPython,
                 std::string(kDirectory) + "/clients/" + client.name + (in_node ? "_client.mjs" : "_client.py"),
                 mode,
                 target,
                 directory.string(),
                 "--state",
                 (user_dir(client.address) / "state").string(),
                 "--address",
                 client.address};
  words.insert(words.end(), flags.begin(), flags.end());
  client.process = &start_in(*client.machine, client.address, words, {{"STP_CLIENTS", STP_CLIENTS_DIRECTORY}});
  const auto listens = [](const std::string& line) { return begins(line, "listening "); };
  if (client.process->wait_stdout(listens)) return true;
  EXPECT_EQ(client.process->wait(), 3) << client.process->report();
  return false;
}

void ClientTest::wait_complete(Client& client) {
  EXPECT_TRUE(client.process->wait_stdout([](const std::string& line) { return line == "complete"; }))
      << client.process->report();
}

void ClientTest::wait_have(Client& client, std::size_t bytes) {
  const auto more = [&](const std::string& line) {
    return begins(line, "have ") && std::stoul(line.substr(5)) > bytes;
  };
  EXPECT_TRUE(client.process->wait_stdout(more)) << client.process->report();
}

void ClientTest::expect_got(const Client& client, bool empty_files) {
  const fs::path got = files_of(client) / "tree";
  EXPECT_EQ(fs::exists(got / "empty"), empty_files);
  if (!empty_files) write_file(got / "empty", "");
  expect_same(tree(), got);
}

}  // namespace stp::integration
