#include "voice/tts/spoken_form.hpp"

#include <vector>

#include "voice/tts/text_normalizer.hpp"
#include "voice/tts/unicode.hpp"

namespace aimpact::voice {
namespace {

constexpr bool is_private(char32_t c) {
    return c >= 0xE000 && c <= 0xF8FF;
}

void append_plain(std::string& out, std::string_view text) {
    for (std::size_t at = 0; at < text.size();) {
        const char32_t c = next_code_point(text, at);
        if (!is_private(c)) append_utf8(out, c);
    }
}

// The parts that lie in the text, one after the other.
std::vector<const SaidAs*> fitting(std::string_view text, std::span<const SaidAs> parts) {
    std::vector<const SaidAs*> out;
    std::size_t from = 0;
    for (const SaidAs& part : parts) {
        if (part.begin < from || part.end <= part.begin || part.end > text.size()) continue;
        out.push_back(&part);
        from = part.end;
    }
    return out;
}

char32_t stress_mark(std::string_view level) {
    if (level == "+2") return kStressStrong;
    if (level == "+1") return kStressMore;
    return kStressLess;
}

}  // namespace

Phones spoken_form(const Pronouncer& pronouncer, std::string_view text, const SpeechStyle& style,
                   bool british) {
    const NormalizerOptions options{british};
    if (style.said_as.empty())
        return pronouncer.pronounce(normalize_text(text, options), style.lexicon.get());
    std::string marked;
    std::vector<Phones> given;
    std::size_t from = 0;
    const auto give = [&](Phones phones) {
        if (given.size() > kGivenLast - kGivenFirst) return;
        append_utf8(marked, kGivenFirst + static_cast<char32_t>(given.size()));
        given.push_back(std::move(phones));
    };
    for (const SaidAs* part : fitting(text, style.said_as)) {
        append_plain(marked, text.substr(from, part->begin - from));
        const std::string_view written = text.substr(part->begin, part->end - part->begin);
        switch (part->how) {
            case SaidAs::How::words:
                append_plain(marked, part->said);
                break;
            case SaidAs::How::phones:
                give(to_utf32(part->said));
                break;
            case SaidAs::How::letters:
                give(pronouncer.spell(part->said.empty() ? written : std::string_view(part->said)));
                break;
            case SaidAs::How::stress:
                append_utf8(marked, stress_mark(part->said));
                append_plain(marked, written);
                append_utf8(marked, kStressEnd);
                break;
        }
        from = part->end;
    }
    append_plain(marked, text.substr(from));
    return pronouncer.pronounce(normalize_text(marked, options), style.lexicon.get(), given);
}

std::string words_to_say(std::string_view text, std::span<const SaidAs> parts) {
    std::string out;
    std::size_t from = 0;
    for (const SaidAs* part : fitting(text, parts)) {
        out += text.substr(from, part->begin - from);
        const std::string_view written = text.substr(part->begin, part->end - part->begin);
        if (part->how == SaidAs::How::words) {
            out += part->said;
        } else if (part->how == SaidAs::How::letters) {
            const std::u32string letters =
                to_utf32(part->said.empty() ? written : std::string_view(part->said));
            for (std::size_t i = 0; i < letters.size(); ++i) {
                if (i > 0) out += ' ';
                append_utf8(out, letters[i]);
            }
        } else {
            out += written;
        }
        from = part->end;
    }
    return out += text.substr(from);
}

}  // namespace aimpact::voice
