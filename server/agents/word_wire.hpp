// Words as JSON and CSV: what /api/v1/words takes and gives.
#pragma once

#include <boost/describe.hpp>
#include <boost/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agents/word_entry.hpp"

namespace aimpact::agents {

// A new word or a change of one: what is absent keeps its value (or has its default).
struct WordInput {
    std::optional<int> version;  // of a change: what it is based on
    std::optional<std::string> word, pronunciation;
    std::optional<std::vector<std::string>> sounds_like;
    std::optional<bool> recognise;
};
BOOST_DESCRIBE_STRUCT(WordInput, (), (version, word, pronunciation, sounds_like, recognise))

void apply(const WordInput& input, WordEntry& entry);

// The Word schema of openapi.yaml.
boost::json::object word_json(const WordEntry& entry);

// A list to be imported; entries are as they came, not checked yet.
struct WordList {
    std::vector<WordInput> entries;
    std::vector<std::string> places;  // of each entry, for errors: "line 3" or "words[2]"
};

// {"words": [{"word", "pronunciation", "sounds_like", "recognise"}]}. An exported list has ids, versions and
// times too; they are ignored.
Result<WordList> words_from_json(std::string_view text);
boost::json::object words_json(const std::vector<WordEntry>& entries);

// RFC 4180 with a header line: word, pronunciation, sounds_like, recognise, in any order; only `word` is
// needed. Also with ';' or tabs between the fields, as spreadsheets write it, and with a byte order mark.
// Spellings in sounds_like are parted by '|'. Errors name the line.
Result<WordList> words_from_csv(std::string_view text);
std::string words_csv(const std::vector<WordEntry>& entries);

}  // namespace aimpact::agents
