// The work on a clause, step by step, for the scheduler's workers: text to tokens, tokens to prosody, windows
// to samples. Which step may run beside which is the caller's to see to (kokoro.cpp, kokoro_stages.hpp).
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "base/metrics.hpp"
#include "voice/tts/clause_work.hpp"
#include "voice/tts/espeak_process.hpp"
#include "voice/tts/pronouncer.hpp"
#include "voice/tts/voice_levels.hpp"

namespace aimpact::inference {
class OpenVinoRuntime;
}

namespace aimpact::voice {

class ClauseMaker {
  public:
    // `folder` is the model's. The metrics must outlive it.
    static Result<std::unique_ptr<ClauseMaker>> load(const std::filesystem::path& folder,
                                                     inference::OpenVinoRuntime& runtime, int threads,
                                                     double loudness_lufs, base::Metrics& metrics);

    // Why this voice can't speak here and what to do; empty: it can.
    std::string unavailable(const std::string& voice) const;
    // Its files are there; others can be made of it.
    bool installed(const std::string& voice) const;

    // Text -> tokens. Any number at once; for languages that espeak-ng reads it waits for that program.
    Result<> prepare(ClauseWork& work);
    // Tokens of a piece -> durations, pitch, energy. One at a time.
    Result<> shape_prosody(ClauseWork& work, std::size_t piece);
    // One window's samples; after the last, the piece is finished. One at a time.
    Result<> decode(ClauseWork& work, std::size_t piece, std::size_t window);

    // What is ready after `window` of `piece`, with the words that belong to it; more follows.
    static SpokenChunk take_chunk(ClauseWork& work, std::size_t piece, std::size_t window);
    // All the rest.
    static SpokenChunk take_last(ClauseWork& work);

    // Generates `count` frames of nothing in particular. One at a time, and not beside decode().
    Result<> warm_decoder(ClauseWork& work, int count);

  private:
    ClauseMaker(std::filesystem::path folder, double loudness_lufs, base::Metrics& metrics);
    Result<> take_voice(ClauseWork& work);
    double gain(const ClauseWork& work);
    Result<> prepare_english(ClauseWork& work);
    Result<> prepare_foreign(ClauseWork& work, std::string_view language);
    Result<std::shared_ptr<const Pronouncer>> pronouncer(bool british);
    Result<std::shared_ptr<const VoiceData>> voice_data(const std::string& voice);
    static void place_words(ClauseWork& work, std::size_t end, bool all);

    const std::filesystem::path folder_;
    const double loudness_lufs_;
    std::unique_ptr<KokoroStages> stages_;
    std::shared_ptr<const Pronouncer> american_;
    const EspeakProcess espeak_ = EspeakProcess::find();
    VoiceLevels levels_;

    std::mutex lazy_mutex_;  // guards the next two
    std::shared_ptr<const Pronouncer> british_;
    std::map<std::string, std::shared_ptr<const VoiceData>> voice_data_;

    prometheus::Histogram &text_seconds_, &prosody_seconds_, &decode_seconds_;
};

}  // namespace aimpact::voice
