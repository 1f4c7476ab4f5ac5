#include "voice/tts/kokoro_files.hpp"

#include <algorithm>
#include <boost/json.hpp>
#include <fstream>
#include <iterator>

#include "voice/tts/unicode.hpp"
#include "voice/tts/word_times.hpp"

namespace aimpact::voice {
namespace {

constexpr std::size_t kPieceTokensMax = 200;  // the model's limit is 510

}  // namespace

std::vector<Piece> cut_into_pieces(const Phones& phones, std::span<const int> words) {
    std::vector<Piece> out;
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
        bool sounds = false;
        Piece piece;
        for (std::size_t i = begin; i < end; ++i) {
            const std::uint8_t token = phone_token(phones[i]);
            if (token == 0) continue;
            piece.tokens.push_back(token);
            piece.words.push_back(i < words.size() ? words[i] : -1);
            sounds = sounds || is_sound(phones[i]);
        }
        if (sounds) out.push_back(std::move(piece));
        begin = end;
    }
    return out;
}

namespace {

base::Result<std::vector<float>> read_floats(const std::filesystem::path& path, std::size_t count) {
    std::ifstream file(path, std::ios::binary);
    std::vector<float> out(count);
    file.read(reinterpret_cast<char*>(out.data()), static_cast<std::streamsize>(count * sizeof(float)));
    if (!file) {
        return base::Error{base::ErrorCode::unavailable,
                           "The voice file " + path.string() +
                               " is missing or too short. Run scripts/fetch-models to repair it."};
    }
    return out;
}

}  // namespace

base::Result<VoiceData> read_voice(const std::filesystem::path& folder, const std::string& voice) {
    VoiceData out;
    AIMPACT_TRY(out.styles, read_floats(folder / "voices" / (voice + ".bin"), kStyleRows * kStyleRow));
    AIMPACT_TRY(out.norms, read_floats(folder / "norms" / (voice + ".bin"), 2 * kNormChannels));
    return out;
}

std::size_t spoken_length(std::string_view text, double share) {
    if (share >= 1) return text.size();
    const double most = std::max(0.0, share) * static_cast<double>(text.size());
    std::size_t end = 0;
    for (std::size_t at = 0; at < text.size();) {
        while (at < text.size() && !is_space(text[at])) ++at;
        if (static_cast<double>(at) > most) break;
        while (at < text.size() && is_space(text[at])) ++at;
        end = at;
    }
    return end;
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
