// Throughput of the wire: sealing and opening data frames (the hot path, without SHA-256), and coding control frames.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <string>

#include "core/rng.h"
#include "crypto/sha256.h"
#include "wire/channel.h"
#include "wire/frame.h"

namespace stp::wire {
namespace {

struct Pair {
  BufferPool pool;
  Channel sender;
  Channel receiver;

  explicit Pair(bool fast_aes)
      : sender(Channel::initiator(pool, crypto::Psk(), crypto::X25519KeyPair::generate(), fast_aes)),
        receiver(Channel::responder(pool, crypto::Psk(), crypto::X25519KeyPair::generate(), fast_aes)) {
    move_output(sender, receiver);
    move_output(receiver, sender);
  }

  // The copy into the input represents the kernel's work.
  static void move_output(Channel& from, Channel& to) {
    for (ByteSpan next = from.pending_output(); !next.empty(); next = from.pending_output()) {
      const Result<std::size_t> taken = to.handle_bytes(next);
      from.consume_output(*taken);
    }
  }
};

const BlockRun kRun{ChunkIndex{1}, 0, kDataBlocksMax};

Bytes payload() {
  Bytes bytes(kDataPayloadBytesMax);
  Rng(1).fill(bytes);
  return bytes;
}

void set_bytes(benchmark::State& state) {
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations()) * kDataPayloadBytesMax);
}

void seal_data(benchmark::State& state) {
  Pair pair(state.range(0) != 0);
  const Bytes data = payload();
  for (auto _ : state) {
    pair.sender.send_data(kRun, data);
    for (ByteSpan next = pair.sender.pending_output(); !next.empty(); next = pair.sender.pending_output()) {
      pair.sender.consume_output(next.size());
    }
  }
  set_bytes(state);
}
BENCHMARK(seal_data)->ArgName("aes")->Arg(1)->Arg(0);

// From bytes in the input buffer to a data frame; filling the input buffer and sealing are not counted.
void open_data(benchmark::State& state, bool with_hash) {
  Pair pair(state.range(0) != 0);
  const Bytes data = payload();
  for (auto _ : state) {
    state.PauseTiming();
    pair.sender.send_data(kRun, data);
    bool done = false;
    while (!done) {
      const ByteSpan next = pair.sender.pending_output();
      const MutableByteSpan room = pair.receiver.prepare_input();
      const std::size_t size = std::min(next.size(), room.size());
      std::copy_n(next.begin(), size, room.begin());
      pair.sender.consume_output(size);
      state.ResumeTiming();
      (void)pair.receiver.handle_input(size);
      const Result<std::optional<Frame>> frame = pair.receiver.poll_frame();
      if (!frame) return state.SkipWithError("refused");
      if (*frame) {
        done = true;
        if (with_hash) {
          const ByteSpan received = std::get<DataFrame>(**frame).payload;
          for (std::size_t at = 0; at < received.size(); at += kBlockBytes) {
            benchmark::DoNotOptimize(crypto::sha256(received.subspan(at, kBlockBytes)));
          }
        }
      }
      if (!done) state.PauseTiming();
    }
  }
  set_bytes(state);
}
BENCHMARK_CAPTURE(open_data, alone, false)->ArgName("aes")->Arg(1)->Arg(0);
BENCHMARK_CAPTURE(open_data, hashed, true)->ArgName("aes")->Arg(1)->Arg(0);

// Both ends on one core, including the copy that the kernel would make.
void through_both_channels(benchmark::State& state) {
  Pair pair(state.range(0) != 0);
  const Bytes data = payload();
  for (auto _ : state) {
    pair.sender.send_data(kRun, data);
    for (ByteSpan next = pair.sender.pending_output(); !next.empty(); next = pair.sender.pending_output()) {
      const Result<std::size_t> taken = pair.receiver.handle_bytes(next);
      pair.sender.consume_output(*taken);
      benchmark::DoNotOptimize(pair.receiver.poll_frame());
    }
  }
  set_bytes(state);
}
BENCHMARK(through_both_channels)->ArgName("aes")->Arg(1)->Arg(0);

void copy_of_the_payload(benchmark::State& state) {
  const Bytes data = payload();
  Bytes copy(data.size());
  for (auto _ : state) {
    std::copy(data.begin(), data.end(), copy.begin());
    benchmark::ClobberMemory();
  }
  set_bytes(state);
}
BENCHMARK(copy_of_the_payload);

void encode_request(benchmark::State& state) {
  Bytes out;
  for (auto _ : state) {
    out.clear();
    append_frame(out, Request{kRun});
    benchmark::DoNotOptimize(out.data());
  }
}
BENCHMARK(encode_request);

void decode_request(benchmark::State& state) {
  Bytes out;
  append_frame(out, Request{kRun});
  for (auto _ : state) benchmark::DoNotOptimize(decode_frame(ByteSpan(out).subspan(kFramePrefixBytes)));
}
BENCHMARK(decode_request);

void decode_data(benchmark::State& state) {
  const auto header = encode_data_header(kRun, kDataPayloadBytesMax);
  Bytes body(header.size() + kDataPayloadBytesMax);
  std::copy(header.begin(), header.end(), body.begin());
  for (auto _ : state) benchmark::DoNotOptimize(decode_frame(ByteSpan(body).subspan(kFramePrefixBytes)));
}
BENCHMARK(decode_data);

void handshake(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(Pair(true).receiver.established());
}
BENCHMARK(handshake)->Unit(benchmark::kMicrosecond);

void refuse_stranger(benchmark::State& state) {
  crypto::NoiseTrial ours = make_offer_trial();
  for (std::int64_t i = 0; i < state.range(0); ++i) ours.add(crypto::Psk());
  const Bytes noise(kHandshakeMessageBytes, std::byte{5});
  for (auto _ : state) benchmark::DoNotOptimize(ours.find(noise));
}
BENCHMARK(refuse_stranger)->ArgName("swarms")->Arg(1)->Arg(10)->Arg(1000)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace stp::wire
