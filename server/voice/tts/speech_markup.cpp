#include "voice/tts/speech_markup.hpp"

#include <algorithm>

#include "base/log.hpp"

namespace aimpact::voice {

SpeechMarkup::SpeechMarkup(SpeechStyle style, const Synthesizer& synthesizer, MarkupErrors errors)
    : style_(std::move(style)), synthesizer_(synthesizer), errors_(errors) {}

std::string SpeechMarkup::TagDropper::push(std::string_view text) {
    std::string out;
    for (char c : text) {
        if (c == '<') {
            inside_ = true;
        } else if (inside_) {
            inside_ = c != '>';
            if (!inside_) out += ' ';
        } else {
            out += c;
        }
    }
    return out;
}

Result<std::vector<SpeechPart>> SpeechMarkup::push(std::string_view delta) {
    if (!std::holds_alternative<std::monostate>(reader_)) return read(delta, false);
    beginning_ += delta;
    const auto ssml = begins_as_ssml(beginning_);
    if (!ssml) return std::vector<SpeechPart>{};
    if (*ssml)
        reader_.emplace<SsmlReader>(style_, synthesizer_);
    else
        reader_.emplace<InlineTagReader>(style_, synthesizer_.emotions());
    return read(std::exchange(beginning_, {}), false);
}

Result<std::vector<SpeechPart>> SpeechMarkup::finish() {
    if (std::holds_alternative<std::monostate>(reader_))  // as short as "<"
        reader_.emplace<InlineTagReader>(style_, synthesizer_.emotions());
    return read(std::exchange(beginning_, {}), true);
}

std::vector<SpeechPart> SpeechMarkup::plain(std::string_view text) {
    std::vector<SpeechPart> out;
    std::string words = std::get<TagDropper>(reader_).push(text);
    if (!words.empty()) out.push_back({.text = std::move(words), .style = style_});
    return out;
}

Result<std::vector<SpeechPart>> SpeechMarkup::read(std::string_view text, bool end) {
    if (auto* tags = std::get_if<InlineTagReader>(&reader_)) {
        std::vector<SpeechPart> parts = tags->push(text);
        if (end) {
            for (SpeechPart& part : tags->finish()) parts.push_back(std::move(part));
        }
        return parts;
    }
    if (std::holds_alternative<TagDropper>(reader_)) return plain(text);
    auto& document = std::get<SsmlReader>(reader_);
    std::vector<SpeechPart> parts;
    // A document's text after an error in the same piece would be lost: piece by piece, at its tags.
    for (bool last = text.empty() && !end; !last;) {
        const std::size_t tag = errors_ == MarkupErrors::tolerant ? text.find('>') : std::string_view::npos;
        const std::size_t length = tag == std::string_view::npos ? text.size() : tag + 1;
        const std::string_view piece = text.substr(0, length);
        text.remove_prefix(length);
        last = text.empty();
        auto read = document.push(piece);
        if (!read.has_error() && last && end) {
            for (SpeechPart& part : *read) parts.push_back(std::move(part));
            read = document.finish();
        }
        if (!read.has_error()) {
            for (SpeechPart& part : *read) parts.push_back(std::move(part));
            continue;
        }
        if (errors_ == MarkupErrors::strict) return read.error();
        base::log_warn("tts.reply_ssml", {{"message", read.error().message}});
        reader_.emplace<TagDropper>();
        for (SpeechPart& part : plain(std::string(piece) + std::string(text)))
            parts.push_back(std::move(part));
        break;
    }
    return parts;
}

std::string words_of(const std::vector<SpeechPart>& parts) {
    std::string out;
    for (const SpeechPart& part : parts) out += part.text;
    return out;
}

std::string words_of(std::string_view text, const SpeechStyle& style, const Synthesizer& synthesizer) {
    SpeechMarkup markup(style, synthesizer, MarkupErrors::tolerant);
    std::string out;
    for (const auto& parts : {markup.push(text), markup.finish()}) {
        if (parts) out += words_of(*parts);
    }
    return out;
}

Result<std::vector<PlannedClause>> plan_speech(std::string_view text, const SpeechStyle& style,
                                               const Synthesizer& synthesizer) {
    SpeechMarkup markup(style, synthesizer, MarkupErrors::strict);
    SpeechCutter cutter;
    std::vector<PlannedClause> clauses;
    constexpr std::size_t kPiece = 2048;  // the splitter looks at all it has for each clause
    for (std::size_t at = 0; at < text.size(); at += kPiece) {
        AIMPACT_TRY(auto parts, markup.push(text.substr(at, kPiece)));
        for (PlannedClause& clause : cutter.push(std::move(parts))) clauses.push_back(std::move(clause));
    }
    AIMPACT_TRY(auto rest, markup.finish());
    for (PlannedClause& clause : cutter.push(std::move(rest))) clauses.push_back(std::move(clause));
    for (PlannedClause& clause : cutter.finish()) clauses.push_back(std::move(clause));
    return clauses;
}

}  // namespace aimpact::voice
