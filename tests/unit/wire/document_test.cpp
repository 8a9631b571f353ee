// docs/protocol.md against the code: every example and the table of frames.
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <map>
#include <string>

#include "lan/lan_message.h"
#include "unit/wire/pair.h"
#include "unit/wire/samples.h"
#include "wire/bt_codec.h"
#include "wire/bt_handshake.h"
#include "wire/bt_message.h"
#include "wire/channel_handshake.h"
#include "wire/frame.h"
#include "wire/frame_rules.h"
#include "wire/link.h"

namespace stp::wire {
namespace {

std::string document() {
  std::ifstream file(STP_VECTORS_DIR "/../../docs/protocol.md");
  return {std::istreambuf_iterator<char>(file), {}};
}

/// The examples of the document by name: hex without blanks, text as it is.
std::map<std::string, std::string> documented() {
  std::map<std::string, std::string> examples;
  const std::string text = document();
  for (const std::string kind : {"hex", "text"}) {
    const std::string opening = "\n```" + kind + " ";
    for (std::size_t at = text.find(opening); at != std::string::npos; at = text.find(opening, at + 1)) {
      const std::size_t name_at = at + opening.size();
      const std::size_t line_end = text.find('\n', name_at);
      const std::size_t end = text.find("\n```", line_end);
      std::string body = text.substr(line_end + 1, end - line_end - 1);
      if (kind == "hex") std::erase_if(body, [](char c) { return c == ' ' || c == '\n'; });
      examples[text.substr(name_at, line_end - name_at)] = body;
    }
  }
  return examples;
}

template <class T>
T counting(unsigned first) {
  std::array<std::byte, T::kSize> bytes{};
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::byte>(first + i);
  return T{bytes};
}

std::string frame_hex(const Message& message) {
  Bytes frame;
  append_frame(frame, message);
  return to_hex(frame);
}

void add_keys_and_links(std::map<std::string, std::string>& examples) {
  Link link{InfoHashes{std::nullopt, counting<InfoHash>(0)},
            {},
            "photos 2024",
            {"http://tracker.example:65000/announce"},
            {{"192.0.2.7", 64500}}};
  examples["link-public"] = link.to_string();
  examples["psk-public"] = to_hex(link.accesses().front().psk.span());
  examples["bt-handshake"] = to_hex(
      encode(BtHandshake{link.swarm_keys().front(), test::filled<SessionId>(0x2d), true, true, false, false, true}));
  link.secret = counting<crypto::Secret>(0x40);
  examples["link-private"] = link.to_string();
  examples["swarm-key-private"] = link.swarm_keys().front().hex();
  examples["psk-private"] = to_hex(link.accesses().front().psk.span());
  examples["share-secret"] = to_hex(crypto::share_secret(counting<crypto::NodeKey>(0x80), link.info_hash()).span());
}

void add_local_network(std::map<std::string, std::string>& examples) {
  const SwarmKey key = Link{InfoHashes{std::nullopt, counting<InfoHash>(0)}, {}, {}, {}, {}}.swarm_keys().front();
  std::string text(as_text(lan::encode({64500, {key}, "9e3779b97f4a7c15"}, lan::group_v4())));
  std::erase(text, '\r');
  examples["lan-announce"] = text.substr(0, text.find("\n\n"));
}

void add_handshake(std::map<std::string, std::string>& examples) {
  const crypto::Psk psk = crypto::private_psk(counting<crypto::Secret>(0x40), counting<InfoHash>(0));
  BufferPool pool;
  Channel initiator = Channel::initiator(pool, psk, test::key_pair('\x11'), true);
  Channel responder = Channel::responder(pool, psk, test::key_pair('\x22'), true);
  test::Received received;
  const Bytes offer = test::drain_output(initiator);
  test::deliver(responder, offer, received);
  const Bytes choice = test::drain_output(responder);
  test::deliver(initiator, choice, received);
  initiator.send(HaveAll{});
  initiator.send(Unchoke{});
  examples["handshake-offer"] = to_hex(offer);
  examples["handshake-choice"] = to_hex(choice);
  examples["record"] = to_hex(test::drain_output(initiator));

  const Result<HandshakeAnswer> answer = answer_offer(offer, psk, test::key_pair('\x22'), true);
  ASSERT_TRUE(answer.ok());
  examples["key-initiator-sends"] = to_hex(answer->keys.receive.span());
  examples["key-responder-sends"] = to_hex(answer->keys.send.span());
}

void add_frames(std::map<std::string, std::string>& examples) {
  const BlockRun run{ChunkIndex{300}, 4, 16};
  examples["frame-hello"] = frame_hex(Hello{1, test::filled<SessionId>(0x2d), 64500, 1000, "stp/0.1"});
  examples["frame-request"] = frame_hex(Request{run});
  examples["frame-data"] = to_hex(encode_data_header(run, kDataPayloadBytesMax));
  examples["frame-peers"] =
      frame_hex(Peers{{*Endpoint::parse("192.0.2.7:64500"), *Endpoint::parse("[2001:db8::1]:6881")}});
}

void add_peer_wire(std::map<std::string, std::string>& examples) {
  Bytes request;
  append_bt(request, BtMessageId::request, BtRange{ChunkIndex{300}, 4 * kBlockBytes, kBlockBytes});
  examples["bt-request"] = to_hex(request);
  Bytes hashes;
  const HashRequest wanted{test::filled<Hash256>(0xab), 2, 512, 4, 2};
  append_bt(hashes, BtMessageId::hash_request, wanted, bt_proof_layers(wanted));
  examples["bt-hash-request"] = to_hex(hashes);
  BufferPool pool;
  BtHandshake both;
  both.extensions = true;
  BtCodec codec(pool, both, both);
  codec.send(Hello{1, {}, 64500, 1000, "stp/0.1"});
  const std::string greeting(as_text(codec.pending_output()));
  examples["bt-extended-handshake"] = greeting.substr(kBtPrefixBytes + 2);
  Bytes port;
  append_bt_port(port, 64500);
  examples["bt-port"] = to_hex(port);
  Bytes lost;
  append_bt_extended(lost, 7, encode_bt_dont_have(ChunkIndex{300}));
  examples["bt-dont-have"] = to_hex(lost);
  examples["bt-peers"] = to_hex(encode_bt_pex({{*Endpoint::parse("192.0.2.7:64500")}, {{true, true}}}));
}

TEST(ProtocolDocument, ExamplesAreWhatTheCodeMakes) {
  std::map<std::string, std::string> made;
  add_keys_and_links(made);
  add_local_network(made);
  add_handshake(made);
  add_frames(made);
  add_peer_wire(made);
  const std::map<std::string, std::string> written = documented();
  for (const auto& [name, value] : made) {
    const auto found = written.find(name);
    EXPECT_EQ(found == written.end() ? "" : found->second, value) << name;
  }
  EXPECT_EQ(written.size(), made.size());
}

std::string described(const FieldRule& field) {
  const std::string max = std::to_string(field.max);
  std::string name = field.name;
  switch (field.kind) {
    case FieldKind::integer: return name + " ≤ " + max;
    case FieldKind::boolean: return name + " (bool)";
    case FieldKind::text: return name + " (text ≤ " + max + ")";
    case FieldKind::binary: break;
  }
  if (field.unit == field.max) return name + " (" + max + " bytes)";
  if (field.unit > 1) name = "[" + name + "]";
  return name + " (≤ " + max + " bytes)";
}

std::string frame_table() {
  std::string table = "| type | frame | fields |\n|---|---|---|\n";
  for (const FrameRule& rule : kFrameRules) {
    std::string fields;
    for (std::size_t i = 0; i < rule.field_count; ++i) fields += (i == 0 ? "" : ", ") + described(rule.fields[i]);
    table += "| " + std::to_string(static_cast<int>(rule.type)) + " | " + rule.name + " | " + fields + " |\n";
  }
  return table;
}

TEST(ProtocolDocument, TableOfFramesIsTheDecodersTable) {
  EXPECT_NE(document().find(frame_table()), std::string::npos) << frame_table();
}

}  // namespace
}  // namespace stp::wire
