#include "voice/listener_turn.hpp"

#include <algorithm>

namespace aimpact::voice {

void Turn::drop_attempt() {
    if (!attempt) return;
    attempt->stop.request_stop();
    attempt.reset();
    text_end.reset();
    text_pending = false;
}

void Turn::abandon() {
    drop_attempt();
    for (const auto& piece : pieces) piece->stop.request_stop();
}

std::string Turn::pieces_text() const {
    std::string text;
    for (const auto& piece : pieces)
        if (piece->result && piece->result->has_value() && !(*piece->result)->text.empty())
            text += (*piece->result)->text + " ";
    return text;
}

bool Turn::ready() const {
    return (!attempt || attempt->result) && std::all_of(pieces.begin(), pieces.end(), [](const auto& piece) {
               return piece->result.has_value();
           });
}

Result<Transcript> Turn::transcript() const {
    Transcript whole;
    auto parts = pieces;
    if (attempt) parts.push_back(attempt);
    for (const auto& part : parts) {
        if (part->result->has_error()) return part->result->error();
        const Transcript& one = **part->result;
        whole.speech_seconds += one.speech_seconds;
        whole.decode_ms += one.decode_ms;
        if (!one.rejected.empty()) whole.rejected = one.rejected;
        if (one.text.empty()) continue;
        if (!whole.text.empty()) whole.text += ' ';
        whole.text += one.text;
        whole.segments.insert(whole.segments.end(), one.segments.begin(), one.segments.end());
    }
    return whole;
}

std::string hold_back(std::string_view text) {
    const auto word_start = [&](std::string_view from) {
        const auto end = from.find_last_not_of(' ');
        if (end == std::string_view::npos) return std::size_t{0};
        const auto space = from.find_last_of(' ', end);
        return space == std::string_view::npos ? std::size_t{0} : space;
    };
    const auto words = static_cast<std::size_t>(std::count(text.begin(), text.end(), ' ')) + 1;
    for (int i = 0; i < (words >= 4 ? 2 : 1); ++i) text = text.substr(0, word_start(text));
    const auto end = text.find_last_not_of(" ,.;:");
    return end == std::string_view::npos ? std::string() : std::string(text.substr(0, end + 1));
}

}  // namespace aimpact::voice
