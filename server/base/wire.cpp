#include "base/wire.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <numeric>
#include <utility>

namespace aimpact::base {

namespace {
// A number that no double holds ("1e400") comes out of the parser as infinity.
bool all_finite(const json::value& value) {
    if (value.is_double()) return std::isfinite(value.get_double());
    if (value.is_array()) return std::ranges::all_of(value.get_array(), all_finite);
    if (value.is_object())
        return std::ranges::all_of(value.get_object(),
                                   [](const auto& field) { return all_finite(field.value()); });
    return true;
}
}  // namespace

Result<json::value> parse_json(std::string_view text, JsonLimits limits) {
    if (text.size() > limits.bytes_max)
        return Error{ErrorCode::payload_too_large,
                     fmt::format("The JSON text has {} bytes; at most {} are accepted here.", text.size(),
                                 limits.bytes_max)};
    json::parse_options options;
    options.max_depth = limits.depth_max;
    json::stream_parser parser({}, options);
    boost::system::error_code ec;
    std::size_t used = parser.write_some(text.data(), text.size(), ec);
    if (!ec) parser.finish(ec);
    if (!ec && used != text.size()) ec = json::error::extra_data;
    if (ec == json::error::too_deep)
        return invalid_argument(
            fmt::format("The JSON is nested more than {} levels deep.", limits.depth_max));
    if (ec) return invalid_argument(fmt::format("Not valid JSON: {} near byte {}.", ec.message(), used));
    json::value value = parser.release();
    if (!all_finite(value)) return invalid_argument("Not valid JSON here: a number is too large.");
    return value;
}

namespace {

template <class Number>
void append_number(std::string& out, Number number) {
    char digits[32];
    const auto end = std::to_chars(std::begin(digits), std::end(digits), number);
    out.append(digits, end.ptr);
}

void append_double(std::string& out, double number) {
    if (!std::isfinite(number)) {
        out += "null";
        return;
    }
    const std::size_t start = out.size();
    append_number(out, number);
    // A whole number stays one of the kind with a fraction: readers may tell the kinds apart.
    if (out.find_first_of(".e", start) == std::string::npos) out += ".0";
}

void append_string(std::string& out, std::string_view text) {
    constexpr std::string_view hex = "0123456789abcdef";
    out += '"';
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (c == '"' || c == '\\') {
            out += '\\';
            out += c;
        } else if (byte >= 0x20) {
            out += c;
        } else if (c == '\n') {
            out += "\\n";
        } else {
            out += "\\u00";
            out += hex[byte >> 4];
            out += hex[byte & 15];
        }
    }
    out += '"';
}

void append(std::string& out, const json::value& value) {
    switch (value.kind()) {
        case json::kind::null:
            out += "null";
            break;
        case json::kind::bool_:
            out += value.get_bool() ? "true" : "false";
            break;
        case json::kind::int64:
            append_number(out, value.get_int64());
            break;
        case json::kind::uint64:
            append_number(out, value.get_uint64());
            break;
        case json::kind::double_:
            append_double(out, value.get_double());
            break;
        case json::kind::string:
            append_string(out, value.get_string());
            break;
        case json::kind::array: {
            out += '[';
            bool first = true;
            for (const json::value& item : value.get_array()) {
                if (!std::exchange(first, false)) out += ',';
                append(out, item);
            }
            out += ']';
            break;
        }
        case json::kind::object: {
            out += '{';
            bool first = true;
            for (const auto& [key, item] : value.get_object()) {
                if (!std::exchange(first, false)) out += ',';
                append_string(out, key);
                out += ':';
                append(out, item);
            }
            out += '}';
            break;
        }
    }
}

}  // namespace

std::string to_text(const json::value& value) {
    std::string out;
    append(out, value);
    return out;
}

std::string_view nearest_name(std::string_view name, const std::vector<std::string_view>& known) {
    std::string_view best;
    std::size_t best_distance = std::max<std::size_t>(2, name.size() / 3) + 1;
    for (const std::string_view candidate : known) {
        std::vector<std::size_t> row(candidate.size() + 1);
        std::iota(row.begin(), row.end(), 0);
        for (std::size_t i = 1; i <= name.size(); ++i) {
            std::size_t diagonal = row[0];
            row[0] = i;
            for (std::size_t j = 1; j <= candidate.size(); ++j) {
                const std::size_t keep = diagonal + (name[i - 1] != candidate[j - 1]);
                diagonal = row[j];
                row[j] = std::min({row[j] + 1, row[j - 1] + 1, keep});
            }
        }
        if (row.back() < best_distance) {
            best_distance = row.back();
            best = candidate;
        }
    }
    return best;
}

namespace wire {

namespace {
std::string at(const std::string& path) {
    return path.empty() ? "The body" : "'" + path + "'";
}
std::string_view kind_name(const json::value& v) {
    switch (v.kind()) {
        case json::kind::null:
            return "null";
        case json::kind::bool_:
            return "a boolean";
        case json::kind::string:
            return "a string";
        case json::kind::array:
            return "an array";
        case json::kind::object:
            return "an object";
        default:
            return "a number";
    }
}
}  // namespace

std::string join(const std::string& path, std::string_view name) {
    return path.empty() ? std::string(name) : path + "." + std::string(name);
}

Error wrong_type(const std::string& path, std::string_view expected, const json::value& got) {
    return invalid_argument(fmt::format("{} must be {}, not {}.", at(path), expected, kind_name(got)), path);
}

Error missing(const std::string& path) {
    return invalid_argument(fmt::format("'{}' is missing.", path), path);
}

Error missing(const std::string& path, std::string_view name, const json::object& object,
              const std::vector<std::string_view>& known, Unknown unknown) {
    const std::string_view stray =
        unknown == Unknown::reject ? first_unknown(object, known) : std::string_view{};
    Error error = missing(join(path, name));
    if (!stray.empty()) error.message += " " + unknown_field(path, stray, known).message;
    return error;
}

Error unknown_field(const std::string& path, std::string_view name,
                    const std::vector<std::string_view>& known) {
    const std::string_view near = nearest_name(name, known);
    return invalid_argument(
        fmt::format("'{}' is not a known field{}", join(path, name),
                    near.empty() ? std::string(".") : fmt::format("; did you mean '{}'?", near)),
        join(path, name));
}

std::string_view first_unknown(const json::object& object, const std::vector<std::string_view>& known) {
    for (const auto& [key, value] : object)
        if (std::find(known.begin(), known.end(), std::string_view(key)) == known.end())
            return std::string_view(key);
    return {};
}

Error bad_enum(const std::string& path, std::string_view got, const std::vector<std::string_view>& known) {
    return invalid_argument(fmt::format("{} is '{}'; it must be one of: {}.", at(path), got.substr(0, 64),
                                        fmt::join(known, ", ")),
                            path);
}

Error out_of_range(const std::string& path) {
    return invalid_argument(fmt::format("{} is out of range.", at(path)), path);
}

}  // namespace wire
}  // namespace aimpact::base
