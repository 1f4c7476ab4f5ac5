#include "voice/tts/name_phones.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace aimpact::voice {
namespace {

using Name = std::pair<std::string_view, std::u32string_view>;
constexpr auto kNames = std::to_array<Name>({
#include "voice/tts/name_phones.inc"
});
static_assert(std::is_sorted(kNames.begin(), kNames.end(),
                             [](const Name& a, const Name& b) { return a.first < b.first; }));

}  // namespace

std::u32string_view name_phones(std::string_view word) {
    const auto at = std::lower_bound(kNames.begin(), kNames.end(), word,
                                     [](const Name& name, std::string_view w) { return name.first < w; });
    return at != kNames.end() && at->first == word ? at->second : std::u32string_view{};
}

}  // namespace aimpact::voice
