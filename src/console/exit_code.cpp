#include "console/exit_code.h"

namespace stp::console {
namespace {

struct Row {
  ErrorKind kind;
  ExitCode code;
  const char* name;
};

constexpr Row kRows[] = {
    {ErrorKind::other, ExitCode::error, "other"},
    {ErrorKind::usage, ExitCode::usage, "usage"},
    {ErrorKind::malformed, ExitCode::error, "malformed"},
    {ErrorKind::limit, ExitCode::error, "limit"},
    {ErrorKind::not_found, ExitCode::error, "not_found"},
    {ErrorKind::exists, ExitCode::error, "exists"},
    {ErrorKind::denied, ExitCode::error, "denied"},
    {ErrorKind::disk_full, ExitCode::disk_full, "disk_full"},
    {ErrorKind::too_large, ExitCode::disk_full, "too_large"},
    {ErrorKind::busy, ExitCode::error, "busy"},
    {ErrorKind::io, ExitCode::error, "io"},
    {ErrorKind::integrity, ExitCode::integrity, "integrity"},
    {ErrorKind::unsupported, ExitCode::error, "unsupported"},
};

const Row& row_of(ErrorKind kind) {
  for (const Row& row : kRows) {
    if (row.kind == kind) return row;
  }
  return kRows[0];
}

}  // namespace

ExitCode exit_code_of(ErrorKind kind) {
  return row_of(kind).code;
}

const char* name_of(ErrorKind kind) {
  return row_of(kind).name;
}

}  // namespace stp::console
