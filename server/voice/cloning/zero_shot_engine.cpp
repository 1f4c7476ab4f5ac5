#include "voice/cloning/zero_shot_engine.hpp"

#include <algorithm>
#include <cmath>

#include "base/wire.hpp"
#include "voice/remote/remote_synthesizer.hpp"
#include "voice/tts/unicode.hpp"

namespace aimpact::voice {

using base::ErrorCode;

namespace {

constexpr double kReferenceSeconds = 12;  // of the sample: more makes it slower, not better

// What is kept of a voice beside its sample.
struct Kept {
    std::string org_id, text;  // whose sample; what is said in its first kReferenceSeconds
};
BOOST_DESCRIBE_STRUCT(Kept, (), (org_id, text))

class ZeroShotVoice final : public CustomVoice {
  public:
    explicit ZeroShotVoice(Kept kept) : kept_(std::move(kept)) {}
    std::string_view engine() const override { return "zero_shot"; }
    std::uint64_t version() const override { return std::hash<std::string>{}(id + kept_.text); }
    const Kept& kept() const { return kept_; }
    // The sample as the model takes it; read by the first who speaks. Thread-safe.
    mutable PreparedVoice reference;

  private:
    const Kept kept_;
};

std::vector<float> first_seconds(std::vector<float> samples, int rate) {
    samples.resize(std::min(samples.size(), static_cast<std::size_t>(kReferenceSeconds * rate)));
    return samples;
}

}  // namespace

Result<> ZeroShotEngine::available() const {
    AIMPACT_TRY(const auto model, parts_.model());
    (void)model;
    return {};
}

base::Task<Result<>> ZeroShotEngine::make(VoiceSource source, OnMade on_made, Progress progress,
                                          std::stop_token stop) {
    AIMPACT_CO_CHECK(available());
    progress(0.1);
    RecognitionOptions options;
    options.accurate = true;
    auto heard = co_await parts_.recognizer.transcribe(first_seconds(*source.sample_16k, kRecognitionRate),
                                                       options, inference::Priority::batch, stop);
    if (heard.has_error()) co_return heard.error();
    if (heard->text.empty())
        co_return base::invalid_argument(
            "No words could be made out at the beginning of the sample. Record one that begins with speech.",
            "audio_sample");
    on_made({base::to_text(base::encode(Kept{source.org_id, heard->text})), {}});
    co_return Result<>{};
}

Result<std::shared_ptr<const CustomVoice>> ZeroShotEngine::open(const std::string& id,
                                                                const std::string& data) const {
    AIMPACT_TRY(Kept kept, base::decode_text<Kept>(data));
    auto voice = std::make_shared<ZeroShotVoice>(std::move(kept));
    voice->id = id;
    return std::shared_ptr<const CustomVoice>(std::move(voice));
}

base::Task<Result<>> ZeroShotEngine::forget(std::string data) {
    (void)data;  // sample and row are all there is
    co_return Result<>{};
}

Result<> ZeroShotEngine::check(const CustomVoice&, const SpeechStyle& style) const {
    if (!(style.speed >= 0.5 && style.speed <= 2))
        return base::invalid_argument("This voice speaks at 0.5 to 2 times its usual speed.", "speed");
    return {};
}

base::Task<Result<>> ZeroShotEngine::stream(std::shared_ptr<const CustomVoice> voice, std::string text,
                                            SpeechStyle style, inference::Priority priority,
                                            std::function<void(SpokenChunk)> sink, std::stop_token stop,
                                            std::optional<std::chrono::steady_clock::time_point> needed_at) {
    AIMPACT_CO_CHECK(check(*voice, style));
    AIMPACT_CO_TRY(const auto model, parts_.model());
    SpokenChunk chunk;
    const std::string said = text_to_send(text, style);
    chunk.text = std::move(text);
    if (has_word_bytes(said)) {
        const auto due = needed_at.value_or(std::chrono::steady_clock::now());
        Lane::Permit permit = co_await lane_.enter(priority, due);
        auto job = [this, voice, model, said, style, stop]() -> Result<std::vector<float>> {
            const auto& own = dynamic_cast<const ZeroShotVoice&>(*voice);
            auto reference = std::static_pointer_cast<const std::vector<float>>(own.reference.get());
            if (!reference) {
                AIMPACT_TRY(const std::string flac, parts_.sample(own.kept().org_id, own.id));
                AIMPACT_TRY(AudioClip clip, decode_audio(flac, {}, kSynthesisRate));
                reference = std::make_shared<const std::vector<float>>(
                    first_seconds(std::move(clip.samples), kSynthesisRate));
                own.reference.set(reference);
            }
            AIMPACT_TRY(
                std::vector<float> samples,
                model->generate(said, {*reference, kSynthesisRate, own.kept().text}, style.speed, stop));
            if (model->sample_rate() != kSynthesisRate)
                samples = resample(samples, model->sample_rate(), kSynthesisRate);
            const auto gain = static_cast<float>(std::pow(10.0, style.volume_db / 20));
            for (float& sample : samples) sample = std::clamp(sample * gain, -1.0F, 1.0F);
            return samples;
        };
        AIMPACT_CO_TRY(chunk.samples, co_await parts_.scheduler.run(priority, std::move(job), stop));
    }
    sink(std::move(chunk));
    co_return Result<>{};
}

}  // namespace aimpact::voice
