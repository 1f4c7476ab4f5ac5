// aimpact transcribe, aimpact speak: the engines on files, without a server.
#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <boost/json.hpp>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <iostream>

#include "app/cli.hpp"
#include "app/engines.hpp"
#include "base/async.hpp"
#include "base/wire.hpp"
#include "voice/tts/planned_speech.hpp"
#include "voice/tts/speech_markup.hpp"
#include "voice/speakers/diarised_transcription.hpp"

namespace aimpact::app {

namespace json = boost::json;
using base::Result;
using base::Task;

namespace {

double ms_since(base::SteadyTime start) {
    return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
}

double rounded(double value) {
    return std::round(value * 1000.0) / 1000.0;
}

json::object transcript_json(const std::string& file, const voice::Transcript& transcript, double load_ms,
                             double total_ms) {
    json::array segments;
    for (const voice::Segment& segment : transcript.segments) {
        json::object row{{"start", rounded(segment.start_seconds)},
                         {"end", rounded(segment.end_seconds)},
                         {"text", segment.text}};
        if (!segment.speaker.empty()) row["speaker"] = segment.speaker;
        segments.push_back(std::move(row));
    }
    json::object out{{"file", file},
                     {"text", transcript.text},
                     {"segments", std::move(segments)},
                     {"duration", rounded(transcript.audio_seconds)},
                     {"speech", rounded(transcript.speech_seconds)},
                     {"timings", json::object{{"read_ms", rounded(load_ms)},
                                              {"decode_ms", rounded(transcript.decode_ms)},
                                              {"total_ms", rounded(total_ms)}}}};
    if (!transcript.rejected.empty()) out["rejected"] = transcript.rejected;
    return out;
}

// A line for each change of speaker: "A: What they say."
void print_speakers(const std::string& file, const voice::Transcript& transcript) {
    if (!file.empty()) fmt::print("{}:\n", file);
    std::string before;
    for (const voice::Segment& segment : transcript.segments) {
        if (segment.speaker != before)
            fmt::print("{}{}: {}", before.empty() ? "" : "\n", segment.speaker, segment.text);
        else
            fmt::print(" {}", segment.text);
        before = segment.speaker;
    }
    if (!before.empty()) fmt::print("\n");
}

// The rest of the options of `speak` as one style.
voice::SpeechStyle style_of(const SpeakOptions& options) {
    voice::SpeechStyle style;
    if (!options.voice.empty()) style.voice = options.voice;
    if (!options.emotion.empty()) style.emotion = options.emotion;
    style.intensity = options.intensity;
    style.speed = options.speed;
    return style;
}

Result<voice::AudioFormat> format_of(const std::string& path) {
    if (path == "-") return voice::AudioFormat::wav;
    const std::size_t dot = path.rfind('.');
    if (dot == std::string::npos)
        return base::invalid_argument(fmt::format(
            "'{}' has no extension that names a format: use .wav, .mp3, .opus, .flac or .pcm.", path));
    std::string name = path.substr(dot + 1);
    if (name == "ogg") name = "opus";
    return voice::parse_audio_format(name);
}

struct Spoken {
    double first_audio_ms = -1, audio_seconds = 0;
};

// A FLAC stream says in its head how many samples follow, or 0 where that was not known yet (RFC 9639, 8.2:
// the low 36 bits of the eight bytes from 18). In a file it can be told afterwards, and some readers need it.
bool write_flac_length(const std::string& path, std::uint64_t samples) {
    std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
    std::array<char, 5> bytes{};
    file.seekg(21).read(bytes.data(), bytes.size());
    if (!file) return false;
    bytes[0] = static_cast<char>((static_cast<unsigned char>(bytes[0]) & 0xF0U) | ((samples >> 32) & 0x0FU));
    for (std::size_t i = 1; i < bytes.size(); ++i)
        bytes[i] = static_cast<char>((samples >> (32 - 8 * i)) & 0xFFU);
    return static_cast<bool>(file.seekp(21).write(bytes.data(), bytes.size()).flush());
}

Task<Result<Spoken>> speak_to(voice::Synthesizer& synthesizer, std::string text, voice::SpeechStyle style,
                              voice::AudioEncoder& encoder, std::ostream& out) {
    const base::SteadyTime start = std::chrono::steady_clock::now();
    Spoken spoken;
    std::vector<float> samples;
    auto collect = [&](voice::SpokenChunk chunk) {
        if (spoken.first_audio_ms < 0) spoken.first_audio_ms = ms_since(start);
        samples.insert(samples.end(), chunk.samples.begin(), chunk.samples.end());
    };
    AIMPACT_CO_TRY(auto planned, voice::plan_speech(text, style, synthesizer));
    for (voice::PlannedClause& clause : planned) {
        samples.clear();
        AIMPACT_CO_CHECK(co_await voice::stream_planned(synthesizer, std::move(clause),
                                                        inference::Priority::batch, collect));
        spoken.audio_seconds += static_cast<double>(samples.size()) / voice::kSynthesisRate;
        AIMPACT_CO_TRY(const std::string bytes, encoder.encode(samples));
        out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
        if (!out)
            co_return base::Error{base::ErrorCode::unavailable,
                                  "The audio can't be written: is the disk full?"};
    }
    AIMPACT_CO_TRY(const std::string rest, encoder.finish());
    out.write(rest.data(), static_cast<std::streamsize>(rest.size()));
    out.flush();
    if (!out)
        co_return base::Error{base::ErrorCode::unavailable, "The audio can't be written: is the disk full?"};
    co_return spoken;
}

}  // namespace

int transcribe(const base::Config& config, const TranscribeOptions& options) {
    base::Metrics metrics;
    base::SystemClock clock;
    Engines engines(config, metrics, clock);
    engines.load({.hearing = true});
    voice::Recognizer* recognizer = engines.recognizer().get();
    if (!recognizer) return report(engines.recognizer().unavailable());

    int code = 0;
    for (const std::string& file : options.files) {
        const base::SteadyTime start = clock.steady();
        auto clip = voice::read_audio_file(file, {}, voice::kRecognitionRate);
        const double read_ms = ms_since(start);
        const bool readable = clip.has_value();
        auto transcript = clip.has_error() ? Result<voice::Transcript>(clip.error())
                          : options.diarise
                              ? base::run_sync(voice::transcribe_speakers(
                                    *recognizer, *engines.diariser().get(), std::move(clip->samples), {},
                                    {.speakers = options.speakers}, inference::Priority::batch))
                              : base::run_sync(recognizer->transcribe(std::move(clip->samples), {},
                                                                      inference::Priority::batch));
        if (transcript.has_error()) {
            // The other files are still worth transcribing; the exit code tells.
            const base::Error& error = transcript.error();
            if (options.json)
                fmt::print("{}\n", base::to_text(json::object{{"file", file}, {"error", error.message}}));
            std::fflush(stdout);
            // A file that can't be read is named by its error already.
            const std::string where = readable ? file + ": " : "";
            std::fprintf(stderr, "aimpact: %s%s\n", where.c_str(), error.message.c_str());
            code = base::exit_code(error.code);
            continue;
        }
        if (options.json)
            fmt::print("{}\n", base::to_text(transcript_json(file, *transcript, read_ms, ms_since(start))));
        else if (options.diarise)
            print_speakers(options.files.size() > 1 ? file : std::string(), *transcript);
        else if (options.files.size() > 1)
            fmt::print("{}: {}\n", file, transcript->text);
        else
            fmt::print("{}\n", transcript->text);
        std::fflush(stdout);
    }
    return code;
}

int speak(const base::Config& config, const SpeakOptions& options) {
    const std::string output = options.output.empty() ? "speech.wav" : options.output;
    std::string text = options.text;
    if (text == "-") text.assign(std::istreambuf_iterator<char>(std::cin), {});
    if (text.find_first_not_of(" \t\r\n") == std::string::npos)
        return report(
            base::invalid_argument("There is no text to say. Give it as TEXT, or - and standard input."));
    const auto format = format_of(output);
    if (format.has_error()) return report(format.error());
    auto encoder = voice::AudioEncoder::make(*format, voice::kSynthesisRate);
    if (encoder.has_error()) return report(encoder.error());

    base::Metrics metrics;
    base::SystemClock clock;
    Engines engines(config, metrics, clock);
    engines.load({.speaking = true});
    voice::Synthesizer* synthesizer = engines.synthesizer().get();
    if (!synthesizer) return report(engines.synthesizer().unavailable());
    const voice::SpeechStyle style = style_of(options);
    if (const Result<> good = synthesizer->check(style); good.has_error()) return report(good.error());

    std::ofstream file;
    if (output != "-") {
        file.open(output, std::ios::binary | std::ios::trunc);
        if (!file)
            return report(base::invalid_argument(
                fmt::format("'{}' can't be written: check the folder and its rights.", output)));
    }
    const base::SteadyTime start = clock.steady();
    const auto spoken =
        base::run_sync(speak_to(*synthesizer, std::move(text), style, **encoder,
                                output == "-" ? std::cout : static_cast<std::ostream&>(file)));
    if (spoken.has_error()) return report(spoken.error());
    const double total_ms = ms_since(start);
    if (*format == voice::AudioFormat::flac && output != "-") {
        file.close();
        const auto samples =
            static_cast<std::uint64_t>(std::llround(spoken->audio_seconds * voice::kSynthesisRate));
        if (!write_flac_length(output, samples))
            return report(
                base::Error{base::ErrorCode::unavailable, "The audio can't be written: is the disk full?"});
    }
    if (options.json) {
        fmt::print(output == "-" ? stderr : stdout, "{}\n",
                   base::to_text(json::object{{"file", output},
                                              {"audio_seconds", rounded(spoken->audio_seconds)},
                                              {"first_audio_ms", rounded(spoken->first_audio_ms)},
                                              {"total_ms", rounded(total_ms)},
                                              {"voice", style.voice},
                                              {"emotion", style.emotion}}));
    } else if (output != "-") {
        fmt::print("{}: {:.1f} s of speech, first after {:.0f} ms\n", output, spoken->audio_seconds,
                   spoken->first_audio_ms);
    }
    return 0;
}

}  // namespace aimpact::app
