// Units of measure and their words.
#include <algorithm>
#include <array>

#include "voice/tts/normalizer_rules.hpp"

namespace aimpact::voice {
namespace {

struct Unit {
    std::string_view sign;
    UnitWords words;
    bool only_attached = false;  // "5A" is amperes, "5 A" more often is not
};

// Case matters: mW and MW, b and B.
constexpr std::array kUnits = std::to_array<Unit>({
    {"km/h", {"kilometer per hour", "kilometers per hour"}},
    {"kph", {"kilometer per hour", "kilometers per hour"}},
    {"mph", {"mile per hour", "miles per hour"}},
    {"mpg", {"mile per gallon", "miles per gallon"}},
    {"m/s", {"meter per second", "meters per second"}},
    {"rpm", {"revolution per minute", "revolutions per minute"}},
    {"bpm", {"beat per minute", "beats per minute"}},
    {"fps", {"frame per second", "frames per second"}},
    {"km squared", {"square kilometer", "square kilometers"}},
    {"m squared", {"square meter", "square meters"}},
    {"cm squared", {"square centimeter", "square centimeters"}},
    {"mm squared", {"square millimeter", "square millimeters"}},
    {"ft squared", {"square foot", "square feet"}},
    {"mi squared", {"square mile", "square miles"}},
    {"m cubed", {"cubic meter", "cubic meters"}},
    {"cm cubed", {"cubic centimeter", "cubic centimeters"}},
    {"ft cubed", {"cubic foot", "cubic feet"}},
    {"dL", {"deciliter", "deciliters"}},
    {"dl", {"deciliter", "deciliters"}},
    {"mo", {"month", "months"}, true},
    {"yr", {"year", "years"}},
    {"wk", {"week", "weeks"}},
    {"mol", {"mole", "moles"}},
    {"Nm", {"newton meter", "newton meters"}},
    {"km", {"kilometer", "kilometers"}},
    {"cm", {"centimeter", "centimeters"}},
    {"mm", {"millimeter", "millimeters"}},
    {"nm", {"nanometer", "nanometers"}},
    {"\u00B5m", {"micrometer", "micrometers"}},
    {"mi", {"mile", "miles"}},
    {"ft", {"foot", "feet"}},
    {"yd", {"yard", "yards"}},
    {"kg", {"kilogram", "kilograms"}},
    {"mg", {"milligram", "milligrams"}},
    {"\u00B5g", {"microgram", "micrograms"}},
    {"lbs", {"pound", "pounds"}},
    {"lb", {"pound", "pounds"}},
    {"oz", {"ounce", "ounces"}},
    {"ml", {"milliliter", "milliliters"}},
    {"mL", {"milliliter", "milliliters"}},
    {"cl", {"centiliter", "centiliters"}},
    {"gal", {"gallon", "gallons"}},
    {"kWh", {"kilowatt hour", "kilowatt hours"}},
    {"kW", {"kilowatt", "kilowatts"}},
    {"MW", {"megawatt", "megawatts"}},
    {"GW", {"gigawatt", "gigawatts"}},
    {"mAh", {"milliamp hour", "milliamp hours"}},
    {"mA", {"milliamp", "milliamps"}},
    {"kHz", {"kilohertz", "kilohertz"}},
    {"MHz", {"megahertz", "megahertz"}},
    {"GHz", {"gigahertz", "gigahertz"}},
    {"Hz", {"hertz", "hertz"}},
    {"dB", {"decibel", "decibels"}},
    {"kB/s", {"kilobyte per second", "kilobytes per second"}},
    {"MB/s", {"megabyte per second", "megabytes per second"}},
    {"GB/s", {"gigabyte per second", "gigabytes per second"}},
    {"Mbps", {"megabit per second", "megabits per second"}},
    {"Gbps", {"gigabit per second", "gigabits per second"}},
    {"kbps", {"kilobit per second", "kilobits per second"}},
    {"KB", {"kilobyte", "kilobytes"}},
    {"kB", {"kilobyte", "kilobytes"}},
    {"MB", {"megabyte", "megabytes"}},
    {"GB", {"gigabyte", "gigabytes"}},
    {"TB", {"terabyte", "terabytes"}},
    {"GiB", {"gibibyte", "gibibytes"}},
    {"MiB", {"mebibyte", "mebibytes"}},
    {"ms", {"millisecond", "milliseconds"}},
    {"\u00B5s", {"microsecond", "microseconds"}},
    {"ns", {"nanosecond", "nanoseconds"}},
    {"sec", {"second", "seconds"}},
    {"secs", {"second", "seconds"}},
    {"min", {"minute", "minutes"}},
    {"mins", {"minute", "minutes"}},
    {"hr", {"hour", "hours"}},
    {"hrs", {"hour", "hours"}},
    {"yrs", {"year", "years"}},
    {"kcal", {"kilocalorie", "kilocalories"}},
    {"kPa", {"kilopascal", "kilopascals"}},
    {"psi", {"P S I", "P S I"}},
    {"px", {"pixel", "pixels"}},
    {"ha", {"hectare", "hectares"}},
    {"sq ft", {"square foot", "square feet"}},
    {"sq m", {"square meter", "square meters"}},
    {"\u00B0C", {"degree Celsius", "degrees Celsius"}},
    {"\u00B0F", {"degree Fahrenheit", "degrees Fahrenheit"}},
    {"\u00B0", {"degree", "degrees"}},
    {"\u2103", {"degree Celsius", "degrees Celsius"}},
    {"\u2109", {"degree Fahrenheit", "degrees Fahrenheit"}},
    {"m", {"meter", "meters"}},
    {"g", {"gram", "grams"}},
    {"L", {"liter", "liters"}},
    {"l", {"liter", "liters"}},
    {"h", {"hour", "hours"}},
    {"s", {"second", "seconds"}, true},
    {"W", {"watt", "watts"}, true},
    {"V", {"volt", "volts"}, true},
    {"A", {"amp", "amps"}, true},
    {"K", {"thousand", "thousand"}, true},
    {"k", {"thousand", "thousand"}, true},
    {"x", {"times", "times"}, true},
});

}  // namespace

std::optional<UnitWords> unit_at(std::string_view s, bool attached, std::size_t& length) {
    const Unit* best = nullptr;
    for (const Unit& unit : kUnits) {
        if (!s.starts_with(unit.sign) || !ends_word(s, unit.sign.size())) continue;
        // "220 V", "10 A": apart only where nothing else can be meant.
        const char next = s.size() > unit.sign.size() ? s[unit.sign.size()] : '.';
        const bool electric =
            is_upper(unit.sign[0]) && unit.sign != "K" && !is_space(next) && !is_word_byte(next);
        if (unit.only_attached && !attached && !electric) continue;
        // "mi/h" or "m/w" is something else than the unit before the slash; "5 m/f".
        if (!best || unit.sign.size() > best->sign.size()) best = &unit;
    }
    if (!best) return std::nullopt;
    length = best->sign.size();
    // An abbreviating dot ("5 min. later", "6 ft. tall") goes too, unless it ends the sentence.
    const auto rest = s.substr(length);
    if (rest.starts_with(". ") && rest.size() > 2 && is_lower(rest[2]) && best->sign.size() > 1) ++length;
    return best->words;
}

}  // namespace aimpact::voice
