// ClientTest: stp beside other BitTorrent clients, each on a machine of its own (a network namespace).
//
// A client is run by its driver (clients/NAME_client.*), all of which have the same command line and print the same lines
// (clients/client.py). What a client cannot do is a field of its row here, and a row with the reason in docs/clients.md.
#pragma once

#include <ostream>
#include <string>
#include <vector>

#include "integration/bridge_test.h"

namespace stp::integration {

/// A client with one version of BitTorrent; what it can do with it.
struct ClientRow {
  const char* name;
  const char* version;      // "v1", "v2" or "hybrid"
  bool magnet = true;       // gets by magnet link
  bool takes_peers = true;  // can be given the address of a peer; the others have to be dialled
  bool dht = true;
  bool lan = true;
  bool empty_files = true;  // makes them

  friend void PrintTo(const ClientRow& row, std::ostream* out) { *out << row.name << " " << row.version; }
  [[nodiscard]] static std::string name_of(const testing::TestParamInfo<ClientRow>& row) {
    return std::string(row.param.name) + "_" + row.param.version;
  }
};

class ClientTest : public BridgeTest {
 protected:
  static constexpr const char* kStpAddress = "10.77.0.1";
  static constexpr const char* kTracker = "http://10.77.0.1:65000/announce";
  static constexpr const char* kDhtNode = "10.77.0.1:6881";  // where clients expect their first node

  /// A tree of some MB in tree(), machines, and the machine of stp.
  void SetUp() override;
  [[nodiscard]] fs::path tree() { return user_dir("content") / "tree"; }
  [[nodiscard]] Process& stp_machine() { return *stp_machine_; }

  /// Makes the .torrent of tree() in this version, as other people do; its path is torrent(), its magnet link link().
  /// False if it cannot be made here.
  bool make_torrent(const std::string& version);
  [[nodiscard]] std::string torrent() { return (user_dir("content") / "tree.torrent").string(); }
  [[nodiscard]] const std::string& link() const { return link_; }

  void start_tracker();
  void start_dht_node();
  /// Waits until a client has announced to the tracker that it seeds.
  void wait_for_seed();

  /// `stp share` of tree() on stp's machine; its link becomes link(), its .torrent torrent().
  Process& share(const Words& flags);
  /// `stp get TARGET` of the user `user` on stp's machine, into files(user).
  Process& start_get(const std::string& user, const std::string& target, const Words& flags);

  /// A machine for another client.
  struct Client {
    std::string name;
    std::string address;  // of the machine
    Process* machine = nullptr;
    Process* process = nullptr;  // its driver; null if the client is not installed

    [[nodiscard]] std::string endpoint() const { return address + ":6881"; }
  };
  [[nodiscard]] Client new_client(const std::string& name);
  /// Starts its driver: "seed" (of tree()) or "get" (into files of `client`); waits until it listens. False if the client
  /// is not installed here: skip the test then.
  bool start_client(Client& client, const std::string& mode, const std::string& target, Words flags);
  /// Where a client puts what it gets.
  [[nodiscard]] fs::path files_of(const Client& client) { return user_dir(client.address) / "files"; }
  /// Waits for its line "complete".
  void wait_complete(Client& client);
  /// Waits until it has more than this many bytes.
  void wait_have(Client& client, std::size_t bytes);
  /// Expects tree() in what the client got, perhaps without empty files.
  void expect_got(const Client& client, bool empty_files);

 private:
  Process* stp_machine_ = nullptr;
  std::string link_;
  Words keys_;
  int machines_ = 1;
};

}  // namespace stp::integration
