// PcmReader: the bytes of a speech endpoint.
#include <algorithm>
#include <array>
#include <cmath>

#include "voice/audible_synthesizer.hpp"
#include "voice/remote/remote_synthesizer.hpp"

namespace aimpact::voice {

namespace {

constexpr std::size_t kHeadBytes = 64;
constexpr double kCharactersPerSecond = 15;           // of English speech at its usual pace
constexpr std::size_t kHeldMax = kSynthesisRate * 2;  // silence is held back no longer than this
constexpr std::size_t kSecondsMax = 600;

Error no_pcm(std::string why) {
    return Error{base::ErrorCode::upstream_failed,
                 "The speech endpoint's answer is no PCM audio. Check that it offers response_format pcm.",
                 std::move(why)};
}

// The first bytes of files with a header, and of text. PCM that looks like 64 printable characters isn't to
// be expected of speech, which begins in silence.
std::string not_pcm(std::string_view head) {
    static constexpr std::array<std::pair<std::string_view, const char*>, 5> kMagic{
        {{"RIFF", "WAV"}, {"ID3", "MP3"}, {"OggS", "Ogg"}, {"fLaC", "FLAC"}, {"\xff\xfb", "MP3"}}};
    for (const auto& [magic, name] : kMagic)
        if (head.starts_with(magic)) return std::string("it begins like a file of the format ") + name;
    const bool printable = std::all_of(head.begin(), head.end(), [](unsigned char c) {
        return (c >= 0x20 && c < 0x7f) || c == '\n' || c == '\r' || c == '\t';
    });
    if (!head.empty() && printable) return "it is text";
    return {};
}

}  // namespace

std::string PcmReader::take_text(bool all) {
    std::size_t end = text_.size();
    if (!all) {
        const double seconds = static_cast<double>(samples_) / kSynthesisRate;
        const auto wanted = static_cast<std::size_t>(seconds * kCharactersPerSecond);
        if (wanted <= text_given_) return {};
        if (wanted < end) {
            // Whole words, with the space behind them.
            const auto space = text_.rfind(' ', wanted);
            if (space == std::string::npos || space < text_given_) return {};
            end = space + 1;
        }
    }
    std::string out = text_.substr(text_given_, end - text_given_);
    text_given_ = end;
    return out;
}

Result<std::optional<SpokenChunk>> PcmReader::feed(std::string_view bytes) {
    std::string all = std::move(carried_);
    carried_.clear();
    if (!started_) {
        head_ += bytes;
        if (head_.size() < kHeadBytes) return std::optional<SpokenChunk>{};
        if (std::string why = not_pcm(std::string_view(head_).substr(0, kHeadBytes)); !why.empty())
            return no_pcm(std::move(why));
        started_ = true;
        all += head_;
        head_ = {};
    } else {
        all += bytes;
    }
    if (all.size() % 2 == 1) {
        carried_ = all.back();
        all.pop_back();
    }
    std::vector<float> samples = pcm16_to_float(all);
    if (gain_ != 1)
        for (float& sample : samples) sample = std::clamp(sample * static_cast<float>(gain_), -1.0F, 1.0F);
    samples_ += samples.size();
    if (samples_ > kSecondsMax * kSynthesisRate) return no_pcm("it does not end");
    held_.insert(held_.end(), samples.begin(), samples.end());
    audible_ = audible_ || audible(held_) == Audible::yes || held_.size() >= kHeldMax;
    if (!audible_ || held_.empty()) return std::optional<SpokenChunk>{};
    SpokenChunk chunk;
    chunk.samples = std::exchange(held_, {});
    chunk.text = take_text(false);
    chunk.last_of_clause = false;
    return std::optional<SpokenChunk>{std::move(chunk)};
}

Result<SpokenChunk> PcmReader::finish() {
    if (!started_ && !head_.empty()) {
        if (std::string why = not_pcm(head_); !why.empty()) return no_pcm(std::move(why));
        started_ = true;
        const std::string short_answer = std::exchange(head_, {});
        AIMPACT_TRY(auto chunk, feed(short_answer));
        if (chunk) held_ = std::move(chunk->samples);
        text_given_ = 0;
    }
    if (samples_ == 0 && carried_.empty()) return no_pcm("it is empty");
    if (!carried_.empty()) return no_pcm("it ends inside a sample");
    SpokenChunk last;
    last.samples = std::exchange(held_, {});
    last.text = take_text(true);
    return last;
}

}  // namespace aimpact::voice
