// aimpact match-voice: a voice matched to a recording, as a file that `aimpact speak --voice-file` speaks by.
#include <fmt/format.h>

#include <cstdio>
#include <fstream>
#include <iterator>

#include "app/cli.hpp"
#include "app/engines.hpp"
#include "base/async.hpp"
#include "base/wire.hpp"
#include "voice/matching/voice_matcher.hpp"

namespace aimpact::app {

namespace json = boost::json;

namespace {

json::object match_json(const voice::VoiceMatch& match, const std::string& output) {
    return {{"file", output},
            {"similarity", match.similarity},
            {"relative_similarity", match.relative},
            {"nearest_stock_voice", match.nearest_stock_voice},
            {"nearest_stock_similarity", match.nearest_stock_similarity},
            {"refined", match.refined},
            {"evaluations", match.evaluations},
            {"speech_seconds", match.quality.speech_seconds},
            {"level_dbfs", match.quality.level_dbfs},
            {"snr_db", match.quality.snr_db}};
}

// The share that is done, on the standard error's last line.
void show_progress(double share) {
    std::fprintf(stderr, "\rmatching %3.0f %%%s", 100 * share, share >= 1 ? "\n" : "");
    std::fflush(stderr);
}

}  // namespace

int match_voice(const base::Config& config, const MatchVoiceOptions& options) {
    auto clip = voice::read_audio_file(options.sample, {.seconds_max = voice::kSampleSecondsMax},
                                       voice::kRecognitionRate);
    if (clip.has_error()) return report(clip.error());
    base::Metrics metrics;
    base::SystemClock clock;
    Engines engines(config, metrics, clock);
    engines.load({.hearing = true, .speaking = true});
    const voice::VoiceMatcher* matcher = engines.voice_matcher().get();
    if (!matcher) return report(engines.voice_matcher().unavailable());

    const auto samples = std::make_shared<const std::vector<float>>(std::move(clip->samples));
    const voice::MatchOptions wanted{
        .seed = options.seed, .evaluations = options.evaluations, .pronounced_as = options.voice};
    const voice::VoiceMatcher::Progress progress = options.json ? nullptr : show_progress;
    auto match = base::run_sync(matcher->match(samples, wanted, inference::Priority::batch, progress));
    if (match && !options.instant)
        match =
            base::run_sync(matcher->refine(samples, *match, wanted, inference::Priority::batch, progress));
    if (match.has_error()) return report(match.error());
    std::ofstream file(options.output, std::ios::trunc);
    file << voice::to_json_text(*match->voice) << "\n";
    file.close();
    if (!file)
        return report(base::invalid_argument(
            fmt::format("'{}' can't be written: check the folder and its rights.", options.output)));
    if (options.json)
        fmt::print("{}\n", base::to_text(match_json(*match, options.output)));
    else
        fmt::print(
            "{}: a voice matched to the sample. Similarity {:.2f} (different speakers {:.2f}, the same one "
            "{:.2f}); "
            "the nearest stock voice, {}, has {:.2f}.\n",
            options.output, match->similarity, voice::kDifferentSpeakers, voice::kSameSpeaker,
            match->nearest_stock_voice, match->nearest_stock_similarity);
    return 0;
}

base::Result<std::shared_ptr<const voice::CustomVoice>> read_voice_file(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    if (!file)
        return base::invalid_argument(
            "The voice file '" + path + "' can't be read: check its name and its rights.", "voice-file");
    std::string text(voice::kMatchedVoiceBytesMax + 1, '\0');
    file.read(text.data(), static_cast<std::streamsize>(text.size()));
    text.resize(static_cast<std::size_t>(file.gcount()));
    auto voice = voice::parse_matched_voice(text);
    if (voice.has_error())
        return base::invalid_argument("The voice file '" + path + "': " + voice.error().message,
                                      "voice-file");
    return std::shared_ptr<const voice::CustomVoice>(
        std::make_shared<const voice::MatchedVoice>(*std::move(voice)));
}

}  // namespace aimpact::app
