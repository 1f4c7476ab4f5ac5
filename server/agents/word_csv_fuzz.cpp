// libFuzzer: lists of words as CSV, and that what is written of them reads back the same.
#include "agents/word_wire.hpp"
#include "base/fuzzing.hpp"

using namespace aimpact;
using namespace aimpact::agents;

using base::require;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto list = words_from_csv({reinterpret_cast<const char*>(data), size});
    if (list.has_error()) {
        require(!list.error().message.empty());
        return 0;
    }
    require(list->places.size() == list->entries.size());
    std::vector<WordEntry> kept;
    for (const WordInput& input : list->entries) {
        require(input.word.has_value());
        WordEntry entry;
        apply(input, entry);
        if (check_word(entry).has_value()) kept.push_back(std::move(entry));
    }
    const auto again = words_from_csv(words_csv(kept));
    require(again.has_value() && again->entries.size() == kept.size());
    for (std::size_t i = 0; i < kept.size(); ++i) {
        WordEntry entry;
        apply(again->entries[i], entry);
        require(same_content(entry, kept[i]));
    }
    return 0;
}
