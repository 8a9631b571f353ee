// The minimum that any transfer with verification must do, as a baseline for stp and others: one thread per side,
// sendfile() into a TCP connection, and recv() → SHA-256 → pwrite() out of it. No protocol, no encryption.
//
//   pipe_baseline seed FILE            listens on 127.0.0.1, prints the port, serves FILE once
//   pipe_baseline leech PORT FILE      fetches into FILE, prints the SHA-256 of what it received
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/evp.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string_view>
#include <vector>

namespace {

// The fastest size from 64 KiB to 4 MiB here: it stays in the second-level cache between recv, hash and pwrite.
constexpr std::size_t kBufferBytes = 256U << 10U;

[[noreturn]] void die(const char* what) {
  std::perror(what);
  std::exit(1);
}

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

int seed(const char* path) {
  const int file = open(path, O_RDONLY);
  struct stat info {};
  if (file < 0 || fstat(file, &info) != 0) die(path);

  const int listener = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address = loopback(0);
  socklen_t length = sizeof address;
  if (listener < 0 || bind(listener, reinterpret_cast<sockaddr*>(&address), length) != 0 || listen(listener, 1) != 0 ||
      getsockname(listener, reinterpret_cast<sockaddr*>(&address), &length) != 0) {
    die("listen");
  }
  std::printf("%u\n", ntohs(address.sin_port));
  std::fflush(stdout);

  const int peer = accept(listener, nullptr, nullptr);
  if (peer < 0) die("accept");
  off_t offset = 0;
  while (offset < info.st_size) {
    if (sendfile(peer, file, &offset, static_cast<std::size_t>(info.st_size - offset)) <= 0) die("sendfile");
  }
  close(peer);
  return 0;
}

int leech(std::uint16_t port, const char* path) {
  const int file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
  if (file < 0) die(path);
  const int peer = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address = loopback(port);
  if (peer < 0 || connect(peer, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) die("connect");

  EVP_MD_CTX* hash = EVP_MD_CTX_new();
  EVP_DigestInit_ex(hash, EVP_sha256(), nullptr);
  std::vector<char> buffer(kBufferBytes);
  off_t offset = 0;
  for (;;) {
    const ssize_t got = recv(peer, buffer.data(), buffer.size(), 0);
    if (got < 0) die("recv");
    if (got == 0) break;
    EVP_DigestUpdate(hash, buffer.data(), static_cast<std::size_t>(got));
    for (ssize_t written = 0; written < got;) {
      const ssize_t step = pwrite(file, buffer.data() + written, static_cast<std::size_t>(got - written), offset);
      if (step <= 0) die("pwrite");
      written += step;
      offset += step;
    }
  }
  std::array<unsigned char, 32> digest{};
  EVP_DigestFinal_ex(hash, digest.data(), nullptr);
  EVP_MD_CTX_free(hash);
  for (const unsigned char byte : digest) std::printf("%02x", byte);
  std::printf("\n");
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc == 3 && std::string_view(argv[1]) == "seed") return seed(argv[2]);
  if (argc == 4 && std::string_view(argv[1]) == "leech") {
    std::uint16_t port = 0;
    std::from_chars(argv[2], argv[2] + std::strlen(argv[2]), port);
    return leech(port, argv[3]);
  }
  std::fprintf(stderr, "usage: pipe_baseline seed FILE | leech PORT FILE\n");
  return 2;
}
