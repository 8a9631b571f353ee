#include "http/response_writer.h"

namespace stp::http {
namespace {

std::string_view reason_phrase(unsigned status) {
  switch (status) {
    case 200: return "OK";
    case 201: return "Created";
    case 202: return "Accepted";
    case 206: return "Partial Content";
    case 400: return "Bad Request";
    case 401: return "Unauthorized";
    case 403: return "Forbidden";
    case 404: return "Not Found";
    case 405: return "Method Not Allowed";
    case 409: return "Conflict";
    case 411: return "Length Required";
    case 413: return "Content Too Large";
    case 415: return "Unsupported Media Type";
    case 416: return "Range Not Satisfiable";
    case 421: return "Misdirected Request";
    case 431: return "Request Header Fields Too Large";
    case 500: return "Internal Server Error";
    case 503: return "Service Unavailable";
    default: return "Error";
  }
}

}  // namespace

void append_head(std::string& out, const Request& request, const Response& response, std::int64_t body_bytes) {
  out += "HTTP/1.1 ";
  out += std::to_string(response.status);
  out += ' ';
  out += reason_phrase(response.status);
  out += "\r\nContent-Type: ";
  out += response.content_type;
  out += "\r\nContent-Length: ";
  out += std::to_string(body_bytes);
  if (response.retry_after) {
    out += "\r\nRetry-After: ";
    out += std::to_string(response.retry_after->count());
  }
  if (!request.keep_alive) out += "\r\nConnection: close";
  if (request.must_confirm) out += "\r\nConnection: keep-alive";
  out += "\r\n";
  out += response.fields;
  out += "\r\n";
}

void append_response(std::string& out, const Request& request, const Response& response) {
  append_head(out, request, response, static_cast<std::int64_t>(response.body.size()));
  if (request.method != Method::head) out += as_text(response.body);
}

void append_stream_head(std::string& out, std::string_view content_type) {
  out += "HTTP/1.1 200 OK\r\nContent-Type: ";
  out += content_type;
  out += "\r\nCache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\nConnection: close\r\n\r\n";
}

}  // namespace stp::http
