#include "voice/tts/speech_cutter.hpp"

#include <algorithm>

#include "voice/tts/unicode.hpp"

namespace aimpact::voice {
namespace {

// What the splitter sees of a place that is said otherwise: one long word.
std::string masked(const std::string& text, const std::vector<SaidAs>& parts) {
    std::string out = text;
    for (const SaidAs& part : parts) {
        for (std::size_t i = part.begin; i < part.end && i < out.size(); ++i)
            out[i] = i == part.begin && is_upper(text[i]) ? 'X' : 'x';
    }
    return out;
}

}  // namespace

bool same_manner(const SpeechStyle& a, const SpeechStyle& b) {
    return a.voice == b.voice && a.emotion == b.emotion && a.intensity == b.intensity && a.speed == b.speed &&
           a.pitch_semitones == b.pitch_semitones && a.volume_db == b.volume_db && a.lexicon == b.lexicon;
}

std::vector<PlannedClause> SpeechCutter::push(std::vector<SpeechPart> parts) {
    std::vector<PlannedClause> out;
    for (SpeechPart& part : parts) add(std::move(part), out);
    return out;
}

std::vector<PlannedClause> SpeechCutter::finish() {
    std::vector<PlannedClause> out;
    give(splitter_.finish(), out);
    if (silence_seconds_ > 0) out.push_back({std::exchange(silence_seconds_, 0), {}, style_});
    text_.clear();
    said_as_.clear();
    started_ = false;
    return out;
}

void SpeechCutter::add(SpeechPart part, std::vector<PlannedClause>& out) {
    if (part.pause_seconds > 0 || part.new_clause || !started_ || !same_manner(part.style, style_)) {
        give(splitter_.flush(), out);
        std::vector<SaidAs> places = std::exchange(part.style.said_as, {});
        style_ = part.style;
        part.style.said_as = std::move(places);
        silence_seconds_ += part.pause_seconds;
        started_ = true;
    }
    const std::size_t before = text_.size();
    text_ += part.text;
    for (SaidAs place : part.style.said_as) {
        place.begin += before;
        place.end += before;
        said_as_.push_back(std::move(place));
    }
    give(splitter_.push(masked(part.text, part.style.said_as)), out);
}

void SpeechCutter::give(const std::vector<std::string>& clauses, std::vector<PlannedClause>& out) {
    for (const std::string& clause : clauses) {
        PlannedClause planned{std::exchange(silence_seconds_, 0), text_.substr(0, clause.size()), style_};
        text_.erase(0, clause.size());
        std::vector<SaidAs> later;
        for (SaidAs& place : said_as_) {
            if (place.end <= clause.size()) {
                planned.style.said_as.push_back(std::move(place));
            } else if (place.begin >= clause.size()) {
                place.begin -= clause.size();
                place.end -= clause.size();
                later.push_back(std::move(place));
            }  // one longer than a clause may be is said as it is written
        }
        said_as_ = std::move(later);
        out.push_back(std::move(planned));
    }
}

}  // namespace aimpact::voice
