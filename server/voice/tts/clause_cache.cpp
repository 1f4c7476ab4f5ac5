#include "voice/tts/clause_cache.hpp"

#include <fmt/format.h>

#include "voice/custom_voice.hpp"
#include "voice/tts/lexicon.hpp"

namespace aimpact::voice {

std::string clause_key(const std::string& text, const SpeechStyle& style) {
    std::string key = fmt::format("{}\n{}\n{:.3f}\n{:.3f}\n{:.2f}\n{:.2f}\n{:x}\n", style.voice,
                                  style.emotion, style.intensity, style.speed, style.pitch_semitones,
                                  style.volume_db, style.lexicon ? style.lexicon->version() : 0);
    if (style.custom_voice)
        key += fmt::format("{} {:x}\n", style.custom_voice->engine(), style.custom_voice->version());
    for (const SaidAs& part : style.said_as)
        key += fmt::format("{} {} {} {} {}\n", part.begin, part.end, static_cast<int>(part.how),
                           part.said.size(), part.said);
    return key + "\n" + text;
}

ClauseCache::Kept ClauseCache::find(const std::string& key) {
    std::lock_guard lock(mutex_);
    const auto it = index_.find(key);
    if (it == index_.end()) return nullptr;
    entries_.splice(entries_.begin(), entries_, it->second);
    return it->second->clause;
}

void ClauseCache::insert(const std::string& key, Kept clause) {
    Entry entry{key, std::move(clause)};
    const std::size_t size = size_of(entry);
    if (size > bytes_max_ / 4) return;
    std::lock_guard lock(mutex_);
    if (index_.contains(key)) return;
    entries_.push_front(std::move(entry));
    index_[key] = entries_.begin();
    bytes_ += size;
    while (bytes_ > bytes_max_) {
        bytes_ -= size_of(entries_.back());
        index_.erase(entries_.back().key);
        entries_.pop_back();
    }
}

std::size_t ClauseCache::bytes() const {
    std::lock_guard lock(mutex_);
    return bytes_;
}

}  // namespace aimpact::voice
