#include "tracker/http_request.h"

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>

namespace stp::tracker {
namespace {

namespace http = boost::beast::http;
using boost::beast::error_code;

// Keeps what matters of one request head. The input is contiguous and complete, so views of it stay valid.
class HeadParser final : public http::basic_parser<true> {
 public:
  explicit HeadParser(std::string_view input) : input_(input) { header_limit(kHttpHeadBytesMax); }

  HttpHead head;
  bool known_method = false;
  bool has_body = false;
  bool is_1_1 = false;

 private:
  using Text = boost::beast::string_view;
  static std::string_view view(Text text) { return {text.data(), text.size()}; }

  void on_request_impl(http::verb method, Text /*name*/, Text target, int version, error_code& /*ec*/) override {
    is_1_1 = version >= 11;
    known_method = method == http::verb::get || method == http::verb::head;
    head.head_only = method == http::verb::head;
    head.target = view(target);
  }
  void on_field_impl(http::field name, Text name_text, Text value, error_code& ec) override {
    if (name != http::field::unknown || !boost::beast::iequals(name_text, "X-Forwarded-For")) return;
    // A folded line (RFC 9112 §5.2, to be refused) was joined in a buffer that does not last.
    const bool folded = value.data() < input_.data() || value.data() + value.size() > input_.data() + input_.size();
    if (folded) ec = http::error::bad_obs_fold;
    head.forwarded_for = folded ? std::string_view() : view(value);
  }
  void on_header_impl(error_code& ec) override {
    has_body = chunked() || content_length().value_or(0) > 0;
    // The body is not read: stop here.
    if (has_body) ec = http::error::unexpected_body;
  }
  void on_response_impl(int, Text, int, error_code&) override {}
  void on_body_init_impl(const boost::optional<std::uint64_t>&, error_code&) override {}
  std::size_t on_body_impl(Text body, error_code&) override { return body.size(); }
  void on_chunk_header_impl(std::uint64_t, Text, error_code&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, Text body, error_code&) override { return body.size(); }
  void on_finish_impl(error_code&) override {}

  std::string_view input_;
};

HttpParse refused(unsigned status) {
  return {HttpParse::Outcome::refused, 0, {}, status};
}

std::string_view reason_phrase(unsigned status) {
  switch (status) {
    case 200: return "OK";
    case 400: return "Bad Request";
    case 404: return "Not Found";
    case 405: return "Method Not Allowed";
    case 413: return "Content Too Large";
    case 431: return "Request Header Fields Too Large";
    default: return "Error";
  }
}

}  // namespace

HttpParse parse_http_request(std::string_view input) {
  // RFC 9112 §2.2: empty lines before the request line are ignored.
  const std::string_view bounded = input.substr(0, kHttpHeadBytesMax);
  const std::size_t start = std::min(bounded.find_first_not_of("\r\n"), bounded.size());
  // What does not begin like a method is none, however much follows (TLS, other protocols).
  if (start < bounded.size() && (bounded[start] < 'A' || bounded[start] > 'Z')) return refused(400);
  const std::size_t end = bounded.find("\r\n\r\n", start);
  if (end == std::string_view::npos) return bounded.size() < kHttpHeadBytesMax ? HttpParse{} : refused(431);

  const std::string_view text = bounded.substr(start, end + 4 - start);
  HeadParser parser(text);
  error_code error;
  parser.put(boost::asio::const_buffer(text.data(), text.size()), error);
  if (parser.has_body) return refused(413);
  if (error || !parser.is_header_done()) return refused(400);
  if (!parser.known_method) return refused(405);

  HttpParse parsed{HttpParse::Outcome::complete, end + 4, parser.head, 200};
  parsed.head.keep_alive = parser.keep_alive();
  parsed.head.must_confirm = parsed.head.keep_alive && !parser.is_1_1;
  return parsed;
}

void append_http_response(std::string& out, const HttpHead& request, unsigned status, std::string_view content_type,
                          ByteSpan body) {
  out += "HTTP/1.1 ";
  out += std::to_string(status);
  out += ' ';
  out += reason_phrase(status);
  out += "\r\nContent-Type: ";
  out += content_type;
  out += "\r\nContent-Length: ";
  out += std::to_string(body.size());
  if (!request.keep_alive) out += "\r\nConnection: close";
  if (request.must_confirm) out += "\r\nConnection: keep-alive";
  out += "\r\n\r\n";
  if (!request.head_only) out += as_text(body);
}

}  // namespace stp::tracker
