#include "content/secret_names.h"

#include <algorithm>
#include <array>
#include <span>
#include <string_view>

#include "core/text.h"

namespace stp::content {
namespace {

using Names = std::span<const std::string_view>;

constexpr std::array<std::string_view, 5> kFolders = {".ssh", ".gnupg", ".aws", ".password-store", ".kube"};
constexpr std::array<std::string_view, 14> kFiles = {
    "id_rsa", "id_dsa",  ".env",      "id_ecdsa", "id_ed25519",       "wallet.dat",       "credentials",
    ".netrc", ".pgpass", ".htpasswd", ".npmrc",   ".git-credentials", "credentials.json", "logins.json"};
constexpr std::array<std::string_view, 8> kEndings = {".pem", ".key", ".kdbx", ".kdb", ".p12", ".pfx", ".jks", ".ppk"};
constexpr std::string_view kEnvironmentFile = ".env.";  // .env.production and the like

bool is_one_of(std::string_view name, Names names) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

}  // namespace

bool looks_secret(const std::vector<std::string>& path) {
  if (path.empty()) return false;
  if (std::any_of(path.begin(), path.end() - 1, [](const std::string& name) { return is_one_of(name, kFolders); })) {
    return true;
  }
  const std::string name = ascii_lower(path.back());
  return is_one_of(name, kFiles) || name.starts_with(kEnvironmentFile) ||
         std::any_of(kEndings.begin(), kEndings.end(),
                     [&](std::string_view ending) { return name.size() > ending.size() && name.ends_with(ending); });
}

}  // namespace stp::content
