#include "content/secret_names.h"

#include <gtest/gtest.h>

namespace stp::content {
namespace {

using Path = std::vector<std::string>;

TEST(SecretNames, KeysPasswordsAndTheirFoldersLookSecret) {
  for (const Path& path :
       {Path{"home", ".ssh", "config"}, Path{".gnupg", "pubring.kbx"}, Path{"id_rsa"}, Path{"a", "id_ed25519"},
        Path{"server.PEM"}, Path{"tls.key"}, Path{".env"}, Path{"app", ".env.production"}, Path{"secrets.kdbx"},
        Path{"wallet.dat"}, Path{".aws", "credentials"}, Path{"credentials"}, Path{".netrc"}}) {
    EXPECT_TRUE(looks_secret(path)) << path.back();
  }
}

TEST(SecretNames, OtherFilesDoNot) {
  for (const Path& path : {Path{"id_rsa.pub"}, Path{"keys.txt"}, Path{"monkey"}, Path{".key"}, Path{"environment"},
                           Path{"ssh", "config"}, Path{"photo.jpg"}, Path{".ssh"}, Path{}}) {
    EXPECT_FALSE(looks_secret(path)) << (path.empty() ? "" : path.back());
  }
}

}  // namespace
}  // namespace stp::content
