#include "voice/tts/ssml_values.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <utility>

#include "voice/tts/unicode.hpp"

namespace aimpact::voice {
namespace {

using Named = std::pair<std::string_view, double>;

template <std::size_t N>
std::optional<double> by_name(const std::array<Named, N>& names, std::string_view text) {
    for (const auto& [name, value] : names) {
        if (name == text) return value;
    }
    return std::nullopt;
}

struct Quantity {
    double value = 0;
    bool is_signed = false;  // "+5", "-5": a change
    std::string_view unit;
};

std::optional<Quantity> read_quantity(std::string_view text) {
    Quantity out;
    const bool minus = text.starts_with('-');
    out.is_signed = minus || text.starts_with('+');
    if (out.is_signed) text.remove_prefix(1);
    if (text.empty() || !(is_digit(text[0]) || text[0] == '.')) return std::nullopt;
    const auto [end, ec] =
        std::from_chars(text.data(), text.data() + text.size(), out.value, std::chars_format::fixed);
    if (ec != std::errc{} || !std::isfinite(out.value) || out.value > 1e6) return std::nullopt;
    if (minus) out.value = -out.value;
    out.unit = text.substr(static_cast<std::size_t>(end - text.data()));
    return out;
}

// A ratio as decibels; nothing is as good as silent.
double decibels(double ratio) {
    return ratio <= 0.01 ? -40 : 20 * std::log10(ratio);
}

}  // namespace

std::optional<double> read_time(std::string_view text) {
    const auto q = read_quantity(text);
    if (!q || q->value < 0) return std::nullopt;
    if (q->unit == "ms") return q->value / 1000;
    if (q->unit == "s") return q->value;
    return std::nullopt;
}

std::optional<double> read_strength(std::string_view text) {
    static constexpr std::array<Named, 6> names = {
        {{"none", 0}, {"x-weak", 0.1}, {"weak", 0.2}, {"medium", 0.35}, {"strong", 0.6}, {"x-strong", 1.0}}};
    return by_name(names, text);
}

std::optional<double> read_rate(std::string_view text) {
    static constexpr std::array<Named, 6> names = {
        {{"x-slow", 0.5}, {"slow", 0.75}, {"medium", 1}, {"fast", 1.25}, {"x-fast", 1.6}, {"default", 1}}};
    if (const auto named = by_name(names, text)) return named;
    const auto q = read_quantity(text);
    if (!q) return std::nullopt;
    double factor = 0;
    if (q->unit == "%")
        factor = q->is_signed ? 1 + q->value / 100 : q->value / 100;
    else if (q->unit.empty() && !q->is_signed)
        factor = q->value;
    return factor > 0 ? std::optional(factor) : std::nullopt;
}

std::optional<double> read_pitch(std::string_view text, double voice_hz) {
    static constexpr std::array<Named, 6> names = {
        {{"x-low", -5}, {"low", -2.5}, {"medium", 0}, {"high", 2.5}, {"x-high", 5}, {"default", 0}}};
    if (const auto named = by_name(names, text)) return named;
    const auto q = read_quantity(text);
    if (!q) return std::nullopt;
    const auto semitones = [](double ratio) {
        return ratio > 0 ? std::optional(12 * std::log2(ratio)) : std::nullopt;
    };
    if (q->unit == "st" && (q->is_signed || q->value == 0)) return q->value;
    if (q->unit == "%") return semitones(q->is_signed ? 1 + q->value / 100 : q->value / 100);
    if (q->unit == "Hz")
        return semitones(q->is_signed ? (voice_hz + q->value) / voice_hz : q->value / voice_hz);
    return std::nullopt;
}

std::optional<double> read_volume(std::string_view text) {
    static constexpr std::array<Named, 7> names = {{{"silent", -40},
                                                    {"x-soft", -12},
                                                    {"soft", -6},
                                                    {"medium", 0},
                                                    {"loud", 4},
                                                    {"x-loud", 7},
                                                    {"default", 0}}};
    if (const auto named = by_name(names, text)) return named;
    const auto q = read_quantity(text);
    if (!q) return std::nullopt;
    if (q->unit == "dB") return q->value;
    if (q->unit == "%") return decibels(q->is_signed ? 1 + q->value / 100 : q->value / 100);
    if (q->unit.empty() && !q->is_signed && q->value <= 100) return decibels(q->value / 100);
    if (q->unit.empty() && q->is_signed) return decibels(1 + q->value / 100);
    return std::nullopt;
}

std::optional<double> read_share(std::string_view text) {
    const auto q = read_quantity(text);
    if (!q || q->is_signed || !(q->unit.empty() || q->unit == "%")) return std::nullopt;
    const double share = q->unit == "%" ? q->value / 100 : q->value;
    return share <= 1 ? std::optional(share) : std::nullopt;
}

std::optional<double> read_style_degree(std::string_view text) {
    const auto q = read_quantity(text);
    if (!q || q->is_signed || !q->unit.empty() || q->value < 0.01 || q->value > 2) return std::nullopt;
    return q->value / 2;
}

std::string_view emotion_of_style(std::string_view style) {
    using Style = std::pair<std::string_view, std::string_view>;
    static constexpr std::array<Style, 9> styles = {{
        {"cheerful", "happy"},
        {"friendly", "happy"},
        {"hopeful", "happy"},
        {"terrified", "fearful"},
        {"depressed", "sad"},
        {"unfriendly", "angry"},
        {"gentle", "calm"},
        {"customerservice", "empathetic"},
        {"affectionate", "empathetic"},
    }};
    for (const auto& [name, emotion] : styles)
        if (name == style) return emotion;
    return style;
}

}  // namespace aimpact::voice
