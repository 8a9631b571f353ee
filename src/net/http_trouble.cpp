#include "net/http_trouble.h"

#include <cerrno>
#include <cstdlib>
#include <string>
#include <system_error>

namespace stp::net {
namespace {

// X509_V_ERR_… of OpenSSL's x509_vfy.h, which libcurl passes on.
constexpr long kNotSaid = 1;  // libcurl's initial value
constexpr long kNoIssuer = 2;
constexpr long kBadSignature = 7;
constexpr long kNotYetValid = 9;
constexpr long kExpired = 10;
constexpr long kSelfSigned = 18;
constexpr long kSelfSignedInChain = 19;
constexpr long kNoIssuerLocally = 20;
constexpr long kUnableToVerifyLeaf = 21;
constexpr long kRevoked = 23;

std::string text_of(int error) {
  return std::generic_category().message(error);
}

/// A signature that does not match the named CA may end the check before there is a result.
bool signature_misfits(const HttpTrouble& trouble) {
  return trouble.words.find("asn1 encoding routines") != std::string_view::npos;
}

Error certificate_error(const HttpTrouble& trouble) {
  const auto denied = [](std::string why) { return Error{ErrorKind::denied, std::move(why)}; };
  switch (signature_misfits(trouble) ? kBadSignature : trouble.verify_result) {
    case kNotYetValid: return denied("its certificate is not valid yet (or this machine's clock is wrong)");
    case kExpired: return denied("its certificate has expired (or this machine's clock is wrong)");
    case kSelfSigned: return denied("its certificate is self-signed: no CA that is trusted here has signed it");
    case kBadSignature:
    case kNoIssuer:
    case kSelfSignedInChain:
    case kNoIssuerLocally:
    case kUnableToVerifyLeaf:
      return denied("its certificate was issued by a CA that is not trusted here (SSL_CERT_FILE names other CAs)");
    case kRevoked: return denied("its certificate has been revoked");
    default: break;
  }
  if (trouble.words.find("subject name") != std::string_view::npos) {
    return denied("its certificate is for another host name");
  }
  return denied("its certificate is not accepted: " + std::string(trouble.words));
}

Error no_bundle() {
  const char* const file = std::getenv("SSL_CERT_FILE");
  const std::string where = file != nullptr
                                ? "the CA certificates in " + std::string(file) + " (SSL_CERT_FILE) can't be read"
                                : "there are no CA certificates on this machine";
  return {ErrorKind::denied, "its certificate can't be checked: " + where +
                                 "; install the package ca-certificates, or name a bundle in SSL_CERT_FILE"};
}

Error connect_error(const HttpTrouble& trouble, const std::optional<IpAddress>& source) {
  if (trouble.bind_error != 0) {
    const std::string from = source ? source->to_string() : "our address";
    return {ErrorKind::io, "can't leave from " + from + ": " + text_of(trouble.bind_error)};
  }
  const int error = static_cast<int>(trouble.os_error);
  switch (error) {
    case 0: return {ErrorKind::io, "can't be connected to"};
    case EAFNOSUPPORT:
    case EADDRNOTAVAIL:
    case ENETUNREACH: return {ErrorKind::unsupported, text_of(error)};
    case EINVAL:
      if (source) return {ErrorKind::unsupported, "can't be reached from " + source->to_string()};
      break;
    default: break;
  }
  return {ErrorKind::io, text_of(error)};
}

}  // namespace

Error explain(const HttpTrouble& trouble, const std::optional<IpAddress>& source) {
  if (trouble.too_long) return {ErrorKind::limit, "its reply is too long"};
  switch (trouble.code) {
    case CURLE_COULDNT_CONNECT: return connect_error(trouble, source);
    case CURLE_OPERATION_TIMEDOUT: return {ErrorKind::io, "does not answer"};
    case CURLE_FILESIZE_EXCEEDED: return {ErrorKind::limit, "its reply is too long"};
    case CURLE_GOT_NOTHING: return {ErrorKind::io, "it closed without a reply"};
    case CURLE_UNSUPPORTED_PROTOCOL:  // HTTP/0.9: any bytes
    case CURLE_WEIRD_SERVER_REPLY: return {ErrorKind::malformed, "its reply is not HTTP"};
    case CURLE_BAD_CONTENT_ENCODING:
      return {ErrorKind::malformed, "its reply can't be decoded: " + std::string(trouble.words)};
    case CURLE_PEER_FAILED_VERIFICATION: return certificate_error(trouble);
    case CURLE_SSL_CACERT_BADFILE: return no_bundle();
    case CURLE_SSL_CONNECT_ERROR:
      if (trouble.verify_result > kNotSaid || signature_misfits(trouble)) return certificate_error(trouble);
      return {ErrorKind::io, "no TLS connection: " + std::string(trouble.words)};
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
      if (trouble.os_error != 0) return {ErrorKind::io, text_of(static_cast<int>(trouble.os_error))};
      break;
    default: break;
  }
  const std::string words = trouble.words.empty() ? ::curl_easy_strerror(trouble.code) : std::string(trouble.words);
  return {ErrorKind::io, words};
}

}  // namespace stp::net
