// stp_liar TORRENT: a peer that claims to have everything of TORRENT and sends wrong bytes for every block. It speaks
// the real protocol, with the real host: only its storage lies. Its address is the first line on stdout.
#include <cstdio>
#include <fstream>
#include <iterator>

#include "content/storage.h"
#include "content/torrent_file.h"
#include "crypto/random.h"
#include "net/host.h"

namespace {

class LyingStorage final : public stp::content::Storage {
 public:
  stp::Status read(const stp::BlockRun& run, stp::MutableByteSpan out) override {
    for (std::size_t i = 0; i < out.size(); ++i) out[i] = static_cast<std::byte>(run.chunk.value + i);
    return stp::Done{};
  }
  stp::Status write(const stp::BlockRun&, std::span<const stp::ByteSpan>) override {
    return stp::Error{stp::ErrorKind::other, "a seed writes nothing"};
  }
};

int fail(const stp::Error& error) {
  std::fprintf(stderr, "stp_liar: %s\n", error.message.c_str());
  return 1;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return fail({stp::ErrorKind::usage, "usage: stp_liar TORRENT"});
  stp::crypto::initialize();
  std::ifstream in(argv[1], std::ios::binary);
  const std::string bytes((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  stp::Result<stp::content::TorrentFile> torrent = stp::content::decode_torrent(stp::as_bytes(bytes));
  if (!torrent) return fail(torrent.error());

  stp::net::HostOptions options;
  options.listen = stp::Endpoint::parse("127.0.0.1:0");
  options.dht = false;
  options.agent = "liar";
  stp::net::Observer observer;
  stp::Result<std::unique_ptr<stp::net::Host>> host = stp::net::Host::open(std::move(options), observer);
  if (!host) return fail(host.error());
  std::printf("%s\n", (*host)->listening().to_string().c_str());
  std::fflush(stdout);
  stp::wire::Link link;
  link.info_hash = torrent->metainfo->info_hash();
  const stp::Result<stp::net::Outcome> outcome =
      (*host)->run_seed({link, torrent->metainfo, std::move(torrent->hashes), std::make_unique<LyingStorage>()});
  return outcome ? 0 : fail(outcome.error());
}
