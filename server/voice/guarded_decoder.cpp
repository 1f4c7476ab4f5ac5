#include "voice/guarded_decoder.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <numeric>
#include <optional>

#include "base/log.hpp"
#include "voice/beam_search.hpp"
#include "voice/word_alignment.hpp"

namespace aimpact::voice {

namespace {

// A loop in a longer utterance often goes away when its halves are decoded apart; below this length it
// doesn't pay.
constexpr double kSplitSecondsMin = 6.0;
constexpr std::size_t kTailMin = kRecognitionRate / 20;  // less silence invents nothing

std::string trimmed(std::string_view text) {
    const auto first = text.find_first_not_of(" \t\r\n");
    if (first == std::string_view::npos) return {};
    return std::string(text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1));
}

double seconds_of(std::size_t samples) {
    return static_cast<double>(samples) / kRecognitionRate;
}

}  // namespace

void append_probabilities(Vad& vad, std::span<const float> audio, std::size_t from, std::size_t to,
                          std::vector<float>& out) {
    std::array<float, kVadFrame> last{};
    for (std::size_t frame = from; frame < to; ++frame) {
        const std::size_t at = frame * kVadFrame;
        if (at + kVadFrame <= audio.size()) {
            out.push_back(vad.probability(std::span<const float, kVadFrame>(audio.data() + at, kVadFrame)));
        } else {
            std::copy(audio.begin() + static_cast<std::ptrdiff_t>(at), audio.end(), last.begin());
            out.push_back(vad.probability(last));
        }
    }
}

SpanOptions GuardedDecoder::span_options() const {
    SpanOptions options;
    options.gap_seconds = options_.gap_seconds;
    options.seconds_max = options_.utterance_seconds_max;
    options.speech_seconds_min = options_.speech_seconds_min;
    return options;
}

namespace {

// The opened model's second look at one utterance: taken only when somebody asks for what it alone knows.
class SecondLook {
  public:
    SecondLook(const inference::Moonshine& model, std::span<const float> audio)
        : model_(model), audio_(audio) {}

    base::Result<std::vector<std::int64_t>> accurate_tokens() {
        AIMPACT_CHECK(open());
        AIMPACT_TRY(auto found, beam_search(*session_, audio_));
        encoded_ = true;
        return std::move(found.front().tokens);
    }
    base::Result<double> log_probability(std::string_view text) {
        AIMPACT_CHECK(encode());
        AIMPACT_TRY(const auto scores, session_->score(model_.tokenise(text)));
        return std::accumulate(scores.log_probabilities.begin(), scores.log_probabilities.end(), 0.0);
    }
    base::Result<std::vector<Word>> words(std::span<const std::int64_t> tokens) {
        AIMPACT_CHECK(encode());
        return align_words(model_, *session_, tokens, audio_);
    }

  private:
    base::Result<> open() {
        if (session_) return {};
        AIMPACT_TRY(auto session, model_.session());
        session_.emplace(std::move(session));
        return {};
    }
    base::Result<> encode() {
        if (encoded_) return {};
        AIMPACT_CHECK(open());
        const std::vector<std::vector<float>> once = {{audio_.begin(), audio_.end()}};
        AIMPACT_CHECK(session_->encode(once));
        encoded_ = true;
        return {};
    }
    const inference::Moonshine& model_;
    const std::span<const float> audio_;
    std::optional<inference::Moonshine::Session> session_;
    bool encoded_ = false;
};

template <class T>
std::optional<T> or_warn(base::Result<T> result) {
    if (result.has_value()) return *std::move(result);
    base::log_warn("recognizer.second_look_failed",
                   {{"error", result.error().message}, {"detail", result.error().detail}});
    return std::nullopt;
}

}  // namespace

GuardedDecoder::Heard GuardedDecoder::decode(std::span<const float> audio, double vad_probability,
                                             bool may_split, const RecognitionOptions& wanted,
                                             std::string& rejected) const {
    std::optional<SecondLook> second;
    if (options_.open_model && !audio.empty()) second.emplace(*options_.open_model, audio);
    Heard heard;
    std::vector<std::int64_t> tokens;
    std::size_t token_count = 0;
    if (second && wanted.accurate) {
        if (auto found = or_warn(second->accurate_tokens())) {
            tokens = *std::move(found);
            token_count = tokens.size();
            heard.text = trimmed(options_.open_model->text(tokens));
        }
    }
    if (tokens.empty()) {
        const inference::Decoded decoded = model_->decode(audio);
        token_count = decoded.decoder_steps;
        heard.text = trimmed(decoded.text);
        if (second && wanted.words) {
            tokens = options_.open_model->ids(decoded.tokens);
            if (trimmed(options_.open_model->text(tokens)) != heard.text)
                tokens = options_.open_model->tokenise(heard.text);
        }
    }
    // Without the silence behind it what was really said is still there, and what was invented is gone.
    if (may_split && ends_in_stock_phrase(heard.text)) {
        const auto speech = without_tail(audio);
        if (audio.size() - speech.size() > kTailMin) {
            second.reset();  // its working memory serves the other decoding
            return decode(speech, vad_probability, false, wanted, rejected);
        }
    }
    const Verdict verdict = judge({heard.text, token_count, seconds_of(audio.size()), vad_probability});
    if (verdict == Verdict::good) {
        if (!second || heard.text.empty()) return heard;
        if (wanted.vocabulary && !wanted.vocabulary->empty()) {
            const auto better = matcher_.apply(wanted.vocabulary, heard.text, [&](std::string_view text) {
                return or_warn(second->log_probability(text));
            });
            if (better != heard.text) {
                heard.text = better;
                tokens = options_.open_model->tokenise(better);
            }
        }
        if (wanted.words)
            if (auto words = or_warn(second->words(tokens))) heard.words = *std::move(words);
        return heard;
    }
    const bool loop = verdict == Verdict::repeats || verdict == Verdict::too_many_tokens;
    if (loop && may_split && seconds_of(audio.size()) >= kSplitSecondsMin) {
        auto stream = vad_->stream();
        if (stream) {
            std::vector<float> probabilities;
            append_probabilities(**stream, audio, 0, audio.size() / kVadFrame, probabilities);
            const auto cut =
                static_cast<std::size_t>(best_cut(probabilities, span_options().threshold)) * kVadFrame;
            second.reset();  // its working memory serves the halves
            Heard left = decode(audio.first(cut), vad_probability, false, wanted, rejected);
            Heard right = decode(audio.subspan(cut), vad_probability, false, wanted, rejected);
            for (Word& word : right.words) {
                word.start_seconds += seconds_of(cut);
                word.end_seconds += seconds_of(cut);
                left.words.push_back(std::move(word));
            }
            left.text = trimmed(left.text + " " + right.text);
            return left;
        }
    }
    rejected = to_string(verdict);
    return {};
}

std::span<const float> GuardedDecoder::without_tail(std::span<const float> audio) const {
    constexpr std::size_t kKept = 3;  // frames
    const auto stream = vad_->stream();
    if (!stream) return audio;
    std::vector<float> probabilities;
    append_probabilities(**stream, audio, 0, audio.size() / kVadFrame, probabilities);
    const auto last =
        std::find_if(probabilities.rbegin(), probabilities.rend(), [](float p) { return p >= 0.5F; });
    if (last == probabilities.rend()) return audio;
    const auto frames = static_cast<std::size_t>(probabilities.rend() - last) + kKept;
    return audio.first(std::min(audio.size(), frames * kVadFrame));
}

Piece GuardedDecoder::whole(std::span<const float> audio, double vad_probability,
                            const RecognitionOptions& wanted) const {
    const auto started = std::chrono::steady_clock::now();
    Piece piece;
    piece.end_seconds = seconds_of(audio.size());
    piece.speech_seconds = std::max(0.0, piece.end_seconds - 2 * options_.pad_seconds);
    Heard heard = decode(audio, vad_probability, true, wanted, piece.rejected);
    piece.text = std::move(heard.text);
    piece.words = std::move(heard.words);
    if (!piece.words.empty()) {
        double sum = 0;
        for (const Word& word : piece.words) sum += word.confidence;
        piece.confidence = sum / static_cast<double>(piece.words.size());
    }
    piece.decode_ms =
        std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - started).count();
    return piece;
}

Piece GuardedDecoder::span(std::span<const float> recording, const std::vector<SpeechSpan>& spans,
                           const SpeechSpan& span, const RecognitionOptions& wanted) const {
    const auto index = static_cast<std::size_t>(&span - spans.data());
    const auto pad = static_cast<std::int64_t>(options_.pad_seconds * kRecognitionRate);
    const auto frame = static_cast<std::int64_t>(kVadFrame);
    // Up to the middle of the pause to a neighbour.
    std::int64_t low = 0, high = static_cast<std::int64_t>(recording.size());
    if (index > 0) low = (spans[index - 1].end + span.begin) * frame / 2;
    if (index + 1 < spans.size()) high = std::min(high, (span.end + spans[index + 1].begin) * frame / 2);
    const auto edge = static_cast<std::int64_t>(options_.edge_seconds * kRecognitionRate);
    const auto size = static_cast<std::int64_t>(recording.size());
    const bool to_start = index == 0 && span.begin * frame <= edge;
    const bool to_end = index + 1 == spans.size() && size - span.end * frame <= edge;
    const auto begin = static_cast<std::size_t>(to_start ? 0 : std::max(low, span.begin * frame - pad));
    const auto end = static_cast<std::size_t>(to_end ? size : std::min(high, span.end * frame + pad));
    Piece piece = whole(recording.subspan(begin, end - begin), span.mean_probability, wanted);
    for (Word& word : piece.words) {
        word.start_seconds += seconds_of(begin);
        word.end_seconds += seconds_of(begin);
    }
    piece.start_seconds = static_cast<double>(span.begin) * kVadFrameSeconds;
    piece.end_seconds =
        std::min(static_cast<double>(span.end) * kVadFrameSeconds, seconds_of(recording.size()));
    piece.speech_seconds = span.speech_frames * kVadFrameSeconds;
    return piece;
}

}  // namespace aimpact::voice
