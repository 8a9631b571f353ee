// The building blocks of the scenario's schema: a Kind defines how one sort of value is read, written and described, a
// Field ties it to a key and to a member of a struct, and an object is a table of fields.
//
// Internal to sim/scenario. Reading, canonical writing and the reference in the documentation all come from the same
// tables (schema.h), so they can't disagree.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "sim/scenario/document.h"

namespace stp::sim {

/// A value within a document, and its path ("groups.leeches.link"; empty for the document itself).
struct Value {
  const Json& json;
  std::string path;

  /// "PATH: must be WANTED, not …".
  [[nodiscard]] Error must_be(const std::string& wanted) const;
  /// "PATH: SENTENCE".
  [[nodiscard]] Error wrong(const std::string& sentence) const;
  [[nodiscard]] std::string path_of(std::string_view key) const;
};

/// One sort of value. `takes` describes it so that it fits after "must be".
template <class X>
struct Kind {
  std::string takes;
  std::function<Result<X>(const Value&)> read;
  std::function<Json(const X&)> write;
};

/// A line of the reference.
struct KeyInfo {
  std::string key;
  std::string takes;
  std::string fallback;  // the value if the key is left out, as JSON; "" if it must be given
  std::string means;
};

/// A table of the reference.
struct KeySection {
  std::string heading;
  std::vector<KeyInfo> keys;
};

enum class Presence : std::uint8_t {
  optional,
  required,
  sparse  // left out of canonical texts too, while it has its default: these are as before the key existed
};

/// One key of the object that describes a T.
template <class T>
struct Field {
  KeyInfo info;
  bool sparse = false;
  std::function<Status(T&, const Value&)> read;
  std::function<Json(const T&)> write;
};

template <class T>
using Fields = std::vector<Field<T>>;

/// The key `key` for a place in a T: a pointer to a member, or a function from T& to a reference.
template <class T, class Place, class X>
Field<T> field(std::string_view key, Place place, Kind<X> kind, std::string_view means,
               Presence presence = Presence::optional) {
  static_assert(std::is_same_v<std::decay_t<std::invoke_result_t<Place, T&>>, X>);
  Field<T> made;
  made.write = [place, write = kind.write](const T& object) { return write(std::invoke(place, object)); };
  const std::string fallback = presence == Presence::required ? "" : json_text(made.write(T{}));
  made.sparse = presence == Presence::sparse;
  made.info = {std::string(key), kind.takes, fallback, std::string(means)};
  made.read = [place, read = std::move(kind.read)](T& object, const Value& value) -> Status {
    Result<X> parsed = read(value);
    if (!parsed) return parsed.error();
    std::invoke(place, object) = *std::move(parsed);
    return Done{};
  };
  return made;
}

/// "unknown key", with the nearest of `known` or all of them.
[[nodiscard]] Error unknown_key(const Value& object, const std::string& key, const std::vector<std::string>& known);

template <class T>
std::vector<KeyInfo> keys_of(const Fields<T>& fields) {
  std::vector<KeyInfo> keys;
  for (const Field<T>& f : fields) keys.push_back(f.info);
  return keys;
}

/// Reads the object `value` into `object`, whose other members stay as they are. `takes` describes the object in
/// errors.
template <class T>
Result<T> read_object(const Value& value, const Fields<T>& fields, const std::string& takes, T object = {}) {
  if (!value.json.is_object()) return value.must_be(takes);
  for (const auto& [key, json] : value.json.items()) {
    bool known = false;
    for (const Field<T>& f : fields) known = known || f.info.key == key;
    if (known) continue;
    std::vector<std::string> names;
    for (const Field<T>& f : fields) names.push_back(f.info.key);
    return unknown_key(value, key, names);
  }
  // In the order of the table, so that the first error reported does not depend on the order of the text.
  for (const Field<T>& f : fields) {
    const auto json = value.json.find(f.info.key);
    if (json != value.json.end()) {
      if (Status read = f.read(object, {*json, value.path_of(f.info.key)}); !read) return read.error();
    } else if (f.info.fallback.empty()) {
      return Value{value.json, value.path_of(f.info.key)}.wrong("is missing; it must be " + f.info.takes);
    }
  }
  return object;
}

template <class T>
Json write_object(const T& object, const Fields<T>& fields) {
  Json json = Json::object();
  for (const Field<T>& f : fields) {
    Json value = f.write(object);
    if (!f.sparse || json_text(value) != f.info.fallback) json[f.info.key] = std::move(value);
  }
  return json;
}

/// An object with the keys of `fields`.
template <class T>
Kind<T> object_of(Fields<T> fields, std::string takes) {
  return {takes, [fields, takes](const Value& value) { return read_object<T>(value, fields, takes); },
          [fields](const T& object) { return write_object(object, fields); }};
}

/// The path of element `index` of the list `list`: its "name" if it has a valid one, otherwise the index.
[[nodiscard]] std::string element_path(const Value& list, std::size_t index);

/// A list of at most `most` elements.
template <class X>
Kind<std::vector<X>> list_of(Kind<X> kind, std::size_t most, const std::string& takes) {
  const std::string bounded = takes + " (at most " + std::to_string(most) + ")";
  return {takes,
          [read = std::move(kind.read), most, bounded](const Value& value) -> Result<std::vector<X>> {
            if (!value.json.is_array()) return value.must_be(bounded);
            if (value.json.size() > most) return value.wrong("has more than " + std::to_string(most) + " elements");
            std::vector<X> elements;
            for (std::size_t i = 0; i < value.json.size(); ++i) {
              Result<X> element = read({value.json[i], element_path(value, i)});
              if (!element) return element.error();
              elements.push_back(*std::move(element));
            }
            return elements;
          },
          [write = std::move(kind.write)](const std::vector<X>& elements) {
            Json json = Json::array();
            for (const X& element : elements) json.push_back(write(element));
            return json;
          }};
}

/// `kind`, or null, which means `none`.
template <class X>
Kind<X> or_null(Kind<X> kind, X none = {}) {
  return {kind.takes + ", or null",
          [read = std::move(kind.read), none](const Value& value) -> Result<X> {
            return value.json.is_null() ? Result<X>(none) : read(value);
          },
          [write = std::move(kind.write), none](const X& x) { return x == none ? Json(nullptr) : write(x); }};
}

/// `kind`, or null for nothing.
template <class X>
Kind<std::optional<X>> optional_of(Kind<X> kind) {
  return {kind.takes + ", or null",
          [read = std::move(kind.read)](const Value& value) -> Result<std::optional<X>> {
            if (value.json.is_null()) return std::optional<X>();
            Result<X> x = read(value);
            if (!x) return x.error();
            return std::optional<X>(*std::move(x));
          },
          [write = std::move(kind.write)](const std::optional<X>& x) { return x ? write(*x) : Json(nullptr); }};
}

}  // namespace stp::sim
