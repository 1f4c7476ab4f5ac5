// Reading single fields of the OpenAI wire. Unknown fields are ignored (the wire grows), wrong types are
// errors with the whole path.
#pragma once

#include <boost/json.hpp>
#include <string>
#include <string_view>

#include "base/wire.hpp"

namespace aimpact::realtime::openai {

// The member, or null if it is absent or null.
inline const boost::json::value* member(const boost::json::object& object, std::string_view name) {
    const auto* value = object.if_contains(name);
    return value && !value->is_null() ? value : nullptr;
}

inline std::string path_of(const std::string& base, std::string_view name) {
    return base::wire::join(base, name);
}

template <class T>
base::Result<T> read(const boost::json::value& value, const std::string& path) {
    return base::wire::decode<T>(value, path, base::Unknown::ignore);
}

// An optional member: leaves `out` as it is when absent or null.
template <class T, class Out>
base::Result<> read_if(const boost::json::object& object, std::string_view name, const std::string& path,
                       Out& out) {
    const auto* value = member(object, name);
    if (!value) return {};
    AIMPACT_TRY(auto read_value, read<T>(*value, path_of(path, name)));
    out = std::move(read_value);
    return {};
}

template <class T>
base::Result<T> read_required(const boost::json::object& object, std::string_view name,
                              const std::string& path) {
    const auto* value = member(object, name);
    if (!value) return base::wire::missing(path_of(path, name));
    return read<T>(*value, path_of(path, name));
}

}  // namespace aimpact::realtime::openai
