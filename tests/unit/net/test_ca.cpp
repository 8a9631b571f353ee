#include "test_ca.h"

#include <openssl/bio.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <unistd.h>

#include <atomic>
#include <fstream>
#include <utility>

namespace stp::net {
namespace {

template <class Write>
std::string written(Write write) {
  BIO* const out = BIO_new(BIO_s_mem());
  write(out);
  char* data = nullptr;
  const long size = BIO_get_mem_data(out, &data);
  std::string text(data, static_cast<std::size_t>(size));
  BIO_free(out);
  return text;
}

std::atomic<int> count = 0;

std::string numbered(const std::string& what) {
  return what + std::to_string(::getpid()) + "-" + std::to_string(++count);
}

}  // namespace

TestCa::TestCa(std::string name)
    : name_(name.empty() ? numbered("stp test CA ") : std::move(name)),
      key_(make_key()),
      certificate_(make(name_, key_.get(), -3600, 3600)) {
  X509_set_issuer_name(certificate_.get(), X509_get_subject_name(certificate_.get()));
  add(certificate_.get(), NID_basic_constraints, "critical,CA:TRUE");
  X509_sign(certificate_.get(), key_.get(), EVP_sha256());
  file_ = std::filesystem::temp_directory_path() / (numbered("stp-test-ca-") + ".pem");
  std::ofstream(file_) << pem(certificate_.get());
}

TestCa::~TestCa() {
  std::error_code ignored;
  std::filesystem::remove(file_, ignored);
}

TestCertificate TestCa::issue(const std::string& name, long begins_s, long ends_s) const {
  const Key key = make_key();
  const Certificate leaf = make("stp test server", key.get(), begins_s, ends_s);
  X509_set_issuer_name(leaf.get(), X509_get_subject_name(certificate_.get()));
  add(leaf.get(), NID_subject_alt_name, name);
  X509_sign(leaf.get(), key_.get(), EVP_sha256());
  return {pem(leaf.get()), pem(key.get())};
}

TestCertificate TestCa::self_signed(const std::string& name) {
  const Key key = make_key();
  const Certificate leaf = make("stp test server", key.get(), -3600, 3600);
  X509_set_issuer_name(leaf.get(), X509_get_subject_name(leaf.get()));
  add(leaf.get(), NID_subject_alt_name, name);
  X509_sign(leaf.get(), key.get(), EVP_sha256());
  return {pem(leaf.get()), pem(key.get())};
}

TestCa::Key TestCa::make_key() {
  return Key(EVP_EC_gen("P-256"));
}

TestCa::Certificate TestCa::make(const std::string& subject, EVP_PKEY* key, long begins_s, long ends_s) {
  static std::atomic<long> serial = 1;
  Certificate certificate(X509_new());
  X509_set_version(certificate.get(), 2);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), serial++);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), begins_s);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), ends_s);
  X509_set_pubkey(certificate.get(), key);
  X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate.get()), "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>(subject.c_str()), -1, -1, 0);
  return certificate;
}

void TestCa::add(X509* certificate, int what, const std::string& value) {
  X509_EXTENSION* const extension = X509V3_EXT_conf_nid(nullptr, nullptr, what, value.c_str());
  X509_add_ext(certificate, extension, -1);
  X509_EXTENSION_free(extension);
}

std::string TestCa::pem(X509* certificate) {
  return written([certificate](BIO* out) { PEM_write_bio_X509(out, certificate); });
}

std::string TestCa::pem(EVP_PKEY* key) {
  return written([key](BIO* out) { PEM_write_bio_PrivateKey(out, key, nullptr, nullptr, 0, nullptr, nullptr); });
}

}  // namespace stp::net
