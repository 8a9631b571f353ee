// How many members an aggregate has.
#pragma once

#include <cstddef>

namespace stp {

struct AnyField {
  template <class T>
  constexpr operator T() const;  // NOLINT(google-explicit-constructor): only asked whether it could
};

template <class T, class... Known>
consteval std::size_t field_count() {
  if constexpr (requires { T{Known{}..., AnyField{}}; }) {
    return field_count<T, Known..., AnyField>();
  } else {
    return sizeof...(Known);
  }
}

}  // namespace stp
