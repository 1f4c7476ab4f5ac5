#include "voice/remote/remote_synthesizer.hpp"

#include <algorithm>
#include <cmath>

#include "base/wire.hpp"
#include "voice/custom_voice.hpp"
#include "voice/tts/lexicon.hpp"
#include "voice/tts/unicode.hpp"

namespace aimpact::voice {

using base::ErrorCode;

namespace {

std::string letters_of(std::string_view text) {
    std::string out;
    for (const char32_t c : to_utf32(text)) {
        if (!out.empty()) out += ' ';
        append_utf8(out, c);
    }
    return out;
}

// Words of the lexicon that have a respelling, replaced by it.
std::string respelled(std::string_view text, const Lexicon& lexicon) {
    const auto in_word = [](char c) { return is_word_byte(c) || c == '\''; };
    std::string out;
    for (std::size_t at = 0; at < text.size();) {
        std::size_t end = at;
        while (end < text.size() && in_word(text[end])) ++end;
        if (end == at) {
            out += text[at++];
            continue;
        }
        const std::string_view word = text.substr(at, end - at);
        const auto* known = lexicon.find(to_lower(word));
        out += known && !known->respelling.empty() ? std::string_view(known->respelling) : word;
        at = end;
    }
    return out;
}

std::string request_body(const std::string& model, const std::string& text, const SpeechStyle& style) {
    boost::json::object body{{"model", model},
                             {"input", text_to_send(text, style)},
                             {"voice", style.voice},
                             {"response_format", "pcm"}};
    if (style.speed != 1) body["speed"] = style.speed;
    if (style.emotion != "neutral" && !style.emotion.empty() && style.intensity > 0) {
        constexpr double kSlight = 0.4;
        body["instructions"] = std::string("Speak in a ") + (style.intensity < kSlight ? "slightly " : "") +
                               style.emotion + " tone.";
    }
    return base::to_text(body);
}

}  // namespace

std::string text_to_send(const std::string& text, const SpeechStyle& style) {
    std::string out;
    std::size_t at = 0;
    const auto plain = [&](std::size_t end) {
        const std::string_view part = std::string_view(text).substr(at, end - at);
        out += style.lexicon ? respelled(part, *style.lexicon) : std::string(part);
    };
    for (const SaidAs& part : style.said_as) {
        if (part.begin < at || part.end < part.begin || part.end > text.size()) continue;
        if (part.how != SaidAs::How::words && part.how != SaidAs::How::letters) continue;
        plain(part.begin);
        out += part.how == SaidAs::How::words ? part.said : letters_of(part.said);
        at = part.end;
    }
    plain(text.size());
    return out;
}

RemoteSynthesizer::RemoteSynthesizer(RemoteEndpoint endpoint, std::vector<std::string> voices,
                                     net::HttpClient& http)
    : client_(std::move(endpoint), http) {
    for (std::string& id : voices) {
        Voice voice;
        voice.id = voice.name = std::move(id);
        voice.language = "und";
        voice.gender = "unknown";
        voice.description = "A voice of the speech endpoint";
        voices_.push_back(std::move(voice));
    }
}

const std::vector<std::string>& RemoteSynthesizer::emotions() const {
    static const std::vector<std::string> all{"neutral", "happy",     "sad",     "angry",     "calm",
                                              "fearful", "surprised", "excited", "empathetic"};
    return all;
}

bool RemoteSynthesizer::has_voice(std::string_view id) const {
    return std::any_of(voices_.begin(), voices_.end(), [&](const Voice& voice) { return voice.id == id; });
}

Result<> RemoteSynthesizer::check(const SpeechStyle& style) const {
    if (style.custom_voice)
        return Error{
            ErrorCode::unavailable,
            "A matched voice is spoken by the local models, which aren't there. Choose another voice.",
            {},
            "voice"};
    if (!has_voice(style.voice))
        return base::invalid_argument(
            "There is no voice \"" + style.voice.substr(0, 64) + "\". GET /api/v1/voices lists them.",
            "voice");
    if (std::find(emotions().begin(), emotions().end(), style.emotion) == emotions().end())
        return base::invalid_argument("There is no emotion \"" + style.emotion.substr(0, 64) + "\".",
                                      "emotion");
    if (!(style.intensity >= 0 && style.intensity <= 1))
        return base::invalid_argument("The intensity of an emotion is a number from 0 to 1.", "intensity");
    if (!(style.speed >= 0.25 && style.speed <= 4))
        return base::invalid_argument("speed is between 0.25 and 4.", "speed");
    return {};
}

Task<Result<>> RemoteSynthesizer::stream(std::string text, SpeechStyle style, inference::Priority,
                                         std::function<void(SpokenChunk)> sink, std::stop_token stop,
                                         std::optional<std::chrono::steady_clock::time_point>) {
    if (!has_word_bytes(text_to_send(text, style))) {
        SpokenChunk nothing;
        nothing.text = std::move(text);
        sink(std::move(nothing));
        co_return Result<>{};
    }
    std::string body = request_body(client_.endpoint().model, text, style);
    PcmReader reader(std::move(text), std::pow(10.0, style.volume_db / 20));
    RemoteClient::OnData on_data = [&](std::string_view bytes) -> Result<> {
        AIMPACT_TRY(auto chunk, reader.feed(bytes));
        if (chunk) sink(*std::move(chunk));
        return {};
    };
    auto answer =
        co_await client_.post("/audio/speech", "application/json", std::move(body), std::move(on_data), stop);
    if (answer.has_error()) co_return answer.error();
    AIMPACT_CO_TRY(SpokenChunk last, reader.finish());
    sink(std::move(last));
    co_return Result<>{};
}

Task<Result<SpokenChunk>> RemoteSynthesizer::clause(std::string text, SpeechStyle style,
                                                    inference::Priority priority, std::stop_token stop) {
    SpokenChunk all;
    std::function<void(SpokenChunk)> gather = [&all](SpokenChunk chunk) { all.append(std::move(chunk)); };
    AIMPACT_CO_CHECK(
        co_await stream(std::move(text), std::move(style), priority, std::move(gather), std::move(stop)));
    co_return all;
}

Task<Result<>> RemoteSynthesizer::speak(std::string text, SpeechStyle style, inference::Priority priority,
                                        std::function<Task<Result<>>(SpokenChunk)> sink,
                                        std::stop_token stop) {
    ClauseSplitter splitter;
    std::vector<std::string> clauses = splitter.push(text);
    for (std::string& rest : splitter.finish()) clauses.push_back(std::move(rest));
    for (std::string& one : clauses) {
        AIMPACT_CO_TRY(SpokenChunk chunk, co_await clause(std::move(one), style, priority, stop));
        AIMPACT_CO_CHECK(co_await sink(std::move(chunk)));
    }
    co_return Result<>{};
}

}  // namespace aimpact::voice
