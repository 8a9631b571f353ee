// A certificate authority for tests: makes keys and certificates in memory, and its own certificate as a file.
#pragma once

#include <openssl/evp.h>
#include <openssl/x509.h>

#include <filesystem>
#include <memory>
#include <string>

namespace stp::net {

struct TestCertificate {
  std::string certificate;  // PEM
  std::string key;          // PEM
};

class TestCa {
 public:
  /// `name`: of the authority; empty: one of its own.
  explicit TestCa(std::string name = {});
  ~TestCa();
  TestCa(const TestCa&) = delete;
  TestCa& operator=(const TestCa&) = delete;

  /// For a server; `name` as in subjectAltName: "DNS:localhost" or "IP:127.0.0.1". Valid from `begins_s` to `ends_s`
  /// seconds from now.
  [[nodiscard]] TestCertificate issue(const std::string& name, long begins_s = -3600, long ends_s = 3600) const;
  /// One that vouches for itself.
  [[nodiscard]] static TestCertificate self_signed(const std::string& name);
  [[nodiscard]] const std::string& name() const { return name_; }
  /// A PEM file with the authority's own certificate.
  [[nodiscard]] const std::filesystem::path& file() const { return file_; }

 private:
  struct Free {
    void operator()(X509* certificate) const { X509_free(certificate); }
    void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  };
  using Certificate = std::unique_ptr<X509, Free>;
  using Key = std::unique_ptr<EVP_PKEY, Free>;

  [[nodiscard]] static Key make_key();
  /// Unsigned.
  [[nodiscard]] static Certificate make(const std::string& subject, EVP_PKEY* key, long begins_s, long ends_s);
  static void add(X509* certificate, int what, const std::string& value);
  [[nodiscard]] static std::string pem(X509* certificate);
  [[nodiscard]] static std::string pem(EVP_PKEY* key);

  std::string name_;
  Key key_;
  Certificate certificate_;
  std::filesystem::path file_;
};

}  // namespace stp::net
