#include "daemon/event_hub.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "core/version.h"
#include "daemon/api.h"
#include "http/event_stream.h"

namespace stp::daemon {

using nlohmann::json;

static_assert(kListenersMax < net::ControlSocket::kConnectionsMax);

namespace {

std::string text_of(const json& value) {
  return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

}  // namespace

std::shared_ptr<net::EventListener> EventHub::begin(net::ControlReply& reply, const json& daemon) {
  static_cast<void>(anybody());
  if (listeners_.size() >= kListenersMax) {
    reply.respond(refuse(Refusal::listeners,
                         std::to_string(kListenersMax) + " programs listen to events already; end one of them"));
    return nullptr;
  }
  std::shared_ptr<net::EventListener> listener = reply.stream();
  listener->send_first(http::event_text(
      "daemon", text_of({{"api", kApiVersion}, {"version", std::string(version())}, {"daemon", daemon}})));
  return listener;
}

void EventHub::say_share(net::EventListener& listener, const json& share) {
  listener.send_first(http::event_text("share", text_of(share)));
}

void EventHub::welcomed(std::shared_ptr<net::EventListener> listener) {
  listener->send_first(http::event_text("ready", "{}"));
  listeners_.push_back(std::move(listener));
}

bool EventHub::anybody() {
  std::erase_if(listeners_, [](const auto& listener) { return listener->gone(); });
  if (listeners_.empty()) told_.clear();
  return !listeners_.empty();
}

void EventHub::send(const char* name, const json& data) {
  if (!listeners_.empty()) send_text(name, text_of(data));
}

void EventHub::send_text(const char* name, const std::string& text) {
  const std::string event = http::event_text(name, text);
  for (const auto& listener : listeners_) listener->send(event);
}

void EventHub::send_share(RecordId id, const json& share) {
  if (listeners_.empty()) return;
  std::string text = text_of(share);
  std::string& told = told_[id];
  if (told == text) return;
  told = std::move(text);
  send_text("share", told);
}

void EventHub::forget(RecordId id) {
  told_.erase(id);
}

void EventHub::end() {
  send("ending", json::object());
  for (const auto& listener : listeners_) listener->end();
  listeners_.clear();
}

}  // namespace stp::daemon
