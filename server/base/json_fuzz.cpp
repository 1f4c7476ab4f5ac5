// libFuzzer: JSON as every edge reads it. What is accepted is within the depth limit, reads back the same
// from what we write, and decodes into a struct or into an error that says where.
#include "base/fuzzing.hpp"
#include "base/wire.hpp"

using namespace aimpact::base;

namespace {
enum class Kind { alpha, beta };
BOOST_DESCRIBE_ENUM(Kind, alpha, beta)

struct Inner {
    std::string name;
    std::optional<double> weight;
    std::vector<int> numbers;
};
BOOST_DESCRIBE_STRUCT(Inner, (), (name, weight, numbers))

struct Outer {
    std::optional<Kind> kind;
    std::optional<bool> on;
    std::optional<std::int64_t> big;
    std::optional<std::uint8_t> small;
    std::optional<std::vector<Inner>> list;
    std::optional<std::map<std::string, Inner>> by_name;
    std::optional<json::object> free;
};
BOOST_DESCRIBE_STRUCT(Outer, (), (kind, on, big, small, list, by_name, free))

constexpr JsonLimits kLimits{.bytes_max = 1 << 14, .depth_max = 16};

// Boost.JSON 1.81 reads a number of many digits to about 15 of them, so a double may come back a few units in
// the last place away.
bool same(const json::value& a, const json::value& b) {
    if (a.is_number() && b.is_number()) {
        const double x = a.to_number<double>(), y = b.to_number<double>();
        return x == y || std::abs(x - y) <= 1e-14 * std::max(std::abs(x), std::abs(y)) + 1e-320;
    }
    if (a.kind() != b.kind()) return false;
    if (a.is_array())
        return std::equal(a.get_array().begin(), a.get_array().end(), b.get_array().begin(),
                          b.get_array().end(), same);
    if (!a.is_object()) return a == b;
    return a.get_object().size() == b.get_object().size() &&
           std::all_of(a.get_object().begin(), a.get_object().end(), [&](const auto& field) {
               const json::value* other = b.get_object().if_contains(field.key());
               return other && same(field.value(), *other);
           });
}

std::size_t depth(const json::value& value) {
    std::size_t deepest = 0;
    if (const auto* array = value.if_array())
        for (const auto& item : *array) deepest = std::max(deepest, depth(item));
    else if (const auto* object = value.if_object())
        for (const auto& [key, item] : *object) deepest = std::max(deepest, depth(item));
    else
        return 0;
    return deepest + 1;
}
}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto value = parse_json(text, kLimits);
    if (value.has_error()) {
        require(!value.error().message.empty());
        return 0;
    }
    require(size <= kLimits.bytes_max && depth(*value) <= kLimits.depth_max);
    const std::string written = to_text(*value);
    const auto again = parse_json(written, {.bytes_max = 1 << 20, .depth_max = kLimits.depth_max});
    require(again.has_value() && same(*again, *value));
    for (const Unknown unknown : {Unknown::reject, Unknown::ignore}) {
        const auto outer = decode<Outer>(*value, unknown);
        if (outer.has_error()) {
            require(!outer.error().message.empty());
            continue;
        }
        const auto back = decode<Outer>(encode(*outer));
        require(back.has_value() && same(encode(*back), encode(*outer)));
    }
    return 0;
}
