#include "http/response_writer.h"

namespace stp::http {
namespace {

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

void append_response(std::string& out, const Request& request, const Response& response) {
  out += "HTTP/1.1 ";
  out += std::to_string(response.status);
  out += ' ';
  out += reason_phrase(response.status);
  out += "\r\nContent-Type: ";
  out += response.content_type;
  out += "\r\nContent-Length: ";
  out += std::to_string(response.body.size());
  if (!request.keep_alive) out += "\r\nConnection: close";
  if (request.must_confirm) out += "\r\nConnection: keep-alive";
  out += "\r\n\r\n";
  if (!request.head_only) out += as_text(response.body);
}

}  // namespace stp::http
