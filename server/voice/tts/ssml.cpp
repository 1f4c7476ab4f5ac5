#include "voice/tts/ssml.hpp"

#include <expat.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <utility>

#include "voice/custom_voice.hpp"
#include "voice/tts/phonetic_alphabet.hpp"
#include "voice/tts/say_as.hpp"
#include "voice/tts/ssml_values.hpp"
#include "voice/tts/unicode.hpp"
#include "voice/tts/voice_catalog.hpp"

namespace aimpact::voice {
namespace {

// Elements that are read as their text.
constexpr std::array<std::string_view, 4> kTransparent = {"w", "token", "lang", "desc"};
constexpr std::array<std::string_view, 3> kIgnored = {"mark", "meta", "metadata"};
constexpr std::size_t kHeldMax = 300;  // bytes in an element that is said as one
constexpr double kSentencePause = 0.28, kParagraphPause = 0.3, kExpletivePause = 0.4;

template <std::size_t N>
bool one_of(std::string_view name, const std::array<std::string_view, N>& names) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

}  // namespace

std::optional<bool> begins_as_ssml(std::string_view text) {
    if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
    while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
    for (std::string_view start : {std::string_view("<speak"), std::string_view("<?xml")}) {
        if (text.size() <= start.size()) {
            if (start.starts_with(text)) return std::nullopt;
            continue;
        }
        const char next = text[start.size()];
        if (text.starts_with(start) && (is_space(next) || next == '>' || next == '/')) return true;
    }
    return false;
}

struct SsmlReader::State {
    struct Element {
        std::string name;
        SpeechStyle outside;  // the style to go back to
        // Of an element whose text is said as one (say-as, sub, phoneme, emphasis), held until it ends:
        bool holds = false;
        SaidAs said;
        std::string kind, format;
    };

    State(SpeechStyle base_in, const Synthesizer& synthesizer_in, SsmlLimits limits_in)
        : base(std::move(base_in)),
          style(base),
          synthesizer(synthesizer_in),
          limits(limits_in),
          parser(XML_ParserCreate("UTF-8")) {
        base.said_as.clear();
        style.said_as.clear();
        if (!parser) {
            error = base::internal_error("XML_ParserCreate failed");
            return;
        }
        XML_SetUserData(parser, this);
        XML_SetElementHandler(
            parser,
            [](void* self, const char* name, const char** attributes) {
                static_cast<State*>(self)->open(name, attributes);
            },
            [](void* self, const char* name) { static_cast<State*>(self)->close(name); });
        XML_SetCharacterDataHandler(parser, [](void* self, const char* text, int length) {
            static_cast<State*>(self)->characters({text, static_cast<std::size_t>(length)});
        });
        XML_SetStartDoctypeDeclHandler(parser, [](void* self, const char*, const char*, const char*, int) {
            static_cast<State*>(self)->fail("a document type isn't allowed; remove the <!DOCTYPE ...>.");
        });
    }
    ~State() {
        if (parser) XML_ParserFree(parser);
    }
    State(const State&) = delete;
    State& operator=(const State&) = delete;

    bool british() const { return is_british(pronounced_as(style)); }

    void fail(std::string what, std::string param = {}) {
        if (error) return;
        error = base::invalid_argument(
            fmt::format("SSML line {}, column {}: {}", XML_GetCurrentLineNumber(parser),
                        XML_GetCurrentColumnNumber(parser) + 1, what),
            param.empty() ? "input" : std::move(param));
        XML_StopParser(parser, XML_FALSE);
    }

    static const char* find(const char** attributes, std::string_view name) {
        for (; *attributes; attributes += 2) {
            if (attributes[0] == name) return attributes[1];
        }
        return nullptr;
    }

    // ---- elements
    void open(std::string_view name, const char** attributes) {
        if (error) return;
        if (++elements > limits.elements_max)
            return fail(fmt::format("more than {} elements. Send the text in parts.", limits.elements_max));
        if (static_cast<int>(stack.size()) >= limits.depth_max)
            return fail(
                fmt::format("<{}> is nested deeper than {} elements.", shown(name), limits.depth_max));
        if (stack.empty() != (name == "speak"))
            return fail(stack.empty()
                            ? fmt::format("the document begins with <speak>, not <{}>.", shown(name))
                            : std::string("<speak> can't be inside another element."));
        if (!stack.empty() && stack.back().holds)
            return fail(fmt::format("<{}> holds text only, no <{}>.", stack.back().name, shown(name)));
        Element element;
        element.name = name;
        element.outside = style;
        stack.push_back(std::move(element));
        if (!begin(stack.back(), attributes) && !error)
            fail(
                fmt::format("<{}> is no element that is supported. docs/SPEECH.md lists them.", shown(name)));
    }

    bool begin(Element& e, const char** attributes) {
        const std::string_view name = e.name;
        if (name == "speak") return true;
        if (name == "p" || name == "paragraph" || name == "s" || name == "sentence") {
            end_sentence(0);
            return true;
        }
        if (one_of(name, kTransparent) || one_of(name, kIgnored)) return true;
        if (name == "break") return begin_break(attributes);
        if (name == "prosody") return begin_prosody(attributes);
        if (name == "voice") return begin_voice(attributes);
        if (name == "emotion") return begin_emotion(attributes);
        if (name == "mstts:express-as") return begin_express_as(attributes);
        if (name == "emphasis") return begin_emphasis(e, attributes);
        if (name == "sub" || name == "phoneme" || name == "say-as") return begin_said(e, attributes);
        return false;
    }

    bool begin_break(const char** attributes) {
        double seconds = 0.35;
        if (const char* strength = find(attributes, "strength")) {
            const auto value = read_strength(strength);
            if (!value)
                return refuse("break strength", strength, "none, x-weak, weak, medium, strong or x-strong");
            seconds = *value;
        }
        if (const char* time = find(attributes, "time")) {
            const auto value = read_time(time);
            if (!value || *value > kPauseSecondsMax)
                return refuse("break time", time, "0ms to 10s, as in 500ms or 1.5s");
            seconds = *value;
        }
        pause(seconds);
        return true;
    }

    bool begin_prosody(const char** attributes) {
        SpeechStyle next = style;
        for (const char** a = attributes; *a; a += 2) {
            const std::string_view name = a[0], value = a[1];
            if (name == "rate") {
                const auto rate = read_rate(value);
                if (!rate) return refuse("prosody rate", value, "x-slow to x-fast, 80%, +10% or 1.2");
                next.speed = std::clamp(next.speed * *rate, kSpeedLow, kSpeedHigh);
            } else if (name == "pitch") {
                const auto pitch = read_pitch(value, voice_hz());
                if (!pitch)
                    return refuse("prosody pitch", value, "x-low to x-high, +2st, -10%, +20Hz or 180Hz");
                next.pitch_semitones = std::clamp(next.pitch_semitones + *pitch, kPitchLow, kPitchHigh);
            } else if (name == "volume") {
                const auto volume = read_volume(value);
                if (!volume)
                    return refuse("prosody volume", value, "silent, x-soft to x-loud, +6dB or 0 to 100");
                next.volume_db = std::clamp(next.volume_db + *volume, kVolumeLow, kVolumeHigh);
            } else {
                fail(fmt::format("<prosody> has no '{}' here: use rate, pitch and volume.", shown(name)));
                return true;
            }
        }
        restyle(std::move(next));
        return true;
    }

    bool begin_voice(const char** attributes) {
        const char* name = find(attributes, "name");
        const char* gender = find(attributes, "gender");
        const char* language = find(attributes, "xml:lang");
        if (!language) language = find(attributes, "language");
        if (!name && !gender && !language) {
            fail("<voice> needs a name (GET /api/v1/voices lists them), a gender or xml:lang.");
            return true;
        }
        SpeechStyle next = style;
        next.custom_voice = nullptr;
        if (name) {
            next.voice = name;
        } else {
            const auto& voices = synthesizer.voices();
            const auto fits = [&](const Voice& v) {
                return (!gender || v.gender == gender) && (!language || v.language == language);
            };
            const auto found = std::find_if(voices.begin(), voices.end(), fits);
            if (found == voices.end()) {
                fail("there is no voice of that gender and language. GET /api/v1/voices lists them.");
                return true;
            }
            next.voice = found->id;
        }
        if (const auto known = synthesizer.check(next); known.has_error()) {
            fail("<voice>: " + known.error().message);
            return true;
        }
        restyle(std::move(next));
        return true;
    }

    bool begin_emotion(const char** attributes) {
        const char* name = find(attributes, "name");
        if (!name) {
            fail("<emotion> needs a name (GET /api/v1/emotions lists them).");
            return true;
        }
        SpeechStyle next = style;
        next.emotion = name;
        if (const char* intensity = find(attributes, "intensity")) {
            const auto value = read_share(intensity);
            if (!value) return refuse("emotion intensity", intensity, "a number from 0 to 1");
            next.intensity = *value;
        }
        if (const auto known = synthesizer.check(next); known.has_error()) {
            fail("<emotion>: " + known.error().message);
            return true;
        }
        restyle(std::move(next));
        return true;
    }

    // As Azure's documents have it.
    bool begin_express_as(const char** attributes) {
        const char* style_name = find(attributes, "style");
        SpeechStyle next = style;
        next.intensity = 0.5;
        next.emotion = emotion_of_style(style_name ? style_name : "");
        if (const char* degree = find(attributes, "styledegree")) {
            const auto value = read_style_degree(degree);
            if (!value) return refuse("mstts:express-as styledegree", degree, "a number from 0.01 to 2");
            next.intensity = *value;
        }
        if (const auto known = synthesizer.check(next); known.has_error()) {
            fail("<mstts:express-as>: " + known.error().message);
            return true;
        }
        restyle(std::move(next));
        return true;
    }

    bool begin_emphasis(Element& e, const char** attributes) {
        const char* level = find(attributes, "level");
        const std::string_view value = level ? level : "moderate";
        if (value == "none") return true;
        if (value != "strong" && value != "moderate" && value != "reduced")
            return refuse("emphasis level", value, "strong, moderate, none or reduced");
        e.holds = true;
        e.said.how = SaidAs::How::stress;
        e.said.said = value == "strong" ? "+2" : value == "moderate" ? "+1" : "-1";
        return true;
    }

    bool begin_said(Element& e, const char** attributes) {
        e.holds = true;
        const auto need = [&](const char* attribute) -> const char* {
            const char* value = find(attributes, attribute);
            if (!value || !*value) fail(fmt::format("<{}> needs {}=\"...\".", e.name, attribute));
            return value;
        };
        if (e.name == "sub") {
            const char* alias = need("alias");
            if (!alias) return true;
            if (std::strlen(alias) > kHeldMax)
                fail(fmt::format("the alias of <sub> has at most {} bytes.", kHeldMax));
            e.said = {.how = SaidAs::How::words, .said = alias};
        } else if (e.name == "phoneme") {
            const char* ph = need("ph");
            if (!ph) return true;
            if (std::strlen(ph) > kHeldMax) {
                fail(fmt::format("the ph of <phoneme> has at most {} bytes.", kHeldMax));
                return true;
            }
            const char* alphabet = find(attributes, "alphabet");
            const auto phones =
                read_phones(ph, alphabet ? alphabet : "ipa", british() ? Accent::british : Accent::american);
            if (phones.has_error()) {
                fail("<phoneme>: " + phones.error().message);
                return true;
            }
            e.said = {.how = SaidAs::How::phones, .said = to_utf8(*phones)};
        } else {
            const char* kind = need("interpret-as");
            if (!kind) return true;
            e.kind = kind;
            if (const char* format = find(attributes, "format")) e.format = format;
        }
        return true;
    }

    void close(std::string_view) {
        if (error || stack.empty()) return;
        Element e = std::move(stack.back());
        stack.pop_back();
        if (e.holds) {
            say_held(e);
        } else if (e.name == "s" || e.name == "sentence") {
            end_sentence(kSentencePause);
        } else if (e.name == "p" || e.name == "paragraph") {
            end_sentence(kSentencePause);
            pause(kParagraphPause);
        } else if (e.name == "voice" || e.name == "prosody" || e.name == "emotion" ||
                   e.name == "mstts:express-as") {
            restyle(std::move(e.outside));
        }
        done = stack.empty();
    }

    void say_held(Element& e) {
        const std::string text = std::exchange(held, {});
        if (text.find_first_not_of(' ') == std::string::npos && e.name != "phoneme" && e.name != "sub")
            return;
        if (e.name == "say-as") {
            const auto said = say_as(text, {e.kind, e.format, british()});
            if (said.has_error()) return fail("<say-as>: " + said.error().message);
            if (said->left_out) return pause(kExpletivePause);
            e.said = {.how = said->how, .said = said->said};
        }
        // An empty <phoneme/> or <sub/> is said all the same.
        const std::string written =
            text.empty() ? (e.name == "sub" ? e.said.said : std::string("\u2014")) : text;
        e.said.begin = pending.text.size();
        pending.text += written;
        e.said.end = pending.text.size();
        pending.style.said_as.push_back(e.said);
        last = written.back();
    }

    // ---- text
    void characters(std::string_view text) {
        if (error) return;
        const bool hold = !stack.empty() && stack.back().holds;
        if (!stack.empty() && (one_of(stack.back().name, kIgnored) || stack.back().name == "break")) return;
        for (char c : text) {  // the line breaks of XML are no paragraphs
            std::string& out = hold ? held : pending.text;
            const char before = hold ? (held.empty() ? last : held.back()) : last;
            if (is_space(c)) {
                if (before == ' ') continue;
                c = ' ';
            }
            out += c;
            if (!hold) last = c;
        }
        if (held.size() > kHeldMax)
            fail(fmt::format("<{}> holds at most {} bytes of text.", stack.back().name, kHeldMax));
    }

    void pause(double seconds) {
        if (seconds <= 0) return;
        pauses += seconds;
        if (pauses > limits.pauses_max_seconds)
            return fail(
                fmt::format("the pauses are longer than {} seconds in all.", limits.pauses_max_seconds));
        flush();
        pending.pause_seconds += seconds;
    }

    // What came so far is a sentence; without a mark at its end it is given the pause of one.
    void end_sentence(double unmarked_pause) {
        flush();
        pending.new_clause = true;
        const bool marked = std::string_view(".!?;:,").find(last_spoken) != std::string_view::npos;
        if (unmarked_pause > 0 && !marked && last_spoken != '\0') pending.pause_seconds += unmarked_pause;
        last_spoken = '\0';
        if (last != ' ') {
            pending.text += ' ';
            last = ' ';
        }
    }

    void restyle(SpeechStyle next) {
        flush();
        next.said_as.clear();
        style = std::move(next);
        pending.style = style;
    }

    void flush() {
        if (const auto end = pending.text.find_last_not_of(' '); end != std::string::npos)
            last_spoken = pending.text[end];
        if (pending.text.empty() && pending.pause_seconds <= 0 && !pending.new_clause) return;
        out.push_back(std::exchange(pending, SpeechPart{}));
        pending.style = style;
    }

    bool refuse(std::string_view what, std::string_view value, std::string_view allowed) {
        fail(fmt::format("'{}' is no {}: use {}.", shown(value), what, allowed));
        return true;
    }

    double voice_hz() const {  // the usual pitch of a woman's or a man's voice
        if (const auto* matched = dynamic_cast<const MatchedVoice*>(style.custom_voice.get()))
            return std::exp(matched->log_f0);
        return is_man(style.voice) ? 120 : 200;
    }

    static std::string shown(std::string_view text) { return std::string(text.substr(0, 40)); }

    Result<std::vector<SpeechPart>> parse(std::string_view bytes, bool end) {
        if (error) return *error;
        read += bytes.size();
        if (read > limits.bytes_max) {
            error = Error{base::ErrorCode::payload_too_large,
                          fmt::format("An SSML document has at most {} bytes. Send the text in parts.",
                                      limits.bytes_max),
                          {},
                          "input"};
            return *error;
        }
        const auto status = XML_Parse(parser, bytes.data(), static_cast<int>(bytes.size()), end);
        if (status == XML_STATUS_ERROR && !error)
            error = base::invalid_argument(
                fmt::format("SSML line {}, column {}: {}.", XML_GetCurrentLineNumber(parser),
                            XML_GetCurrentColumnNumber(parser) + 1,
                            XML_ErrorString(XML_GetErrorCode(parser))),
                "input");
        if (error) return *error;
        flush();
        return std::exchange(out, {});
    }

    SpeechStyle base, style;
    const Synthesizer& synthesizer;
    const SsmlLimits limits;
    XML_Parser parser;
    std::optional<Error> error;
    std::vector<Element> stack;
    int elements = 0;
    std::size_t read = 0;
    double pauses = 0;
    bool done = false;
    std::string held;
    char last = ' ';          // the last character of the text, to keep one space between words
    char last_spoken = '\0';  // the last that isn't a space, in this sentence
    SpeechPart pending;
    std::vector<SpeechPart> out;
};

SsmlReader::SsmlReader(SpeechStyle base, const Synthesizer& synthesizer, SsmlLimits limits)
    : state_(std::make_unique<State>(std::move(base), synthesizer, limits)) {
    state_->pending.style = state_->style;
}
SsmlReader::~SsmlReader() = default;
SsmlReader::SsmlReader(SsmlReader&&) noexcept = default;
SsmlReader& SsmlReader::operator=(SsmlReader&&) noexcept = default;

Result<std::vector<SpeechPart>> SsmlReader::push(std::string_view bytes) {
    return state_->parse(bytes, false);
}
Result<std::vector<SpeechPart>> SsmlReader::finish() {
    return state_->parse({}, true);
}
bool SsmlReader::complete() const {
    return state_->done;
}

}  // namespace aimpact::voice
