#include "voice/guarded_decoder.hpp"

#include <algorithm>
#include <array>
#include <chrono>

namespace aimpact::voice {

namespace {

// A loop in a longer utterance often goes away when its halves are decoded apart; below this length it
// doesn't pay.
constexpr double kSplitSecondsMin = 6.0;

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

std::string GuardedDecoder::decode(std::span<const float> audio, double vad_probability, bool may_split,
                                   std::string& rejected) const {
    const inference::Decoded decoded = model_->decode(audio);
    const Verdict verdict =
        judge({decoded.text, decoded.tokens.size(), seconds_of(audio.size()), vad_probability});
    if (verdict == Verdict::good) return trimmed(decoded.text);
    const bool loop = verdict == Verdict::repeats || verdict == Verdict::too_many_tokens;
    if (loop && may_split && seconds_of(audio.size()) >= kSplitSecondsMin) {
        auto stream = vad_->stream();
        if (stream) {
            std::vector<float> probabilities;
            append_probabilities(**stream, audio, 0, audio.size() / kVadFrame, probabilities);
            const auto cut =
                static_cast<std::size_t>(best_cut(probabilities, span_options().threshold)) * kVadFrame;
            const std::string left = decode(audio.first(cut), vad_probability, false, rejected);
            const std::string right = decode(audio.subspan(cut), vad_probability, false, rejected);
            return trimmed(left + " " + right);
        }
    }
    rejected = to_string(verdict);
    return {};
}

Piece GuardedDecoder::whole(std::span<const float> audio, double vad_probability) const {
    const auto started = std::chrono::steady_clock::now();
    Piece piece;
    piece.end_seconds = seconds_of(audio.size());
    piece.speech_seconds = std::max(0.0, piece.end_seconds - 2 * options_.pad_seconds);
    piece.text = decode(audio, vad_probability, true, piece.rejected);
    piece.decode_ms =
        std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - started).count();
    return piece;
}

Piece GuardedDecoder::span(std::span<const float> recording, const std::vector<SpeechSpan>& spans,
                           const SpeechSpan& span) const {
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
    Piece piece = whole(recording.subspan(begin, end - begin), span.mean_probability);
    piece.start_seconds = static_cast<double>(span.begin) * kVadFrameSeconds;
    piece.end_seconds =
        std::min(static_cast<double>(span.end) * kVadFrameSeconds, seconds_of(recording.size()));
    piece.speech_seconds = span.speech_frames * kVadFrameSeconds;
    return piece;
}

}  // namespace aimpact::voice
