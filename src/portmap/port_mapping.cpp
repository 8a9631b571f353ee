#include "portmap/port_mapping.h"

#include <algorithm>
#include <utility>

#include "core/result.h"

namespace stp::portmap {
namespace {

/// RFC 6335: for whoever needs one; hardly anybody forwards them by hand.
constexpr Port kRandomPortFirst = 49152;
constexpr std::uint64_t kRandomPorts = 65536 - kRandomPortFirst;

constexpr std::array kBoth = {Protocol::nat_pmp, Protocol::upnp};

const char* text_of(Transport transport) {
  return transport == Transport::tcp ? "tcp" : "udp";
}

}  // namespace

PortMapping::PortMapping(const PortMapConfig& config, trace::Tracer tracer, Rng& rng)
    : config_(config), tracer_(tracer), rng_(rng) {}

// --- commands

void PortMapping::start(Port port) {
  port_ = port;
  status_ = {.state = RouterState::asking, .inside = port};
}

void PortMapping::handle_addresses(std::span<const IpAddress> own, Instant now) {
  if (port_ == 0 || stopping_) return;
  const auto is_open_v4 = [](const IpAddress& address) { return address.is_v4() && is_public(address); };
  const bool open = std::any_of(own.begin(), own.end(), is_open_v4);
  const bool any =
      std::any_of(own.begin(), own.end(), [](const IpAddress& each) { return each.is_v4() && !each.is_loopback(); });
  failures_ = 0;
  if (any && !open) {
    open_until_ = now;
    if (!mapping(Transport::tcp)) set_status({.state = RouterState::asking, .inside = port_}, now);
    return begin_round(now);
  }
  forget_calls();
  step_ = Step::idle;
  due_ = kNever;
  mappings_ = {};
  set_status({.state = open ? RouterState::not_needed : RouterState::no_network, .inside = port_}, now);
}

void PortMapping::stop(Instant now) {
  if (std::exchange(stopping_, true)) return;
  step_ = Step::idle;
  due_ = kNever;
  forget_calls();
  for (const Transport transport : {Transport::tcp, Transport::udp}) {
    if (mapping(transport)) close(transport, *mapping(transport), now);
  }
  mappings_ = {};
  set_status({.state = RouterState::off, .inside = port_}, now);
}

// Calls that open a port are still waited for: it may have to be closed.
void PortMapping::forget_calls() {
  for (const Call& call : std::exchange(outbox_, {})) calls_.erase(call.id);
  for (auto& [id, pending] : calls_) pending.stale = true;
  std::erase_if(calls_, [](const auto& entry) { return std::holds_alternative<FindRouter>(entry.second.call.what); });
}

void PortMapping::close(Transport transport, const Mapping& what, Instant now) {
  ask(what.protocol, ClosePort{transport, port_, what.outside}, now);
}

// --- a round

void PortMapping::begin_round(Instant now) {
  forget_calls();
  step_ = Step::searching;
  due_ = kNever;
  addresses_ = {};
  refusal_.reset();
  unanswered_.reset();
  tried_ = 0;
  lease_ = config_.lease;
  for (const Protocol protocol : kBoth) {
    leg(protocol) = Leg::asking;
    ask(protocol, FindRouter{}, now);
  }
}

void PortMapping::choose(Instant now) {
  const auto in = [this](Leg what) {
    return std::find_if(kBoth.begin(), kBoth.end(), [&](Protocol protocol) { return leg(protocol) == what; });
  };
  if (const auto found = in(Leg::found); found != kBoth.end()) {
    chosen_ = *found;
    step_ = Step::opening;
    return open(Transport::tcp, now);
  }
  step_ = Step::searching;
  if (in(Leg::asking) == kBoth.end()) fail_round(now);
}

void PortMapping::open(Transport transport, Instant now) {
  Port& wanted = wanted_[static_cast<std::size_t>(transport)];
  if (wanted == 0) wanted = transport == Transport::udp ? mapping(Transport::tcp)->outside : port_;
  const bool permanent = permanent_[static_cast<std::size_t>(chosen_)];
  ask(chosen_, OpenPort{transport, port_, wanted, permanent ? std::chrono::seconds(0) : config_.lease}, now);
}

void PortMapping::fail_protocol(const Refused& why, Instant now) {
  leg(chosen_) = Leg::failed;
  if (why.why == Refusal::silent) {
    unanswered_ = chosen_;
  } else {
    refusal_ = {chosen_, why.reason};
  }
  choose(now);
}

void PortMapping::fail_round(Instant now) {
  step_ = Step::waiting;
  const Duration pause = std::min(config_.retry_max, config_.retry_first * (1 << std::min(failures_, 16U)));
  ++failures_;
  due_ = now + pause * 3 / 4 + Duration(rng_.below(static_cast<std::uint64_t>(pause.count() / 2)));
  if (!refusal_ && mapping(Transport::tcp) && now < open_until_) {
    due_ = earlier(due_, open_until_);
    return;
  }
  mappings_ = {};
  RouterStatus status{.state = RouterState::no_router, .inside = port_};
  if (!refusal_ && unanswered_) refusal_ = {*unanswered_, "it does not answer"};
  if (refusal_) {
    status.state = RouterState::refused;
    status.protocol = refusal_->first;
    status.reason = refusal_->second;
  }
  set_status(std::move(status), now);
}

void PortMapping::end_round(Instant now) {
  step_ = Step::open;
  failures_ = 0;
  open_until_ = now + lease_;
  due_ = now + std::max<Duration>(lease_ / 2, config_.renew_gap_min);
  RouterStatus status{.state = RouterState::open, .inside = port_, .protocol = chosen_};
  status.address = addresses_[static_cast<std::size_t>(chosen_)];
  status.outside = mapping(Transport::tcp)->outside;
  if (mapping(Transport::udp)) status.outside_udp = mapping(Transport::udp)->outside;
  set_status(std::move(status), now);
}

// --- calls and answers

void PortMapping::ask(Protocol protocol, decltype(Call::what) what, Instant now) {
  Call call{next_id_++, protocol, std::move(what)};
  calls_.emplace(call.id, Pending{call, now + config_.call_timeout});
  outbox_.push_back(std::move(call));
}

std::optional<Call> PortMapping::poll_call() {
  if (outbox_.empty()) return std::nullopt;
  Call call = std::move(outbox_.front());
  outbox_.pop_front();
  return call;
}

void PortMapping::handle_answer(CallId id, const Answer& answer, Instant now) {
  const auto found = calls_.find(id);
  if (found == calls_.end()) return;
  const Pending pending = std::move(found->second);
  calls_.erase(found);
  answered(pending, answer, now);
}

void PortMapping::answered(const Pending& pending, const Answer& answer, Instant now) {
  const Call& call = pending.call;
  if (const OpenPort* const asked = std::get_if<OpenPort>(&call.what)) {
    const PortOpened* const opened = std::get_if<PortOpened>(&answer);
    if (stopping_) {
      if (opened != nullptr) close(asked->transport, {call.protocol, opened->outside}, now);
    } else if (!pending.stale) {
      on_opened(*asked, answer, now);
    }
  } else if (std::holds_alternative<FindRouter>(call.what)) {
    on_found(call.protocol, answer, now);
  }
}

void PortMapping::on_found(Protocol protocol, const Answer& answer, Instant now) {
  if (const RouterFound* const found = std::get_if<RouterFound>(&answer)) {
    leg(protocol) = Leg::found;
    std::optional<IpAddress>& address = addresses_[static_cast<std::size_t>(protocol)];
    address = found->address;
    if (address && (!address->is_v4() || address->is_loopback() || !Endpoint{*address, 1}.is_dialable())) {
      address.reset();
    }
  } else {
    leg(protocol) = Leg::failed;
    const Refused* const refused = std::get_if<Refused>(&answer);
    if (refused != nullptr && refused->why != Refusal::silent) refusal_ = {protocol, refused->reason};
  }
  if (step_ == Step::searching) choose(now);
}

void PortMapping::on_opened(const OpenPort& asked, const Answer& answer, Instant now) {
  const PortOpened* const opened = std::get_if<PortOpened>(&answer);
  if (opened == nullptr || opened->outside == 0) {
    const Refused* const refused = std::get_if<Refused>(&answer);
    return on_not_opened(asked, refused != nullptr ? *refused : Refused{Refusal::refused, "its answer makes no sense"},
                         now);
  }
  if (opened->lease > std::chrono::seconds(0) && opened->lease < config_.lease) {
    lease_ = std::min<Duration>(lease_, opened->lease);
  }
  mapping(asked.transport) = {chosen_, opened->outside};
  wanted_[static_cast<std::size_t>(asked.transport)] = opened->outside;
  if (asked.transport == Transport::tcp) {
    open(Transport::udp, now);
  } else {
    end_round(now);
  }
}

void PortMapping::on_not_opened(const OpenPort& asked, const Refused& why, Instant now) {
  if (tracer_.on(trace::Level::info)) {
    tracer_.write(trace::Level::info, now, "port not opened",
                  {{"by", name_of(chosen_)},
                   {"transport", text_of(asked.transport)},
                   {"port", asked.outside},
                   {"why", why.reason}});
  }
  bool& permanent = permanent_[static_cast<std::size_t>(chosen_)];
  if (why.why == Refusal::only_permanent && !permanent) {
    permanent = true;
    return open(asked.transport, now);
  }
  if (why.why == Refusal::conflict && tried_ < config_.ports_tried) {
    ++tried_;
    wanted_[static_cast<std::size_t>(asked.transport)] = static_cast<Port>(kRandomPortFirst + rng_.below(kRandomPorts));
    return open(asked.transport, now);
  }
  if (asked.transport == Transport::tcp) return fail_protocol(why, now);
  mapping(Transport::udp).reset();
  end_round(now);  // transfers need TCP only
}

// --- time

void PortMapping::handle_timeout(Instant now) {
  std::vector<Pending> lost;
  std::erase_if(calls_, [&](const auto& entry) {
    const bool over = entry.second.gives_up <= now;
    if (over) lost.push_back(entry.second);
    return over;
  });
  for (const Pending& pending : lost) {
    std::erase_if(outbox_, [&](const Call& call) { return call.id == pending.call.id; });
    answered(pending, Refused{Refusal::silent, "no answer"}, now);
  }
  if (now >= due_) begin_round(now);
}

std::optional<Instant> PortMapping::next_timeout() const {
  Instant next = due_;
  for (const auto& [id, pending] : calls_) next = earlier(next, pending.gives_up);
  if (next == kNever) return std::nullopt;
  return next;
}

void PortMapping::set_status(RouterStatus status, Instant now) {
  if (status == status_) return;
  status_ = std::move(status);
  if (!tracer_.on(trace::Level::info)) return;
  const std::string address = status_.address ? status_.address->to_string() : std::string();
  tracer_.write(trace::Level::info, now, "router",
                {{"state", name_of(status_.state)}, {"address", address}, {"port", status_.outside}});
}

void PortMapping::check_invariants() const {
  std::array<std::size_t, kProtocols> current{};
  std::size_t opening = 0;
  for (const auto& [id, pending] : calls_) {
    const bool closes = std::holds_alternative<ClosePort>(pending.call.what);
    if (pending.stale || closes) continue;
    ++current[static_cast<std::size_t>(pending.call.protocol)];
    opening += std::holds_alternative<OpenPort>(pending.call.what) ? 1 : 0;
  }
  for (const std::size_t count : current) STP_ASSERT(count <= 1);
  STP_ASSERT(opening <= 1);
  STP_ASSERT(tried_ <= config_.ports_tried);
  STP_ASSERT(lease_ <= config_.lease);
  STP_ASSERT(step_ != Step::open || status_.state == RouterState::open);
  STP_ASSERT(status_.state != RouterState::open || mappings_[0].has_value());
  for (const Call& call : outbox_) STP_ASSERT(calls_.contains(call.id));
}

}  // namespace stp::portmap
