#include "voice/tts/clause_maker.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "inference/openvino_runtime.hpp"
#include "voice/tts/espeak_pronouncer.hpp"
#include "voice/tts/loudness.hpp"
#include "voice/tts/spoken_form.hpp"
#include "voice/tts/time_scale.hpp"
#include "voice/tts/voice_blend.hpp"
#include "voice/tts/voice_catalog.hpp"

namespace aimpact::voice {
namespace {

// Phones last whole frames of 25 ms, so beyond this rate the rest is done on the samples.
constexpr double kModelRateMax = 1.6;

// The decoder's sound is ahead of the durations that it was made with: beside pauses words begin 36 ms and
// end 68 ms earlier (three voices, bench_speech_flow; three others and other texts confirm it).
constexpr double kWordLead = 2;  // frames

constexpr std::size_t kEdgeSamples = kSamplesPerFrame / 2;

Error cancelled() {
    return Error{base::ErrorCode::cancelled, "The speech was stopped."};
}

prometheus::Histogram& stage_histogram(base::Metrics& metrics, const std::string& stage) {
    return metrics.histogram("aimpact_tts_stage_seconds",
                             "Time of a stage of speech synthesis, waiting not counted.", {{"stage", stage}});
}

class StageTimer {
  public:
    explicit StageTimer(prometheus::Histogram& h) : histogram_(h) {}
    ~StageTimer() {
        histogram_.Observe(std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count());
    }

  private:
    prometheus::Histogram& histogram_;
    const std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

// Words that were placed and not given out yet.
std::vector<SpokenWord> given_words(ClauseWork& work) {
    const auto from = work.words.begin() + static_cast<std::ptrdiff_t>(work.words_given);
    work.words_given = work.words.size();
    return {from, work.words.end()};
}

// Before a pause the last phone's frames hold some of the silence: the planned energy tells.
int sound_end(std::span<const float> energy, const WordFrames& word) {
    for (int f = word.end; f > word.begin + 1; --f) {
        const auto i = static_cast<std::size_t>(2 * (f - 1));
        if (i + 1 >= energy.size() || (energy[i] + energy[i + 1]) / 2 > kSpeechEnergy) return f;
    }
    return word.end;
}

// All of the piece with its silence, and of the span what lies past its end; so rounded that there are few
// shapes to compile for.
int frames_to_decode(std::span<const int> frames, const SpeechSpan& span) {
    const int all = std::max(std::accumulate(frames.begin(), frames.end(), 0), span.begin + span.count);
    constexpr int kStep = 8;
    return (all + kStep - 1) / kStep * kStep;
}

// As VoiceLevels tells manners apart.
std::string manner_of(const ClauseWork& work) {
    if (work.edit.pitch == 0 && work.edit.effort == 0) return {};
    return fmt::format("{} {:.1f}", work.style.emotion, work.style.intensity);
}

// A man's voice that is raised by its emotion gets louder: 0.6 dB a semitone in two voices; a woman's
// doesn't.
double lift_db(const ClauseWork& work) {
    return is_man(work.style.voice) ? 0.6 * std::max(0.0, work.edit.pitch) : 0;
}

// Of the tokens and the two at their ends.
std::vector<PhoneClass> phone_classes(std::span<const std::int64_t> tokens) {
    std::vector<PhoneClass> out{PhoneClass::pause};
    for (const std::int64_t token : tokens) {
        const char32_t phone = token_phone(static_cast<std::uint8_t>(token));
        const bool of_vowel = is_vowel(phone) || phone == kPrimaryStress || phone == kSecondaryStress ||
                              phone == U'\u02D0' || phone == U'\u0303';
        out.push_back(of_vowel                           ? PhoneClass::vowel
                      : is_sound(phone) || phone == U' ' ? PhoneClass::consonant_or_space
                                                         : PhoneClass::pause);
    }
    out.push_back(PhoneClass::pause);
    return out;
}

}  // namespace

ClauseMaker::ClauseMaker(std::filesystem::path folder, double loudness_lufs, base::Metrics& metrics)
    : folder_(std::move(folder)),
      loudness_lufs_(loudness_lufs),
      text_seconds_(stage_histogram(metrics, "text")),
      prosody_seconds_(stage_histogram(metrics, "prosody")),
      decode_seconds_(stage_histogram(metrics, "decode")) {}

Result<std::unique_ptr<ClauseMaker>> ClauseMaker::load(const std::filesystem::path& folder,
                                                       inference::OpenVinoRuntime& runtime, int threads,
                                                       double loudness_lufs, base::Metrics& metrics) {
    std::unique_ptr<ClauseMaker> maker(new ClauseMaker(folder, loudness_lufs, metrics));
    AIMPACT_CHECK(check_vocabulary(folder / "vocab.json"));
    AIMPACT_TRY(maker->stages_, KokoroStages::load(folder, runtime, threads));
    AIMPACT_TRY(maker->american_, Pronouncer::load(folder / "dict", Accent::american));
    return maker;
}

Result<std::shared_ptr<const Pronouncer>> ClauseMaker::pronouncer(bool british) {
    if (!british) return american_;
    std::lock_guard lock(lazy_mutex_);
    if (!british_) {
        AIMPACT_TRY(british_, Pronouncer::load(folder_ / "dict", Accent::british));
    }
    return british_;
}

Result<std::shared_ptr<const VoiceData>> ClauseMaker::voice_data(const std::string& voice) {
    std::lock_guard lock(lazy_mutex_);
    auto& entry = voice_data_[voice];
    if (!entry) {
        AIMPACT_TRY(auto data, read_voice(folder_, voice));
        entry = std::make_shared<const VoiceData>(std::move(data));
    }
    return entry;
}

Result<> ClauseMaker::take_voice(ClauseWork& work) {
    work.matched = std::dynamic_pointer_cast<const MatchedVoice>(work.style.custom_voice);
    if (!work.matched) {
        AIMPACT_TRY(work.voice, voice_data(work.style.voice));
        return {};
    }
    AIMPACT_TRY(const auto blended, blended_voice(folder_, *work.matched));
    work.voice = {blended, &blended->data};
    work.equalizer_taps = blended->equalizer;
    return {};
}

// On a worker: text -> tokens.
Result<> ClauseMaker::prepare(ClauseWork& work) {
    StageTimer timer(text_seconds_);
    AIMPACT_CHECK(take_voice(work));
    work.written = written_words(work.text, work.style.said_as);
    const std::string_view language = espeak_language(pronounced_as(work.style));
    AIMPACT_CHECK(language.empty() ? prepare_english(work) : prepare_foreign(work, language));
    if (work.said.empty() || work.said == work.text)
        work.emphases = emphases(work.written, work.style.said_as);
    return {};
}

Result<> ClauseMaker::prepare_english(ClauseWork& work) {
    const bool british = is_british(pronounced_as(work.style));
    AIMPACT_TRY(const auto speller, pronouncer(british));
    const Phones phones = spoken_form(*speller, work.text, work.style, british);
    std::vector<Phones> alone;
    for (const WrittenWord& word : work.written) {
        SpeechStyle style{.lexicon = work.style.lexicon};
        for (SaidAs part : work.style.said_as) {
            if (part.begin < word.begin || part.end > word.end) continue;
            part.begin -= word.begin;
            part.end -= word.begin;
            style.said_as.push_back(std::move(part));
        }
        alone.push_back(spoken_form(
            *speller, std::string_view(work.text).substr(word.begin, word.end - word.begin), style, british));
    }
    work.pieces = cut_into_pieces(phones, words_of_phones(phones, alone));
    return {};
}

Result<> ClauseMaker::prepare_foreign(ClauseWork& work, std::string_view language) {
    if (!work.style.said_as.empty()) {
        // The words as they are to be said; their times are those of these words then.
        work.said = words_to_say(work.text, work.style.said_as);
        work.written = written_words(work.said, {});
    }
    const std::string& said = work.said.empty() ? work.text : work.said;
    AIMPACT_TRY(const ForeignSpeech speech, pronounce_foreign(espeak_, said, work.written, language));
    work.pieces = cut_into_pieces(speech.phones, speech.words);
    return {};
}

double ClauseMaker::gain(const ClauseWork& work) {
    const auto energy = work.planned_energy();
    const double semitones = work.edit.semitones();
    if (work.matched)
        return VoiceLevels::gain_of(work.matched->level_lufs, energy, semitones, loudness_lufs_);
    return levels_.gain(work.style.voice, energy, semitones, loudness_lufs_, manner_of(work), lift_db(work));
}

std::string ClauseMaker::unavailable(const std::string& voice) const {
    if (!espeak_language(voice).empty() && !espeak_.installed())
        return std::string(EspeakProcess::how_to_install());
    return installed(voice) ? std::string() : "This voice is not installed. Run scripts/fetch-models.";
}

bool ClauseMaker::installed(const std::string& voice) const {
    std::error_code ec;
    return std::filesystem::exists(folder_ / "voices" / (voice + ".bin"), ec) &&
           std::filesystem::exists(folder_ / "norms" / (voice + ".bin"), ec);
}

// On a worker, in the prosody lane: tokens -> durations, pitch, energy.
Result<> ClauseMaker::shape_prosody(ClauseWork& work, std::size_t piece) {
    if (work.stop.stop_requested()) return cancelled();
    StageTimer timer(prosody_seconds_);
    const auto& tokens = work.pieces[piece].tokens;
    AIMPACT_TRY(work.encoding, stages_->encode(tokens, work.prosodic(tokens.size())));
    if (work.stop.stop_requested()) return cancelled();
    const double rate = std::min(kModelRateMax, work.pace());
    const auto& words = work.pieces[piece].words;
    std::vector<double> lengths;
    for (std::size_t t = 0; t < work.encoding.durations.size(); ++t) {
        // The tokens at both ends belong to no word.
        const int word = t > 0 && t <= words.size() ? words[t - 1] : -1;
        lengths.push_back(work.encoding.durations[t] * work.emphasis_of(word).length);
    }
    work.frames = edit_lengths(lengths, phone_classes(tokens), work.edit, rate / work.edit.rate);
    AIMPACT_TRY(work.contours, stages_->predict(work.encoding, work.frames, work.prosodic(tokens.size())));
    if (work.matched) set_pitch(work.contours.f0, *work.matched);
    edit_pitch(work.contours.f0, work.edit);
    work.piece_words = word_frames(words, work.frames);
    work.emphasised.clear();
    for (const WordFrames& word : work.piece_words) {
        const Emphasis emphasis = work.emphasis_of(word.word);
        if (emphasis == Emphasis{}) continue;
        const auto of_word = [&](std::vector<float>& values) {
            return std::span(values).subspan(2 * static_cast<std::size_t>(word.begin),
                                             2 * static_cast<std::size_t>(word.end - word.begin));
        };
        emphasise(of_word(work.contours.f0), of_word(work.contours.energy), emphasis);
        work.emphasised.push_back(word);
    }
    work.span = speech_span(work.contours.energy);
    work.windows = speech_windows(work.span.count);
    work.piece_begin = work.samples.size();
    work.sound.reset();
    work.joiner = SpeechJoiner(kSynthesisRate);
    work.equalizer = FirFilter(work.equalizer_taps);
    return {};
}

// On a worker, in the decoder's lane: one window's samples; after the last, the piece is finished.
Result<> ClauseMaker::decode(ClauseWork& work, std::size_t piece, std::size_t index) {
    if (work.stop.stop_requested()) return cancelled();
    StageTimer timer(decode_seconds_);
    const auto style = work.acoustic();
    if (!work.sound) {
        Contours contours = work.contours;
        for (float& e : contours.energy) e += static_cast<float>(work.edit.effort);
        AIMPACT_TRY(work.sound, stages_->decode(work.encoding, work.frames, contours,
                                                frames_to_decode(work.frames, work.span), style));
        if (work.stop.stop_requested()) return cancelled();
    }
    const SpeechWindow& window = work.windows[index];
    AIMPACT_TRY(auto samples, stages_->generate(*work.sound, work.span.begin + window.begin, window.count,
                                                style, work.voice->norms));
    for (float& s : samples) s = std::isfinite(s) ? s : 0.0f;
    const auto at = [](int frame) { return static_cast<std::size_t>(frame) * kSamplesPerFrame; };
    const int first = work.span.begin + window.begin;
    for (const WordFrames& word : work.emphasised) {
        const int begin = std::max(word.begin, first), end = std::min(word.end, first + window.count);
        if (begin >= end) continue;
        emphasise(std::span(samples).subspan(at(begin - first), at(end - begin)), at(begin - word.begin),
                  at(word.end - word.begin), work.emphasis_of(word.word));
    }
    // Where features begin without those before them the generator clicks, for some 10 ms. It is silence
    // there.
    if (index == 0) std::fill_n(samples.begin(), std::min(samples.size(), kEdgeSamples), 0.0f);
    const bool last = index + 1 == work.windows.size();
    std::vector<float> heard = work.joiner.push(samples, at(window.keep_from), at(window.keep_to), last);
    const double rate = work.pace();
    if (rate > kModelRateMax) {  // made whole
        work.unscaled.insert(work.unscaled.end(), heard.begin(), heard.end());
        heard.clear();
        if (last) heard = scale_time(std::exchange(work.unscaled, {}), kSynthesisRate, rate / kModelRateMax);
    }
    if (!heard.empty()) {
        work.equalizer.process(heard);
        work.unamplified.insert(work.unamplified.end(), heard.begin(), heard.end());
        if (!work.gain) work.gain = gain(work);
        if (work.edit.low_db != 0 || work.edit.high_db != 0) {
            if (!work.tilt) work.tilt.emplace(work.edit.low_db, work.edit.high_db, kSynthesisRate);
            work.tilt->filter(heard);
        }
        amplify(heard, *work.gain * std::pow(10.0, (work.edit.gain_db + work.style.volume_db) / 20));
    }
    place_words(work, work.samples.size() + heard.size(), last);
    if (last && work.joiner.started()) {
        if (!work.matched)
            levels_.heard(work.style.voice, work.planned_energy(), work.edit.semitones(),
                          loudness_lufs(work.unamplified, kSynthesisRate), manner_of(work));
        work.unamplified.clear();
        const bool last_piece = piece + 1 == work.pieces.size();
        const double pause =
            (last_piece ? pause_after(work.text) : 0.05) * work.edit.pauses / std::sqrt(work.style.speed);
        heard.resize(heard.size() + static_cast<std::size_t>(pause * kSynthesisRate), 0.0f);
    }
    work.samples.insert(work.samples.end(), heard.begin(), heard.end());
    work.ready.insert(work.ready.end(), heard.begin(), heard.end());
    return {};
}

// What is ready after window `index` of a piece, with the words that belong to it.
SpokenChunk ClauseMaker::take_chunk(ClauseWork& work, std::size_t piece, std::size_t index) {
    double before = 0, all = 0;
    for (std::size_t i = 0; i < work.pieces.size(); ++i) {
        const auto tokens = static_cast<double>(work.pieces[i].tokens.size());
        all += tokens;
        if (i < piece) before += tokens;
    }
    const SpeechWindow& window = work.windows[index];
    const double share = static_cast<double>(window.begin + window.keep_to) / work.span.count;
    const std::size_t end = std::max(
        work.text_given,
        spoken_length(work.text,
                      (before + share * static_cast<double>(work.pieces[piece].tokens.size())) / all));
    SpokenChunk chunk{std::exchange(work.ready, {}), work.text.substr(work.text_given, end - work.text_given),
                      false, given_words(work)};
    work.text_given = end;
    return chunk;
}

SpokenChunk ClauseMaker::take_last(ClauseWork& work) {
    return {std::exchange(work.ready, {}), work.text.substr(work.text_given), true, given_words(work)};
}

// Those words of the piece at hand that begin before `end`, which is where its samples end so far; or all
// that are left.
void ClauseMaker::place_words(ClauseWork& work, std::size_t end, bool all) {
    if (!work.joiner.started()) return;
    const double scale = std::max(1.0, work.pace() / kModelRateMax);
    // A frame of the piece -> seconds of the clause.
    const auto at = [&](int frame) {
        const double from_span =
            (static_cast<double>(frame - work.span.begin) - kWordLead) * kSamplesPerFrame -
            static_cast<double>(work.joiner.dropped());
        return (static_cast<double>(work.piece_begin) + std::max(0.0, from_span) / scale) / kSynthesisRate;
    };
    const double known = static_cast<double>(end) / kSynthesisRate;
    std::size_t placed = 0;
    for (const WordFrames& word : work.piece_words) {
        double from = at(word.begin);
        double to = std::max(from + 0.01, at(sound_end(work.contours.energy, word)));
        if (!all && from >= known) break;
        ++placed;
        if (all) {
            from = std::min(from, known);
            to = std::min(to, known);
        }
        const WrittenWord& written = work.written[static_cast<std::size_t>(word.word)];
        work.words.push_back(
            {(work.said.empty() ? work.text : work.said).substr(written.begin, written.end - written.begin),
             from, to});
    }
    work.piece_words.erase(work.piece_words.begin(),
                           work.piece_words.begin() + static_cast<std::ptrdiff_t>(placed));
}

Result<> ClauseMaker::warm_decoder(ClauseWork& work, int count) {
    work.encoding.tokens = 1;
    work.encoding.text.assign(512, 0.0f);
    work.frames = {count};
    work.contours.f0.assign(static_cast<std::size_t>(2 * count), 120.0f);
    work.contours.energy.assign(static_cast<std::size_t>(2 * count), 5.0f);
    AIMPACT_TRY(work.voice, voice_data(SpeechStyle{}.voice));
    const auto style = work.acoustic();
    AIMPACT_TRY(const auto sound, stages_->decode(work.encoding, work.frames, work.contours, count, style));
    const auto samples = stages_->generate(sound, 0, count, style, work.voice->norms);
    if (samples.has_error()) return samples.error();
    return {};
}

}  // namespace aimpact::voice
