// libFuzzer: SSML documents and inline tags, from a client or a language model. The first byte chooses how
// the text arrives and what an error does.
#include "base/fuzzing.hpp"
#include "base/log.hpp"
#include "voice/tts/speech_markup.hpp"
#include "voice/tts/test_synthesizer.hpp"

using namespace aimpact;
using namespace aimpact::voice;
using base::require;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const bool quiet = [] {
        base::configure_log(base::LogLevel::off, base::LogFormat::json);
        return true;
    }();
    (void)quiet;
    static const TestSynthesizer synthesizer;
    if (size < 1 || size > 8192) return 0;
    const auto errors = data[0] & 1 ? MarkupErrors::strict : MarkupErrors::tolerant;
    const std::size_t step = 1 + (data[0] >> 1);
    const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);

    SpeechMarkup markup({}, synthesizer, errors);
    SpeechCutter cutter;
    std::string written, planned;
    const auto take = [&](Result<std::vector<SpeechPart>> parts) {
        if (parts.has_error()) {
            require(errors == MarkupErrors::strict);
            return false;
        }
        for (const SpeechPart& part : *parts) {
            written += part.text;
            require(part.style.speed >= kSpeedLow && part.style.speed <= kSpeedHigh);
            require(part.style.pitch_semitones >= kPitchLow && part.style.pitch_semitones <= kPitchHigh);
            require(part.style.volume_db >= kVolumeLow && part.style.volume_db <= kVolumeHigh);
            require(part.pause_seconds >= 0 && part.pause_seconds <= 300);
            for (const SaidAs& place : part.style.said_as)
                require(place.begin < place.end && place.end <= part.text.size());
        }
        for (const PlannedClause& clause : cutter.push(*std::move(parts))) {
            planned += clause.text;
            std::size_t from = 0;
            for (const SaidAs& place : clause.style.said_as) {
                require(place.begin >= from && place.begin < place.end && place.end <= clause.text.size());
                from = place.end;
            }
        }
        return true;
    };
    for (std::size_t at = 0; at < text.size(); at += step) {
        if (!take(markup.push(text.substr(at, step)))) return 0;
    }
    if (!take(markup.finish())) return 0;
    for (const PlannedClause& clause : cutter.finish()) planned += clause.text;
    require(written.starts_with(planned));
    require(written.find_first_not_of(" \t\r\n\v\f", planned.size()) == std::string::npos);
    require(written.size() <= 2 * size + 1024);
    return 0;
}
