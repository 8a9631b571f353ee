#include "metrics/exposition.h"

#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>

#include "core/json_text.h"
#include "core/utf8.h"

namespace stp::metrics {
namespace {

using nlohmann::json;

/// Up to here, doubles hold every whole number.
constexpr double kWholeMax = 9007199254740992.0;

bool is_whole(double value) {
  return std::abs(value) <= kWholeMax && value == std::floor(value);
}

void append_number(std::string& out, double value) {
  char buffer[40];
  const auto written = is_whole(value) ? std::to_chars(buffer, buffer + sizeof buffer, static_cast<std::int64_t>(value))
                                       : std::to_chars(buffer, buffer + sizeof buffer, value);
  out.append(buffer, written.ptr);
}

/// Of a label's value, with `quote`; of a help text, without.
void append_escaped(std::string& out, std::string_view text, bool quote) {
  for (const char c : text) {
    if (c == '\n') {
      out += "\\n";
    } else if (c == '\\' || (quote && c == '"')) {
      (out += '\\') += c;
    } else {
      out += c;
    }
  }
}

void append_sample(std::string& out, const Metric& metric, const Sample& sample) {
  out += metric.name;
  char before = '{';
  for (const Label& label : sample.labels) {
    (out += before) += label.name;
    out += "=\"";
    // The format is UTF-8; a file's name may be anything.
    append_escaped(out, is_utf8(label.value) ? std::string_view(label.value) : "?", true);
    out += '"';
    before = ',';
  }
  if (!sample.labels.empty()) out += '}';
  out += ' ';
  append_number(out, sample.value);
  out += '\n';
}

json number_json(double value) {
  return is_whole(value) ? json(static_cast<std::int64_t>(value)) : json(value);
}

json metric_json(const Metric& metric) {
  if (metric.samples.size() == 1 && metric.samples.front().labels.empty()) {
    return number_json(metric.samples.front().value);
  }
  json list = json::array();
  for (const Sample& sample : metric.samples) {
    json each = {{"value", number_json(sample.value)}};
    for (const Label& label : sample.labels) each[std::string(label.name)] = label.value;
    list.push_back(std::move(each));
  }
  return list;
}

}  // namespace

std::optional<Form> form_of(std::string_view target) {
  const std::string_view path = target.substr(0, target.find('?'));
  if (path == "/metrics") return Form::text;
  if (path == "/stats.json") return Form::json;
  return std::nullopt;
}

std::string to_text(const List& list) {
  std::string out;
  for (const Metric& metric : list) {
    ((out += "# HELP ") += metric.name) += ' ';
    append_escaped(out, metric.help, false);
    ((out += "\n# TYPE ") += metric.name) += metric.type == Type::counter ? " counter\n" : " gauge\n";
    for (const Sample& sample : metric.samples) append_sample(out, metric, sample);
  }
  return out;
}

std::string to_json(const List& list) {
  json object = json::object();
  for (const Metric& metric : list) object[std::string(metric.name)] = metric_json(metric);
  return without_markup(object.dump(-1, ' ', true, json::error_handler_t::replace)) + '\n';
}

http::Response respond(const List& list, Form form) {
  http::Response response;
  response.body = to_bytes(form == Form::text ? to_text(list) : to_json(list));
  response.content_type = form == Form::text ? "text/plain; version=0.0.4; charset=utf-8" : "application/json";
  response.fields = "Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\n";
  return response;
}

}  // namespace stp::metrics
