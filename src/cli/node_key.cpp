#include "cli/node_key.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string>

#include "cli/directories.h"
#include "cli/output_file.h"
#include "content/path_rules.h"
#include "content/posix_file.h"
#include "core/shown_text.h"
#include "crypto/random.h"

namespace stp::cli {
namespace {

/// Adds to an error about the directory what to do.
Error elsewhere(const Error& error) {
  return {error.kind, error.message + "; choose another directory for the node key with --state"};
}

Result<crypto::NodeKey> read_key(int descriptor, const std::string& name) {
  struct stat status {};
  if (::fstat(descriptor, &status) != 0) return content::file_error("read", name, errno);
  if ((status.st_mode & 077) != 0) {
    return Error{ErrorKind::denied, escaped(name) + " can be read by others; make it private (chmod 600) or delete it"};
  }
  crypto::NodeKey key;
  std::array<std::byte, crypto::NodeKey::kSize + 1> buffer{};  // one more shows a file that is too long
  const ssize_t got = ::read(descriptor, buffer.data(), buffer.size());
  std::copy_n(buffer.begin(), crypto::NodeKey::kSize, key.mutable_span().begin());
  crypto::wipe(buffer);
  if (got != static_cast<ssize_t>(crypto::NodeKey::kSize)) {
    return Error{ErrorKind::malformed, escaped(name) + " is not a node key; delete it to have a new one made"};
  }
  return key;
}

}  // namespace

Result<crypto::NodeKey> load_node_key(const std::filesystem::path& state_dir) {
  const std::string file = (state_dir / crypto::kNodeKeyFile).string();
  const content::Fd existing(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
  if (existing) return read_key(existing.get(), file);
  if (errno != ENOENT) return elsewhere(content::file_error("read", file, errno));

  if (Status made = make_private_directory(state_dir); !made) return elsewhere(made.error());
  crypto::NodeKey key;
  crypto::random_fill(key.mutable_span());
  // Put in place when complete: the first process wins, and nobody ever reads half a key.
  const Status put = put_new_file(file, as_text(key.span()), content::kOwnerOnly);
  if (!put && put.error().kind == ErrorKind::exists) {
    const content::Fd other(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
    if (!other) return content::file_error("read", file, errno);
    return read_key(other.get(), file);
  }
  if (!put) return elsewhere(put.error());
  return key;
}

}  // namespace stp::cli
