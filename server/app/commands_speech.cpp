// aimpact transcribe, aimpact speak: the engines on files, without a server.
#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <boost/json.hpp>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <sstream>

#include "app/cli.hpp"
#include "app/engines.hpp"
#include "app/services.hpp"
#include "base/async.hpp"
#include "base/wire.hpp"
#include "realtime/transcription.hpp"
#include "voice/own_voices.hpp"
#include "voice/speakers/diarised_transcription.hpp"
#include "voice/tts/planned_speech.hpp"
#include "voice/tts/speech_markup.hpp"
#include "voice/vocabulary.hpp"

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
        if (!segment.words.empty()) {
            json::array words;
            for (const voice::Word& word : segment.words)
                words.push_back(json::object{{"word", word.text},
                                             {"start", rounded(word.start_seconds)},
                                             {"end", rounded(word.end_seconds)},
                                             {"confidence", rounded(word.confidence)}});
            row["confidence"] = rounded(segment.confidence);
            row["words"] = std::move(words);
        }
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

// A term a line, empty lines and those that begin with # left out; "term = sound, sound" says how else it may
// sound.
Result<std::shared_ptr<const voice::Vocabulary>> read_vocabulary(const std::string& path) {
    if (path.empty()) return std::shared_ptr<const voice::Vocabulary>();
    std::ifstream file(path);
    if (!file) return base::invalid_argument("The vocabulary '" + path + "' can't be read.", "vocabulary");
    auto vocabulary = std::make_shared<voice::Vocabulary>();
    for (std::string line; std::getline(file, line);) {
        if (!line.empty() && line.back() == '\r') line.pop_back();
        if (line.find_first_not_of(" \t") == std::string::npos || line.front() == '#') continue;
        std::vector<std::string> sounds;
        if (const auto equals = line.find('='); equals != std::string::npos) {
            std::istringstream list(line.substr(equals + 1));
            for (std::string sound; std::getline(list, sound, ',');) sounds.push_back(sound);
            line.resize(equals);
        }
        AIMPACT_CHECK(vocabulary->add(line, std::move(sounds)));
    }
    return std::shared_ptr<const voice::Vocabulary>(std::move(vocabulary));
}

// The rest of the options of `speak` as one style.
voice::SpeechStyle style_of(const SpeakOptions& options) {
    voice::SpeechStyle style;
    if (!options.voice.empty()) style.voice = options.voice;
    if (!options.emotion.empty()) style.emotion = options.emotion;
    style.intensity = options.intensity;
    style.speed = options.speed;
    style.pitch_semitones = options.pitch;
    style.volume_db = options.volume;
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

// {"words": [{"word", "start", "end"}, ...]}, written as they come: a book has many. Without a path nothing.
class WordsFile {
  public:
    Result<> open(const std::string& path) {
        if (path.empty()) return {};
        file_.open(path, std::ios::trunc);
        if (!file_)
            return base::invalid_argument(
                fmt::format("'{}' can't be written: check the folder and its rights.", path));
        file_ << "{\"words\": [";
        return {};
    }
    // `from`: where the word's clause begins.
    void add(const voice::SpokenWord& word, double from) {
        if (!file_.is_open()) return;
        file_ << (any_ ? ",\n" : "\n")
              << base::to_text(json::object{{"word", word.text},
                                            {"start", rounded(from + word.start_seconds)},
                                            {"end", rounded(from + word.end_seconds)}});
        any_ = true;
    }
    Result<> close() {
        if (!file_.is_open()) return {};
        file_ << "\n]}\n";
        file_.close();
        if (file_) return {};
        return base::Error{base::ErrorCode::unavailable, "The words can't be written: is the disk full?"};
    }

  private:
    std::ofstream file_;
    bool any_ = false;
};

Task<Result<Spoken>> speak_to(voice::Synthesizer& synthesizer, std::string text, voice::SpeechStyle style,
                              voice::AudioEncoder& encoder, std::ostream& out, WordsFile& words) {
    const base::SteadyTime start = std::chrono::steady_clock::now();
    Spoken spoken;
    std::vector<float> samples;
    auto collect = [&](voice::SpokenChunk chunk) {
        if (spoken.first_audio_ms < 0) spoken.first_audio_ms = ms_since(start);
        samples.insert(samples.end(), chunk.samples.begin(), chunk.samples.end());
        for (const voice::SpokenWord& word : chunk.words) words.add(word, spoken.audio_seconds);
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

// What `speak` was asked for, as far as the voice doesn't matter.
struct SpeechJob {
    const SpeakOptions& options;
    const std::string& output;
    std::string text;
    voice::AudioFormat format;
    voice::AudioEncoder& encoder;
};

int write_speech(voice::Synthesizer& synthesizer, SpeechJob job, const voice::SpeechStyle& style) {
    const SpeakOptions& options = job.options;
    const std::string& output = job.output;
    if (const Result<> good = synthesizer.check(style); good.has_error()) return report(good.error());
    std::ofstream file;
    if (output != "-") {
        file.open(output, std::ios::binary | std::ios::trunc);
        if (!file)
            return report(base::invalid_argument(
                fmt::format("'{}' can't be written: check the folder and its rights.", output)));
    }
    WordsFile words;
    if (const auto opened = words.open(options.words); opened.has_error()) return report(opened.error());
    const base::SteadyTime start = std::chrono::steady_clock::now();
    const auto spoken =
        base::run_sync(speak_to(synthesizer, std::move(job.text), style, job.encoder,
                                output == "-" ? std::cout : static_cast<std::ostream&>(file), words));
    if (spoken.has_error()) return report(spoken.error());
    const double total_ms = ms_since(start);
    if (const auto closed = words.close(); closed.has_error()) return report(closed.error());
    if (job.format == voice::AudioFormat::flac && output != "-") {
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

// A voice of an organisation in this machine's database; who may run this may read it anyway. It is in the
// audit log like any other use.
int speak_in_own_voice(const base::Config& config, SpeechJob job, voice::SpeechStyle style) {
    Process process;
    auto foundation = Foundation::open(config, process);
    if (foundation.has_error()) return report(foundation.error());
    Services services(**foundation);
    services.engines.load({.speaking = true});
    agents::VoiceService& voices = *services.agents.voices();
    const auto found = base::run_sync(voices.find_anywhere(style.voice));
    if (found.has_error()) return report(found.error());
    auto own = base::run_sync(voices.for_speech(found->org_id, "command_line"));
    if (own.has_error()) return report(own.error());
    style.own_voices = *own;
    style.voice_use = (*own)->begin_use("command_line", {});
    return write_speech(services.synthesizer, std::move(job), style);
}

}  // namespace

int transcribe(const base::Config& config, const TranscribeOptions& options) {
    base::Metrics metrics;
    base::SystemClock clock;
    Engines engines(config, metrics, clock);
    engines.load({.hearing = true});
    voice::Recognizer* recognizer = engines.recognizer().get();
    if (!recognizer) return report(engines.recognizer().unavailable());

    auto vocabulary = read_vocabulary(options.vocabulary);
    if (vocabulary.has_error()) return report(vocabulary.error());
    const voice::RecognitionOptions wanted{
        .accurate = options.accurate, .words = options.words, .vocabulary = *vocabulary};

    int code = 0;
    for (const std::string& file : options.files) {
        const base::SteadyTime start = clock.steady();
        auto clip = voice::read_audio_file(file, {}, voice::kRecognitionRate);
        const double read_ms = ms_since(start);
        const bool readable = clip.has_value();
        auto transcript = clip.has_error() ? Result<voice::Transcript>(clip.error())
                          : options.diarise
                              ? base::run_sync(voice::transcribe_speakers(
                                    *recognizer, *engines.diariser().get(), std::move(clip->samples), wanted,
                                    {.speakers = options.speakers}, inference::Priority::batch))
                              : base::run_sync(recognizer->transcribe(std::move(clip->samples), wanted,
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
        if (options.json) {
            json::object row = transcript_json(file, *transcript, read_ms, ms_since(start));
            row["audio_quality"] = realtime::audio_quality_json(clip->levels);
            fmt::print("{}\n", base::to_text(row));
        } else if (options.diarise)
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
    if (!options.file.empty()) {
        std::ifstream in(options.file, std::ios::binary);
        if (in) text.assign(std::istreambuf_iterator<char>(in), {});
        if (!in)
            return report(base::invalid_argument(
                fmt::format("'{}' can't be read: check its name and its rights.", options.file)));
    }
    if (text.find_first_not_of(" \t\r\n") == std::string::npos)
        return report(base::invalid_argument(
            "There is no text to say. Give it as TEXT, - and standard input, or --file."));
    const auto format = format_of(output);
    if (format.has_error()) return report(format.error());
    auto encoder = voice::AudioEncoder::make(*format, voice::kSynthesisRate);
    if (encoder.has_error()) return report(encoder.error());

    voice::SpeechStyle style = style_of(options);
    if (voice::is_own_voice(style.voice))
        return speak_in_own_voice(config, {options, output, std::move(text), *format, **encoder}, style);
    if (!options.voice_file.empty()) {
        auto own = read_voice_file(options.voice_file);
        if (own.has_error()) return report(own.error());
        style.custom_voice = *std::move(own);
    }
    base::Metrics metrics;
    base::SystemClock clock;
    Engines engines(config, metrics, clock);
    engines.load({.speaking = true});
    voice::Synthesizer* synthesizer = engines.synthesizer().get();
    if (!synthesizer) return report(engines.synthesizer().unavailable());
    return write_speech(*synthesizer, {options, output, std::move(text), *format, **encoder}, style);
}

}  // namespace aimpact::app
