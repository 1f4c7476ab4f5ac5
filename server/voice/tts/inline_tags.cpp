#include "voice/tts/inline_tags.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "voice/tts/emotion.hpp"
#include "voice/tts/ssml_values.hpp"
#include "voice/tts/unicode.hpp"
#include "voice/tts/voice_catalog.hpp"

namespace aimpact::voice {
namespace {

constexpr std::size_t kTagMax = 24;        // bytes between the brackets
constexpr std::size_t kEnclosedMax = 200;  // bytes that are held back for their closing tag
constexpr std::size_t kNestedMax = 16;
constexpr double kPauseDefault = 0.5;

struct Manner {
    std::string_view name;
    double speed = 1, pitch = 0, volume = 0;
};
constexpr std::array<Manner, 4> kManners = {
    {{"slow", 0.8, 0, 0}, {"fast", 1.25, 0, 0}, {"loud", 1, 0, 5}, {"soft", 1, 0, -6}}};

const Manner* manner(std::string_view name) {
    for (const Manner& m : kManners) {
        if (m.name == name) return &m;
    }
    return nullptr;
}

bool is_emotion(std::string_view name) {
    const auto& names = emotion_names();
    return std::find(names.begin(), names.end(), name) != names.end();
}

bool takes_argument(std::string_view name) {
    return name == "pause" || name == "rate" || name == "pitch" || name == "volume" || is_emotion(name);
}

// "0.5" of "[happy 0.5]"; what lies outside is taken to the nearer end, since a model wrote it.
std::optional<double> read_intensity(std::string_view text) {
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size() || std::isnan(value)) return std::nullopt;
    return std::clamp(value, 0.0, 1.0);
}

bool is_name(std::string_view name) {
    return takes_argument(name) || name == "spell" || name == "emphasis" || manner(name);
}

// Whether `inside`, the text after "[", may still become a tag when more of it comes.
bool may_be_tag(std::string_view inside) {
    if (inside.size() > kTagMax) return false;
    if (inside.starts_with('/')) inside.remove_prefix(1);
    const std::string_view name = inside.substr(0, inside.find(' '));
    if (name.size() < inside.size()) return takes_argument(name);
    static constexpr std::array<std::string_view, 10> names = {
        "pause", "rate", "pitch", "volume", "spell", "slow", "fast", "loud", "soft", "emphasis"};
    const auto begins = [name](std::string_view full) { return full.starts_with(name); };
    return std::any_of(names.begin(), names.end(), begins) ||
           std::any_of(emotion_names().begin(), emotion_names().end(), begins);
}

}  // namespace

InlineTagReader::InlineTagReader(SpeechStyle base, std::vector<std::string> emotions)
    : style_(std::move(base)), emotions_(std::move(emotions)) {
    style_.said_as.clear();
    pending_.style = style_;
}

std::vector<SpeechPart> InlineTagReader::push(std::string_view delta) {
    held_ += delta;
    held_.erase(0, read(false));
    flush();
    return std::exchange(out_, {});
}

std::vector<SpeechPart> InlineTagReader::finish() {
    held_.erase(0, read(true));
    text(std::exchange(held_, {}));
    flush();
    if (pending_.pause_seconds > 0) out_.push_back(std::exchange(pending_, SpeechPart{}));
    return std::exchange(out_, {});
}

std::size_t InlineTagReader::read(bool end) {
    std::size_t at = 0;
    const std::string source = std::exchange(held_, {});
    while (at < source.size()) {
        if (!enclosing_.empty()) {
            held_ = source.substr(at);
            const std::size_t used = read_enclosed(end);
            held_.clear();
            if (used == 0) break;
            at += used;
            continue;
        }
        const std::size_t open = source.find('[', at);
        if (open == std::string::npos) {
            text(std::string_view(source).substr(at));
            at = source.size();
            break;
        }
        text(std::string_view(source).substr(at, open - at));
        at = open;
        const std::size_t close = source.find(']', open);
        const std::string_view inside = std::string_view(source).substr(
            open + 1, close == std::string::npos ? std::string::npos : close - open - 1);
        const bool escaped = open > 0 ? source[open - 1] == '\\' : last_ == '\\';
        if (!escaped && may_be_tag(inside)) {
            // "[slow](address)" is a link: the next character decides.
            const bool decided = close != std::string::npos && (close + 1 < source.size() || end);
            if (!decided && !end) break;
            const bool link = decided && close + 1 < source.size() && source[close + 1] == '(';
            if (decided && !link && tag(inside)) {
                at = close + 1;
                continue;
            }
        }
        text("[");
        at = open + 1;
    }
    held_ = source;
    return at;
}

// Inside [spell] or [emphasis]: waits for its end, then says all of it in one piece.
std::size_t InlineTagReader::read_enclosed(bool end) {
    const std::string closing = "[/" + enclosing_ + "]";
    const std::size_t close = held_.find(closing);
    const std::string_view source = held_;
    if (close > kEnclosedMax) {  // or there is none
        if (!end && source.size() <= kEnclosedMax + closing.size()) return 0;
        enclosing_.clear();  // never closed: text like any other
        text(source.substr(0, 1));
        return 1;
    }
    std::string_view words = source.substr(0, close);
    while (!words.empty() && is_space(words.front())) words.remove_prefix(1);
    while (!words.empty() && is_space(words.back())) words.remove_suffix(1);
    const std::size_t begin = pending_.text.size();
    if (!words.empty()) {
        after_tag_ = false;
        pending_.text += words;
        last_ = words.back();
        SaidAs part{.begin = begin, .end = pending_.text.size(), .how = SaidAs::How::letters, .said = {}};
        if (enclosing_ == "emphasis") {
            part.how = SaidAs::How::stress;
            part.said = "+2";
        }
        pending_.style.said_as.push_back(std::move(part));
    }
    enclosing_.clear();
    after_tag_ = true;
    return close + closing.size();
}

void InlineTagReader::text(std::string_view words) {
    // A tag stands between two spaces as a rule: one of them is enough.
    if (after_tag_ && is_space(last_)) {
        while (!words.empty() && words.front() == ' ') words.remove_prefix(1);
    }
    if (words.empty()) return;
    after_tag_ = false;
    pending_.text += words;
    last_ = words.back();
}

bool InlineTagReader::tag(std::string_view inside) {
    const bool closes = inside.starts_with('/');
    if (closes) inside.remove_prefix(1);
    const std::size_t space = inside.find(' ');
    const std::string_view name = inside.substr(0, space), argument = space == std::string_view::npos
                                                                          ? std::string_view{}
                                                                          : inside.substr(space + 1);
    if (!is_name(name)) return false;
    if (closes) {
        if (!argument.empty() || name == "pause") return false;
        close_tag(name);
    } else if (!open_tag(name, argument)) {
        return false;
    }
    after_tag_ = true;
    return true;
}

bool InlineTagReader::open_tag(std::string_view name, std::string_view argument) {
    if (name == "pause") {
        const auto seconds = argument.empty() ? std::optional(kPauseDefault) : read_time(argument);
        if (!seconds) return false;
        flush();
        pending_.pause_seconds = std::min(pending_.pause_seconds + *seconds, kPauseSecondsMax);
        return true;
    }
    if (name == "spell" || name == "emphasis") {
        enclosing_ = name;
        return true;
    }
    SpeechStyle next = style_;
    if (const Manner* m = manner(name)) {
        next.speed *= m->speed;
        next.volume_db += m->volume;
    } else if (name == "rate" || name == "pitch" || name == "volume") {
        const double voice_hz = is_man(style_.voice) ? 120 : 200;
        const auto value = name == "rate"    ? read_rate(argument)
                           : name == "pitch" ? read_pitch(argument, voice_hz)
                                             : read_volume(argument);
        if (!value) return false;
        if (name == "rate") next.speed *= *value;
        if (name == "pitch") next.pitch_semitones += *value;
        if (name == "volume") next.volume_db += *value;
    } else {
        const auto intensity = argument.empty() ? std::optional(1.0) : read_intensity(argument);
        if (!intensity) return false;
        if (std::find(emotions_.begin(), emotions_.end(), name) != emotions_.end()) {
            next.emotion = name;
            next.intensity = *intensity;
        }
    }
    next.speed = std::clamp(next.speed, kSpeedLow, kSpeedHigh);
    next.pitch_semitones = std::clamp(next.pitch_semitones, kPitchLow, kPitchHigh);
    next.volume_db = std::clamp(next.volume_db, kVolumeLow, kVolumeHigh);
    if (open_.size() >= kNestedMax) open_.erase(open_.begin());
    open_.push_back({std::string(name), style_});
    restyle(std::move(next));
    return true;
}

void InlineTagReader::close_tag(std::string_view name) {
    const auto at =
        std::find_if(open_.rbegin(), open_.rend(), [name](const Open& o) { return o.name == name; });
    if (at == open_.rend()) return;
    SpeechStyle outside = std::move(at->outside);
    open_.erase(std::prev(at.base()), open_.end());  // with those inside that were left open
    restyle(std::move(outside));
}

void InlineTagReader::restyle(SpeechStyle next) {
    flush();
    style_ = std::move(next);
    pending_.style = style_;
}

void InlineTagReader::flush() {
    if (pending_.text.empty()) return;  // a silence goes with the text that follows it
    out_.push_back(std::exchange(pending_, SpeechPart{}));
    pending_.style = style_;
}

}  // namespace aimpact::voice
