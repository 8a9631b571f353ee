#include "http/request_parser.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>

#include "core/digits.h"
#include "core/text.h"

namespace stp::http {
namespace {

// What a byte may be part of, as a table: it is looked up for every byte of a request.
enum ByteClass : std::uint8_t { kToken = 1, kControl = 2, kBlank = 4 };
constexpr std::array<std::uint8_t, 256> kByteClasses = [] {
  std::array<std::uint8_t, 256> classes{};
  for (unsigned b = 0; b < 0x20; ++b) classes[b] = kControl;
  classes[0x7f] = kControl;
  classes['\t'] = classes[' '] = kBlank;
  for (const char c :
       std::string_view("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$%&'*+-.^_`|~")) {
    classes[static_cast<unsigned char>(c)] = kToken;
  }
  return classes;
}();

std::uint8_t class_of(char c) {
  return kByteClasses[static_cast<unsigned char>(c)];
}

bool is_token_character(char c) {
  return class_of(c) == kToken;
}

bool is_token(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, is_token_character);
}

bool is_control(char c) {
  return class_of(c) == kControl;
}

// Names of fields and connection options: short, and compared without regard to case.
bool same_word(std::string_view text, std::string_view lower) {
  const auto lowered = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
  return std::ranges::equal(text, lower, {}, lowered);
}

// The minor version of "HTTP/1.x"; nullopt for anything else.
std::optional<unsigned> minor_version(std::string_view version) {
  constexpr std::string_view kMajor = "HTTP/1.";
  if (!version.starts_with(kMajor)) return std::nullopt;
  version.remove_prefix(kMajor.size());
  return parse_digits<unsigned>(version);
}

// "http://tracker/announce?x" as "/announce?x" (RFC 9112 §3.2.2).
std::string_view origin_form(std::string_view target) {
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (!same_word(target.substr(0, scheme.size()), scheme)) continue;
    const std::size_t path = target.find_first_of("/?", scheme.size());
    return path == std::string_view::npos ? std::string_view("/") : target.substr(path);
  }
  return target;
}

ParsedRequest refused(unsigned status) {
  return {ParsedRequest::Outcome::refused, 0, 0, {}, status};
}

/// One request head, read line by line. It keeps only views of the input.
class HeadReader {
 public:
  explicit HeadReader(Service service) : service_(service) {}

  /// 0, or the status to refuse with.
  unsigned take_request_line(std::string_view line) {
    const std::size_t method_end = line.find(' ');
    const std::size_t target_end = line.rfind(' ');
    if (method_end == std::string_view::npos || target_end == method_end) return 400;
    const std::string_view method = line.substr(0, method_end);
    const std::string_view target = line.substr(method_end + 1, target_end - method_end - 1);
    const std::optional<unsigned> minor = minor_version(line.substr(target_end + 1));
    const bool printable =
        std::ranges::none_of(target, [](char c) { return (class_of(c) & (kControl | kBlank)) != 0; });
    if (!is_token(method) || target.empty() || !printable || !minor) return 400;
    take_method(method);
    is_1_1_ = *minor >= 1;
    request_.target = origin_form(target);
    return 0;
  }

  unsigned take_field(std::string_view line) {
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos) return 400;
    const std::string_view name = line.substr(0, colon);
    const std::string_view value = trim_blanks(line.substr(colon + 1));
    // A folded line (§5.2, to be refused) has no name, and neither has one with a blank before its colon.
    if (!is_token(name) || std::ranges::any_of(value, is_control)) return 400;
    if (same_word(name, "connection")) {
      take_connection(value);
    } else if (same_word(name, "content-length")) {
      const std::optional<std::uint64_t> length = parse_digits<std::uint64_t>(value);
      if (!length || length_.value_or(*length) != *length) return 400;
      length_ = length;
    } else if (same_word(name, "transfer-encoding")) {
      chunked_ = true;
    } else if (same_word(name, "x-forwarded-for")) {
      request_.forwarded_for = value;
    } else if (same_word(name, "x-forwarded-proto")) {
      request_.forwarded_https = same_word(value, "https");
    } else if (same_word(name, "host")) {
      request_.host = value;
    } else if (same_word(name, "content-type")) {
      request_.content_type = value;
    } else if (same_word(name, "origin")) {
      request_.from_page = true;
      request_.origin = value;
    } else if (same_word(name, "sec-fetch-site")) {
      request_.fetch_site = value;
    } else if (same_word(name, "authorization")) {
      request_.authorization = value;
    } else if (same_word(name, "range")) {
      request_.range = value;
    } else if (same_word(name, "if-range")) {
      request_.if_range = value;
    } else if (same_word(name, "expect")) {
      request_.expects_continue = same_word(value, "100-continue");
    }
    return 0;
  }

  /// Once all lines are taken.
  ParsedRequest finish(std::size_t consumed) {
    const std::uint64_t body = length_.value_or(0);
    if (request_.method == Method::put || request_.method == Method::post) {
      if (chunked_ || !length_) return refused(411);
      if (body > kBodyBytesMax) return refused(413);
    } else if (chunked_ || body > 0) {
      return refused(413);
    }
    if (!known_method_) return refused(405);
    request_.keep_alive = !close_ && (is_1_1_ || keep_alive_);
    request_.must_confirm = request_.keep_alive && !is_1_1_;
    return {ParsedRequest::Outcome::complete, consumed, static_cast<std::size_t>(body), request_, 200};
  }

 private:
  void take_method(std::string_view method) {
    const bool control = service_ == Service::control;
    known_method_ = true;
    if (method == "GET") {
      request_.method = Method::get;
    } else if (method == "HEAD") {
      request_.method = Method::head;
    } else if (method == "PUT" && !control) {
      request_.method = Method::put;
    } else if (method == "POST" && control) {
      request_.method = Method::post;
    } else if (method == "DELETE" && control) {
      request_.method = Method::erase;
    } else {
      known_method_ = false;
    }
  }

  void take_connection(std::string_view list) {
    while (!list.empty()) {
      const std::string_view option = trim_blanks(list.substr(0, list.find(',')));
      list.remove_prefix(std::min(list.find(','), list.size() - 1) + 1);
      close_ = close_ || same_word(option, "close");
      keep_alive_ = keep_alive_ || same_word(option, "keep-alive");
    }
  }

  const Service service_;
  Request request_;
  bool known_method_ = false;
  bool is_1_1_ = false;
  bool close_ = false;
  bool keep_alive_ = false;
  bool chunked_ = false;
  std::optional<std::uint64_t> length_;
};

}  // namespace

ParsedRequest parse_request(std::string_view input, Service service) {
  // RFC 9112 §2.2: empty lines before the request line are ignored.
  const std::string_view bounded = input.substr(0, kHeadBytesMax);
  const std::size_t start = std::min(bounded.find_first_not_of("\r\n"), bounded.size());
  // Input that does not begin like a method is refused, however much follows (TLS, other protocols).
  if (start < bounded.size() && (bounded[start] < 'A' || bounded[start] > 'Z')) return refused(400);
  HeadReader reader(service);
  std::string_view rest = bounded.substr(start);
  for (bool first = true;; first = false) {
    const std::optional<std::string_view> line = take_line(rest);
    if (!line) return bounded.size() < kHeadBytesMax ? ParsedRequest{} : refused(431);
    if (line->empty() && !first) return reader.finish(bounded.size() - rest.size());
    const unsigned status = first ? reader.take_request_line(*line) : reader.take_field(*line);
    if (status != 0) return refused(status);
  }
}

}  // namespace stp::http
