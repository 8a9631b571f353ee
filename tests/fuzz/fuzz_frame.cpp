// Frame bodies of a peer (wire/frame.h): whatever decodes can be encoded, and decodes to the same again.
#include <cstdint>
#include <variant>

#include "core/result.h"
#include "wire/frame.h"

using namespace stp;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const ByteSpan body = std::as_bytes(std::span(data, size));
  const Result<wire::DecodedFrame> decoded = wire::decode_frame(body);
  if (!decoded) {
    STP_ASSERT(!decoded.error().message.empty());
    return 0;
  }
  if (const auto* const message = std::get_if<wire::Message>(&*decoded)) {
    Bytes frame;
    wire::append_frame(frame, *message);
    STP_ASSERT(wire::frame_bytes(*message) == frame.size());
    const Result<wire::DecodedFrame> again = wire::decode_frame(ByteSpan(frame).subspan(wire::kFramePrefixBytes));
    STP_ASSERT(again.ok() && std::get<wire::Message>(*again) == *message);
  } else if (const auto* const view = std::get_if<wire::DataView>(&*decoded)) {
    STP_ASSERT(view->payload.data() >= body.data() &&
               view->payload.data() + view->payload.size() == body.data() + size);
    STP_ASSERT(view->run.count >= 1 && view->run.count <= wire::kDataBlocksMax);
    const auto header = wire::encode_data_header(view->run, view->payload.size());
    STP_ASSERT(load_be<std::uint32_t>(header.data()) <= wire::kDataFrameBytesMax);
  }
  return 0;
}
