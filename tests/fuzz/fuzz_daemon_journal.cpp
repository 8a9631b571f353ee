// The daemon's journal: any bytes give records or a reason. A torn last line is left out: the bytes before it give the
// same records. Every record survives its JSON.
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>

#include "core/result.h"
#include "daemon/journal.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace stp;
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const Result<daemon::JournalContents> contents = daemon::decode_journal(input);
  if (!contents) {
    STP_ASSERT(contents.error().kind == ErrorKind::unsupported);
    return 0;
  }
  STP_ASSERT(contents->whole_bytes <= size);
  for (const auto& [id, record] : contents->records) {
    STP_ASSERT(id == record.id && id > 0 && id < contents->next_id);
    const Result<daemon::ShareRecord> again = daemon::decode_record(daemon::to_json(record));
    STP_ASSERT(again.ok() && *again == record);
  }
  const Result<daemon::JournalContents> whole = daemon::decode_journal(input.substr(0, contents->whole_bytes));
  STP_ASSERT(whole.ok() && whole->records == contents->records && !whole->torn);
  return 0;
}
