// A value that may be written in several ways: by a name, or as an object whose only key says which way is used.
//
// Internal to sim/scenario.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "sim/scenario/field.h"
#include "sim/scenario/named_values.h"
#include "sim/scenario/values.h"

namespace stp::sim {

/// The value that the string in `value` names, or an error that lists the names.
template <class T>
Result<T> by_name(const Value& value, std::span<const NamedValue<T>> values, const std::string& takes) {
  std::vector<std::string> names;
  for (const NamedValue<T>& candidate : values) {
    if (value.json == candidate.name) return candidate.value;
    names.emplace_back(candidate.name);
  }
  return not_among(value, names, takes);
}

/// True for "15 min", which is a value, and false for "kad", which is a name.
inline bool begins_with_digit(const Json& json) {
  if (!json.is_string()) return false;
  const std::string& text = json.get_ref<const std::string&>();
  return !text.empty() && text.front() >= '0' && text.front() <= '9';
}

/// One of several ways to describe a T, chosen by the only key of an object: {"weibull": {…}}.
template <class T>
struct Alternative {
  std::string word;
  std::function<bool(const T&)> is;  // whether `T` is of this sort
  Fields<T> fields;
  std::function<Status(const Value&, T&)> finish;  // completes it, or says why the parameters do not fit together
};

template <class T>
Result<T> read_alternative(const Value& value, const std::vector<Alternative<T>>& alternatives,
                           const std::string& takes) {
  if (!value.json.is_object() || value.json.size() != 1) return value.must_be(takes);
  const auto entry = value.json.begin();
  std::vector<std::string> words;
  for (const Alternative<T>& alternative : alternatives) {
    words.push_back(alternative.word);
    if (alternative.word != entry.key()) continue;
    const Value inner = {entry.value(), value.path_of(entry.key())};
    Result<T> read = read_object<T>(inner, alternative.fields, "an object with the parameters of " + alternative.word);
    if (!read) return read;
    if (Status fits = alternative.finish(inner, *read); !fits) return fits.error();
    return read;
  }
  return unknown_key(value, entry.key(), words);
}

template <class T>
Json write_alternative(const T& object, const std::vector<Alternative<T>>& alternatives) {
  for (const Alternative<T>& alternative : alternatives) {
    if (!alternative.is(object)) continue;
    Json json = Json::object();
    json[alternative.word] = write_object(object, alternative.fields);
    return json;
  }
  return nullptr;
}

}  // namespace stp::sim
