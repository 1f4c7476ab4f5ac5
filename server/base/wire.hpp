// Wire structs: a plain struct annotated with BOOST_DESCRIBE_STRUCT (and enums with BOOST_DESCRIBE_ENUM) is
// decoded from JSON with clear errors, and encoded back.
//
//   struct NewAgent { std::string name; std::optional<double> temperature; };
//   BOOST_DESCRIBE_STRUCT(NewAgent, (), (name, temperature))
//   Result<NewAgent> in = base::decode<NewAgent>(value);
//
// Decoding rules: a std::optional member may be absent or null; a member with std::vector, std::map or
// json::object type may be absent only if it is optional too; any other absent member is "missing". Unknown
// fields are errors that name the nearest known one, unless Unknown::ignore is asked for (wire formats of
// others, which may grow); the error of a missing member names an unknown one too, which may be its
// misspelling. Numbers must be in range of the member's type; 1.0 is accepted for an integer.
// Errors carry the path ("tools[2].name") in `param`. Encoding leaves out empty optionals.
#pragma once

#include <boost/describe.hpp>
#include <boost/json.hpp>
#include <boost/mp11.hpp>
#include <cmath>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "base/error.hpp"

namespace aimpact::base {

namespace json = boost::json;

struct JsonLimits {
    std::size_t bytes_max = 1 << 20;
    std::size_t depth_max = 32;
};

// Strict RFC 8259 parse (UTF-8 checked). The error says where it went wrong.
Result<json::value> parse_json(std::string_view text, JsonLimits limits = {});

// Compact JSON text. Unlike boost::json::serialize it writes numbers as people do ("0.5", not "5E-1"): the
// shortest digits that read back the same. What JSON can't hold (infinity, NaN) becomes null.
std::string to_text(const json::value& value);

enum class Unknown { reject, ignore };

// The member of `known` with the least edit distance to `name`, if any is near enough to be a typing slip.
std::string_view nearest_name(std::string_view name, const std::vector<std::string_view>& known);

namespace wire {

Error wrong_type(const std::string& path, std::string_view expected, const json::value& got);
Error missing(const std::string& path);
// `object` is what the member `name` is missing from.
Error missing(const std::string& path, std::string_view name, const json::object& object,
              const std::vector<std::string_view>& known, Unknown unknown);
Error unknown_field(const std::string& path, std::string_view name,
                    const std::vector<std::string_view>& known);
// The first key of `object` that is not among `known`; empty if there is none.
std::string_view first_unknown(const json::object& object, const std::vector<std::string_view>& known);
Error bad_enum(const std::string& path, std::string_view got, const std::vector<std::string_view>& known);
Error out_of_range(const std::string& path);
std::string join(const std::string& path, std::string_view name);

template <class T>
struct is_optional : std::false_type {};
template <class T>
struct is_optional<std::optional<T>> : std::true_type {};
template <class T>
struct is_vector : std::false_type {};
template <class T>
struct is_vector<std::vector<T>> : std::true_type {};
template <class T>
struct is_map : std::false_type {};
template <class T>
struct is_map<std::map<std::string, T>> : std::true_type {};

template <class E>
std::vector<std::string_view> enum_names() {
    std::vector<std::string_view> names;
    boost::mp11::mp_for_each<boost::describe::describe_enumerators<E>>(
        [&](auto d) { names.emplace_back(d.name); });
    return names;
}

template <class T>
std::vector<std::string_view> member_names() {
    std::vector<std::string_view> names;
    boost::mp11::mp_for_each<boost::describe::describe_members<T, boost::describe::mod_any_access |
                                                                      boost::describe::mod_inherited>>(
        [&](auto d) { names.emplace_back(d.name); });
    return names;
}

template <class T>
Result<T> decode(const json::value& v, const std::string& path, Unknown unknown) {
    if constexpr (std::is_same_v<T, json::value>) {
        return v;
    } else if constexpr (std::is_same_v<T, json::object>) {
        if (!v.is_object()) return wrong_type(path, "an object", v);
        return v.get_object();
    } else if constexpr (std::is_same_v<T, json::array>) {
        if (!v.is_array()) return wrong_type(path, "an array", v);
        return v.get_array();
    } else if constexpr (std::is_same_v<T, bool>) {
        if (!v.is_bool()) return wrong_type(path, "true or false", v);
        return v.get_bool();
    } else if constexpr (std::is_same_v<T, std::string>) {
        if (!v.is_string()) return wrong_type(path, "a string", v);
        return std::string(v.get_string());
    } else if constexpr (std::is_enum_v<T>) {
        if (!v.is_string()) return wrong_type(path, "a string", v);
        const std::string_view text = v.get_string();
        std::optional<T> found;
        boost::mp11::mp_for_each<boost::describe::describe_enumerators<T>>([&](auto d) {
            if (text == d.name) found = d.value;
        });
        if (!found) return bad_enum(path, text, enum_names<T>());
        return *found;
    } else if constexpr (std::is_integral_v<T>) {
        if (!v.is_number()) return wrong_type(path, "an integer", v);
        if (v.is_double() &&
            (std::trunc(v.get_double()) != v.get_double() || std::abs(v.get_double()) > 9e15))
            return wrong_type(path, "an integer", v);
        boost::system::error_code ec;
        const T number = v.to_number<T>(ec);
        if (ec) return out_of_range(path);
        return number;
    } else if constexpr (std::is_floating_point_v<T>) {
        if (!v.is_number()) return wrong_type(path, "a number", v);
        return static_cast<T>(v.to_number<double>());
    } else if constexpr (is_optional<T>::value) {
        if (v.is_null()) return T{};
        AIMPACT_TRY(auto inner, decode<typename T::value_type>(v, path, unknown));
        return T{std::move(inner)};
    } else if constexpr (is_vector<T>::value) {
        if (!v.is_array()) return wrong_type(path, "an array", v);
        T out;
        out.reserve(v.get_array().size());
        for (std::size_t i = 0; i < v.get_array().size(); ++i) {
            AIMPACT_TRY(auto item, decode<typename T::value_type>(
                                       v.get_array()[i], path + "[" + std::to_string(i) + "]", unknown));
            out.push_back(std::move(item));
        }
        return out;
    } else if constexpr (is_map<T>::value) {
        if (!v.is_object()) return wrong_type(path, "an object", v);
        T out;
        for (const auto& [key, value] : v.get_object()) {
            AIMPACT_TRY(auto item, decode<typename T::mapped_type>(value, join(path, key), unknown));
            out.emplace(std::string(key), std::move(item));
        }
        return out;
    } else {
        static_assert(boost::describe::has_describe_members<T>::value,
                      "describe the struct with BOOST_DESCRIBE_STRUCT");
        using Members = boost::describe::describe_members<T, boost::describe::mod_any_access |
                                                                 boost::describe::mod_inherited>;
        if (!v.is_object()) return wrong_type(path, "an object", v);
        const json::object& object = v.get_object();
        T out{};
        std::optional<Error> error;
        std::size_t used = 0;
        boost::mp11::mp_for_each<Members>([&](auto d) {
            if (error) return;
            auto& member = out.*d.pointer;
            using M = std::remove_reference_t<decltype(member)>;
            const json::value* field = object.if_contains(d.name);
            if (!field) {
                if constexpr (!is_optional<M>::value)
                    error = missing(path, d.name, object, member_names<T>(), unknown);
                return;
            }
            ++used;
            auto value = decode<M>(*field, join(path, d.name), unknown);
            if (value.has_error())
                error = std::move(value).error();
            else
                member = *std::move(value);
        });
        if (error) return *std::move(error);
        if (unknown == Unknown::reject && used != object.size()) {
            const std::vector<std::string_view> known = member_names<T>();
            return unknown_field(path, first_unknown(object, known), known);
        }
        return out;
    }
}

}  // namespace wire

template <class T>
Result<T> decode(const json::value& value, Unknown unknown = Unknown::reject) {
    return wire::decode<T>(value, "", unknown);
}

template <class T>
Result<T> decode_text(std::string_view text, JsonLimits limits = {}, Unknown unknown = Unknown::reject) {
    AIMPACT_TRY(const json::value value, parse_json(text, limits));
    return decode<T>(value, unknown);
}

template <class T>
json::value encode(const T& v) {
    if constexpr (std::is_same_v<T, json::value> || std::is_same_v<T, json::object> ||
                  std::is_same_v<T, json::array>) {
        return json::value(v);
    } else if constexpr (std::is_same_v<T, bool> || std::is_integral_v<T> || std::is_floating_point_v<T>) {
        return json::value(v);
    } else if constexpr (std::is_convertible_v<const T&, std::string_view>) {
        return json::value(std::string_view(v));
    } else if constexpr (std::is_enum_v<T>) {
        return json::value(boost::describe::enum_to_string(v, "unknown"));
    } else if constexpr (wire::is_optional<T>::value) {
        return v ? encode(*v) : json::value(nullptr);
    } else if constexpr (wire::is_vector<T>::value) {
        json::array out;
        out.reserve(v.size());
        for (const auto& item : v) out.push_back(encode<typename T::value_type>(item));
        return out;
    } else if constexpr (wire::is_map<T>::value) {
        json::object out;
        for (const auto& [key, value] : v) out[key] = encode(value);
        return out;
    } else {
        static_assert(boost::describe::has_describe_members<T>::value,
                      "describe the struct with BOOST_DESCRIBE_STRUCT");
        using Members = boost::describe::describe_members<T, boost::describe::mod_any_access |
                                                                 boost::describe::mod_inherited>;
        json::object out;
        boost::mp11::mp_for_each<Members>([&](auto d) {
            const auto& member = v.*d.pointer;
            using M = std::remove_cvref_t<decltype(member)>;
            if constexpr (wire::is_optional<M>::value) {
                if (member) out[d.name] = encode(*member);
            } else {
                out[d.name] = encode(member);
            }
        });
        return out;
    }
}

}  // namespace aimpact::base
