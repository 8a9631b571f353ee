#include "wire/record.h"

#include <string>

namespace stp::wire {

RecordSealer::RecordSealer(crypto::Cipher cipher, const crypto::Key& key, std::uint64_t records_per_key)
    : sealer_(cipher, key), records_per_key_(records_per_key) {}

void RecordSealer::seal(ByteSpan plaintext, MutableByteSpan out) {
  STP_ASSERT(!plaintext.empty() && plaintext.size() <= kRecordPlaintextMax);
  STP_ASSERT(out.size() == plaintext.size() + kRecordOverheadBytes);
  if (counter_ > 0 && counter_ % records_per_key_ == 0) sealer_.rekey();
  store_be(out.data(), static_cast<std::uint32_t>(plaintext.size()));
  sealer_.seal(counter_++, out.first(kRecordPrefixBytes), plaintext, out.subspan(kRecordPrefixBytes));
}

RecordOpener::RecordOpener(crypto::Cipher cipher, const crypto::Key& key, std::uint64_t records_per_key)
    : opener_(cipher, key), records_per_key_(records_per_key) {}

Status RecordOpener::open(ByteSpan record, MutableByteSpan out) {
  STP_ASSERT(record.size() == out.size() + kRecordOverheadBytes);
  if (counter_ > 0 && counter_ % records_per_key_ == 0) opener_.rekey();
  if (!opener_.open(counter_, record.first(kRecordPrefixBytes), record.subspan(kRecordPrefixBytes), out)) {
    return Error{ErrorKind::integrity, "channel: record " + std::to_string(counter_) +
                                           " is not authentic; it was damaged or forged on the way"};
  }
  ++counter_;
  return Done{};
}

Result<std::size_t> record_plaintext_bytes(ByteSpan prefix) {
  const std::size_t size = load_be<std::uint32_t>(prefix.data());
  if (size == 0) return Error{ErrorKind::malformed, "channel: empty record"};
  if (size > kRecordPlaintextMax) {
    return Error{ErrorKind::limit, "channel: record of " + std::to_string(size) + " bytes, more than " +
                                       std::to_string(kRecordPlaintextMax)};
  }
  return size;
}

}  // namespace stp::wire
