#include <msgpack.hpp>
#include <string>
#include <string_view>
#include <utility>

#include "core/shown_text.h"
#include "wire/frame.h"
#include "wire/frame_rules.h"

namespace stp::wire {
namespace {

std::string number(std::uint64_t value) {
  return std::to_string(value);
}

// Follows msgpack's parser through one body and checks every token against the frame's rule immediately. Only numbers
// and spans into the body are stored. Refusing a token (returning false) ends the parse.
class BodyReader : public msgpack::null_visitor {
 public:
  struct Field {
    std::uint64_t number = 0;
    ByteSpan bytes;
  };

  // --- called by msgpack ---
  bool start_array(std::uint32_t size) {
    if (started_) return refuse("is nested");
    started_ = true;
    size_ = size;
    return size > 0 || refuse("is an empty array");
  }
  bool start_map(std::uint32_t) { return refuse("holds a map"); }
  bool visit_positive_integer(std::uint64_t value) {
    if (started_ && rule_ == nullptr) return begin(value);
    const FieldRule* const rule = next(FieldKind::integer);
    if (rule == nullptr) return false;
    if (value > rule->max) return exceed(*rule, value);
    return store({value, {}});
  }
  // msgpack calls this for every signed encoding, whatever the value.
  bool visit_negative_integer(std::int64_t value) {
    return value < 0 ? refuse("holds a negative number") : visit_positive_integer(static_cast<std::uint64_t>(value));
  }
  bool visit_boolean(bool value) { return next(FieldKind::boolean) != nullptr && store({value ? 1U : 0U, {}}); }
  bool visit_str(const char* data, std::uint32_t size) { return visit_bytes(FieldKind::text, data, size); }
  bool visit_bin(const char* data, std::uint32_t size) { return visit_bytes(FieldKind::binary, data, size); }
  bool visit_nil() { return refuse("holds nil"); }
  bool visit_float32(float) { return refuse("holds a floating-point number"); }
  bool visit_float64(double) { return refuse("holds a floating-point number"); }
  bool visit_ext(const char*, std::uint32_t) { return refuse("holds an extension type"); }
  void parse_error(std::size_t, std::size_t) { refuse("is not msgpack"); }
  void insufficient_bytes(std::size_t, std::size_t) { refuse("is cut short"); }

  // --- what came out ---
  [[nodiscard]] bool unknown() const { return unknown_; }
  [[nodiscard]] std::uint64_t type() const { return type_; }
  [[nodiscard]] bool refused() const { return error_.has_value(); }
  [[nodiscard]] Error error() const { return *error_; }
  [[nodiscard]] bool complete() const { return rule_ != nullptr && count_ == rule_->field_count; }
  [[nodiscard]] std::uint32_t integer(std::size_t field) const {
    return static_cast<std::uint32_t>(fields_[field].number);
  }
  [[nodiscard]] ByteSpan bytes(std::size_t field) const { return fields_[field].bytes; }
  [[nodiscard]] std::string text(std::size_t field) const {
    return display_text(as_text(bytes(field)), bytes(field).size());
  }

  // The first reason is kept; returns false to end the parse.
  bool refuse(std::string_view why, ErrorKind kind = ErrorKind::malformed) {
    if (!error_) error_ = Error{kind, "frame: " + (rule_ ? std::string(rule_->name) + " " : "") + std::string(why)};
    return false;
  }

 private:
  bool begin(std::uint64_t type) {
    type_ = type;
    if (type >= kFrameRules.size()) {
      unknown_ = true;
      return false;
    }
    rule_ = &kFrameRules[type];
    if (size_ != 1 + rule_->field_count) {
      return refuse("has " + number(size_ - 1) + " fields instead of " + number(rule_->field_count));
    }
    return true;
  }

  // The rule of the next field if it may be of this kind.
  const FieldRule* next(FieldKind kind) {
    if (!started_) {
      refuse("is not an array");
    } else if (rule_ == nullptr) {
      refuse("does not begin with a type");
    } else if (rule_->fields[count_].kind != kind) {
      refuse(std::string("field \"") + rule_->fields[count_].name + "\" is of the wrong kind");
    } else {
      return &rule_->fields[count_];
    }
    return nullptr;
  }
  bool exceed(const FieldRule& rule, std::uint64_t value) {
    return refuse(std::string("field \"") + rule.name + "\" is " + number(value) + ", more than " + number(rule.max),
                  ErrorKind::limit);
  }
  bool visit_bytes(FieldKind kind, const char* data, std::uint32_t size) {
    const FieldRule* const rule = next(kind);
    if (rule == nullptr) return false;
    if (size > rule->max) return exceed(*rule, size);
    if (size % rule->unit != 0) {
      return refuse(std::string("field \"") + rule->name + "\" is not a multiple of " + number(rule->unit) + " bytes");
    }
    return store({0, as_bytes({data, size})});
  }
  bool store(Field field) {
    fields_[count_++] = field;
    return true;
  }

  bool started_ = false;
  bool unknown_ = false;
  std::uint32_t size_ = 0;
  std::uint64_t type_ = 0;
  const FrameRule* rule_ = nullptr;
  std::array<Field, kFieldsMax> fields_{};
  std::size_t count_ = 0;
  std::optional<Error> error_;
};

// The three fields of a run, from `at` on. The table has bounded each; how they fit together remains to be checked.
Result<BlockRun> run_of(BodyReader& body, std::size_t at = 0) {
  const BlockRun run{ChunkIndex{body.integer(at)}, body.integer(at + 1), body.integer(at + 2)};
  if (run.count == 0) {
    body.refuse("asks for no blocks");
    return body.error();
  }
  if (run.first + run.count > kBlocksPerChunkMax) {
    body.refuse("reaches past the end of the largest chunk", ErrorKind::limit);
    return body.error();
  }
  return run;
}

// A fixed-size id; the table only says that the size is a multiple of it.
template <class Id>
Result<Id> id_of(BodyReader& body, std::size_t field) {
  const std::optional<Id> id = Id::from(body.bytes(field));
  if (id) return *id;
  body.refuse("has an empty id");
  return body.error();
}

Result<HashRequest> hash_request_of(BodyReader& body) {
  const Result<Hash256> root = id_of<Hash256>(body, 0);
  if (!root) return root.error();
  return HashRequest{*root, body.integer(1), body.integer(2), body.integer(3), body.integer(4)};
}

template <class T>
Result<DecodedFrame> as_frame(Result<T> message) {
  if (!message) return message.error();
  return DecodedFrame(Message(std::move(*message)));
}

template <class T>
Result<DecodedFrame> as_frame(T message) {
  return DecodedFrame(Message(std::move(message)));
}

Result<DecodedFrame> decode_hello(BodyReader& body) {
  const Result<SessionId> session = id_of<SessionId>(body, 1);
  if (!session) return session.error();
  return as_frame(Hello{body.integer(0), *session, static_cast<Port>(body.integer(2)), body.integer(3), body.text(4)});
}

// `Of` is the message whose only member is a list of chunks.
template <class Of>
Result<DecodedFrame> decode_chunks(BodyReader& body) {
  const ByteSpan packed = body.bytes(0);
  Of have;
  have.chunks.reserve(packed.size() / kHaveBytes);
  for (std::size_t at = 0; at < packed.size(); at += kHaveBytes) {
    const ChunkIndex chunk{load_be<std::uint32_t>(packed.data() + at)};
    if (chunk.value >= kChunksMax) {
      body.refuse("names chunk " + number(chunk.value) + ", more than " + number(kChunksMax - 1), ErrorKind::limit);
      return body.error();
    }
    have.chunks.push_back(chunk);
  }
  return as_frame(std::move(have));
}

Result<DecodedFrame> decode_hashes(BodyReader& body) {
  const Result<HashRequest> request = hash_request_of(body);
  if (!request) return request.error();
  const ByteSpan packed = body.bytes(5);
  const std::size_t count = packed.size() / Hash256::kSize;
  // Fewer uncles than requested are fine: the tree may end before.
  if (count < request->count || count > request->count + request->proof_layers) {
    body.refuse("has " + number(count) + " hashes for a request of " + number(request->count) + " and " +
                number(request->proof_layers) + " proof layers");
    return body.error();
  }
  Hashes hashes{*request, std::vector<Hash256>(count)};
  for (std::size_t i = 0; i < count; ++i) {
    hashes.hashes[i] = *Hash256::from(packed.subspan(i * Hash256::kSize, Hash256::kSize));
  }
  return as_frame(std::move(hashes));
}

Result<DecodedFrame> decode_peers(BodyReader& body) {
  const ByteSpan packed = body.bytes(0);
  Peers peers;
  peers.endpoints.reserve(packed.size() / kPeerBytes);
  for (std::size_t at = 0; at < packed.size(); at += kPeerBytes) {
    peers.endpoints.push_back(*Endpoint::from_compact(packed.subspan(at, kPeerBytes)));
  }
  return as_frame(std::move(peers));
}

Result<DecodedFrame> decode_data(BodyReader& body) {
  const Result<BlockRun> run = run_of(body);
  if (!run) return run.error();
  const ByteSpan payload = body.bytes(3);
  if (payload.size() > std::size_t{run->count} * kBlockBytes ||
      payload.size() <= std::size_t{run->count - 1} * kBlockBytes) {
    body.refuse("carries " + number(payload.size()) + " bytes, which do not fill " + number(run->count) + " blocks");
    return body.error();
  }
  return DecodedFrame(DataView{*run, payload});
}

Result<DecodedFrame> decode_reject(BodyReader& body) {
  const Result<BlockRun> run = run_of(body);
  if (!run) return run.error();
  return as_frame(Reject{*run, static_cast<RejectReason>(body.integer(3))});
}

// `Of` is the message with a run, or with a hash request, as its only member.
template <class Of>
Result<DecodedFrame> decode_run_only(BodyReader& body) {
  const Result<BlockRun> run = run_of(body);
  if (!run) return run.error();
  return as_frame(Of{*run});
}

Result<DecodedFrame> decode_known(BodyReader& body) {
  switch (static_cast<FrameType>(body.type())) {
    case FrameType::hello: return decode_hello(body);
    case FrameType::bitfield: return as_frame(BitfieldMessage{to_bytes(body.bytes(0))});
    case FrameType::have_all: return as_frame(HaveAll{});
    case FrameType::have_none: return as_frame(HaveNone{});
    case FrameType::have: return decode_chunks<Have>(body);
    case FrameType::interested: return as_frame(Interested{body.integer(0) != 0});
    case FrameType::choke: return as_frame(Choke{});
    case FrameType::unchoke: return as_frame(Unchoke{});
    case FrameType::request: return decode_run_only<Request>(body);
    case FrameType::data: return decode_data(body);
    case FrameType::cancel: return decode_run_only<Cancel>(body);
    case FrameType::reject: return decode_reject(body);
    case FrameType::hash_request: return as_frame(hash_request_of(body));
    case FrameType::hashes: return decode_hashes(body);
    case FrameType::hash_reject: {
      const Result<HashRequest> request = hash_request_of(body);
      if (!request) return request.error();
      return as_frame(HashReject{*request});
    }
    case FrameType::metainfo_request: return as_frame(MetainfoRequest{body.integer(0)});
    case FrameType::metainfo_part: return as_frame(MetainfoPart{body.integer(0), to_bytes(body.bytes(1))});
    case FrameType::metainfo_reject: return as_frame(MetainfoReject{body.integer(0)});
    case FrameType::peers: return decode_peers(body);
    case FrameType::keep_alive: return as_frame(KeepAlive{});
    case FrameType::bye: return as_frame(Bye{static_cast<ByeReason>(body.integer(0)), body.text(1)});
    case FrameType::suggest: return decode_chunks<Suggest>(body);
    case FrameType::dont_have: return decode_chunks<DontHave>(body);
  }
  return Error{ErrorKind::malformed, "frame: unknown type"};
}

constexpr bool rules_are_in_order() {
  for (std::size_t i = 0; i < kFrameRules.size(); ++i) {
    if (static_cast<std::size_t>(kFrameRules[i].type) != i || kFrameRules[i].field_count > kFieldsMax) return false;
  }
  return true;
}
static_assert(rules_are_in_order());

}  // namespace

Result<DecodedFrame> decode_frame(ByteSpan body) {
  if (body.empty()) return Error{ErrorKind::malformed, "frame: is empty"};
  if (body.size() > kFrameBytesMax) {
    return Error{ErrorKind::limit, "frame: " + number(body.size()) + " bytes are more than " + number(kFrameBytesMax)};
  }
  BodyReader reader;
  std::size_t end = 0;
  msgpack::parse(as_text(body).data(), body.size(), end, reader);
  if (reader.unknown()) return DecodedFrame(UnknownFrame{reader.type()});
  if (!reader.refused() && !reader.complete()) reader.refuse("is cut short");
  if (!reader.refused() && end != body.size())
    reader.refuse("is followed by " + number(body.size() - end) + " more bytes");
  if (reader.refused()) return reader.error();
  return decode_known(reader);
}

}  // namespace stp::wire
