// Why an HTTP request failed, in words for people.
#pragma once

#include <curl/curl.h>

#include <optional>
#include <string_view>

#include "core/endpoint.h"
#include "core/result.h"

namespace stp::net {

struct HttpTrouble {
  CURLcode code = CURLE_OK;
  std::string_view words;  // libcurl's own
  long os_error = 0;       // errno of connecting; 0: none
  long verify_result = 0;  // OpenSSL's X509_V_ERR_…; 0: the chain is in order
  int bind_error = 0;      // errno of binding to our own address; 0: none
  bool too_long = false;   // our limits ended it
};

/// `source`: the address that the request was to be sent from.
[[nodiscard]] Error explain(const HttpTrouble& trouble, const std::optional<IpAddress>& source);

}  // namespace stp::net
