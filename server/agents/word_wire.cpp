#include "agents/word_wire.hpp"

#include "base/wire.hpp"

namespace aimpact::agents {

namespace json = boost::json;

namespace {
json::object content_json(const WordEntry& entry) {
    return {{"word", entry.word},
            {"pronunciation", entry.pronunciation},
            {"sounds_like", base::encode(entry.sounds_like)},
            {"recognise", entry.recognise}};
}
}  // namespace

void apply(const WordInput& input, WordEntry& entry) {
    if (input.word) entry.word = *input.word;
    if (input.pronunciation) entry.pronunciation = *input.pronunciation;
    if (input.sounds_like) entry.sounds_like = *input.sounds_like;
    if (input.recognise) entry.recognise = *input.recognise;
}

json::object word_json(const WordEntry& entry) {
    json::object out{{"id", entry.id}, {"version", entry.version}};
    for (auto& [name, value] : content_json(entry)) out[name] = std::move(value);
    out["created_at"] = base::format_time(entry.created_at);
    out["updated_at"] = base::format_time(entry.updated_at);
    return out;
}

json::object words_json(const std::vector<WordEntry>& entries) {
    json::array words;
    words.reserve(entries.size());
    for (const WordEntry& entry : entries) words.push_back(content_json(entry));
    return {{"words", std::move(words)}};
}

Result<WordList> words_from_json(std::string_view text) {
    AIMPACT_TRY(json::value value, base::parse_json(text, {limits::kWordImportBytes, 8}));
    json::object* object = value.if_object();
    json::value* words = object ? object->if_contains("words") : nullptr;
    if (!words || !words->is_array())
        return base::invalid_argument("Send {\"words\": [{\"word\": \"...\"}, ...]}.", "words");
    if (const auto other = base::wire::first_unknown(*object, {"words"}); !other.empty())
        return base::wire::unknown_field("", other, {"words"});
    WordList out;
    for (std::size_t i = 0; i < words->get_array().size(); ++i) {
        json::value& one = words->get_array()[i];
        if (json::object* entry = one.if_object())
            for (const char* ours : {"id", "version", "created_at", "updated_at"}) entry->erase(ours);
        out.places.push_back("words[" + std::to_string(i) + "]");
        AIMPACT_TRY(WordInput input,
                    base::wire::decode<WordInput>(one, out.places.back(), base::Unknown::reject));
        out.entries.push_back(std::move(input));
    }
    return out;
}

}  // namespace aimpact::agents
