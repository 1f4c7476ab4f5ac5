#include "voice/tts/kokoro_files.hpp"

#include <algorithm>
#include <boost/json.hpp>
#include <fstream>
#include <iterator>

#include "voice/audio.hpp"
#include "voice/tts/unicode.hpp"

namespace aimpact::voice {
namespace {

constexpr std::size_t kPieceTokensMax = 200;  // the model's limit is 510

}  // namespace

void append_window(std::vector<float>& out, const std::vector<float>& samples, const SpeechWindow& window) {
    constexpr std::size_t kFade = kSynthesisRate / 100;
    const auto from = static_cast<std::size_t>(window.keep_from) * kSamplesPerFrame;
    const auto to = std::min(samples.size(), static_cast<std::size_t>(window.keep_to) * kSamplesPerFrame);
    if (from >= to) return;
    if (!out.empty() && from >= kFade && out.size() >= kFade) {
        for (std::size_t i = 0; i < kFade; ++i) {
            const float w = (static_cast<float>(i) + 0.5f) / static_cast<float>(kFade);
            float& before = out[out.size() - kFade + i];
            before = before * (1 - w) + samples[from - kFade + i] * w;
        }
    }
    out.insert(out.end(), samples.begin() + static_cast<std::ptrdiff_t>(from),
               samples.begin() + static_cast<std::ptrdiff_t>(to));
}

std::vector<std::vector<std::int64_t>> cut_into_pieces(const Phones& phones) {
    std::vector<std::vector<std::int64_t>> out;
    std::size_t begin = 0;
    while (begin < phones.size()) {
        std::size_t end = std::min(phones.size(), begin + kPieceTokensMax);
        if (end < phones.size()) {
            std::size_t mark = Phones::npos, space = Phones::npos;
            for (std::size_t i = begin + kPieceTokensMax / 3; i < end; ++i) {
                if (std::u32string_view(U",.;:!?\u2014").find(phones[i]) != std::u32string_view::npos)
                    mark = i + 1;
                if (phones[i] == U' ') space = i + 1;
            }
            end = mark != Phones::npos ? mark : space != Phones::npos ? space : end;
        }
        const Phones piece = phones.substr(begin, end - begin);
        if (std::any_of(piece.begin(), piece.end(),
                        [](char32_t c) { return is_vowel(c) || is_consonant(c); }))
            out.push_back(phone_tokens(piece));
        begin = end;
    }
    return out;
}

base::Result<std::vector<float>> read_styles(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    std::vector<float> out(kStyleRows * kStyleRow);
    file.read(reinterpret_cast<char*>(out.data()), static_cast<std::streamsize>(out.size() * sizeof(float)));
    if (!file) {
        return base::Error{base::ErrorCode::unavailable,
                           "The voice file " + path.string() +
                               " is missing or too short. Run scripts/fetch-models to repair it."};
    }
    return out;
}

base::Result<> check_vocabulary(const std::filesystem::path& path) {
    std::ifstream file(path);
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    boost::system::error_code ec;
    auto value = boost::json::parse(text, ec);
    if (!ec && value.is_object() && value.as_object().contains("vocab")) value = value.as_object()["vocab"];
    bool same = !ec && value.is_object() && !value.as_object().empty();
    if (same) {
        for (const auto& [phone, token] : value.as_object()) {
            const auto points = to_utf32(std::string_view(phone.data(), phone.size()));
            same =
                same && points.size() == 1 && token.is_int64() && phone_token(points[0]) == token.as_int64();
        }
    }
    if (same) return {};
    return base::Error{base::ErrorCode::unavailable,
                       "The phone table " + path.string() +
                           " is missing or of another model version. Run scripts/fetch-models."};
}

}  // namespace aimpact::voice
