// How many names of people, places, companies, medicines and dishes are said as names.tsv has them.
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <iostream>

#include "voice/tts/pronouncer.hpp"
#include "voice/tts/test_models.hpp"
#include "voice/tts/unicode.hpp"

namespace aimpact::voice {
namespace {

// What one ear takes for another's: the place of secondary stress, a reduced vowel, a flap.
std::string plain(std::string_view phones) {
    Phones out;
    for (char32_t c : to_utf32(phones)) {
        if (c == kSecondaryStress || c == kPrimaryStress || c == U' ' || c == U'ː') continue;
        if (c == U'ᵻ' || c == U'ɨ' || c == U'ə' || c == U'ɐ' || c == U'ʌ') c = U'ə';
        if (c == U'T' || c == U'ɾ') c = U't';
        if (c == U'ᵊ') c = U'ə';
        if (c == U'ɔ') c = U'ɑ';  // the same for most Americans
        out += c;
    }
    return to_utf8(out);
}

TEST(Names, AreSaidAsTheListHasThem) {
    if (!std::filesystem::exists(kokoro_folder() / "dict" / "us_gold.json"))
        GTEST_SKIP() << "no dictionaries: run scripts/fetch-models";
    const auto pronouncer = Pronouncer::load(kokoro_folder() / "dict", Accent::american);
    ASSERT_TRUE(pronouncer) << pronouncer.error().message;
    std::ifstream file("server/voice/tts/names.tsv");
    ASSERT_TRUE(file) << "run from the repository root";
    int names = 0, right = 0;
    std::string wrong;
    for (std::string line; std::getline(file, line);) {
        if (line.empty() || line[0] == '#') continue;
        const auto tab = line.find('\t');
        ASSERT_NE(tab, std::string::npos) << line;
        const std::string name = line.substr(0, tab);
        const std::string said = to_utf8((*pronouncer)->pronounce(name));
        bool found = false;
        for (std::size_t at = tab + 1; at <= line.size();) {
            const auto end = std::min(line.find('|', at), line.size());
            const std::string accepted = line.substr(at, end - at);
            for (char32_t c : to_utf32(accepted)) EXPECT_NE(phone_token(c), 0) << name << ": " << accepted;
            found = found || plain(accepted) == plain(said);
            at = end + 1;
        }
        ++names;
        right += found;
        if (!found) wrong += "  " + name + "\t" + line.substr(tab + 1) + "\tsaid " + said + "\n";
    }
    std::cout << "names: " << right << " of " << names << " right\n" << wrong;
    ASSERT_GE(names, 200);
    EXPECT_GE(right * 100, names * 95);
}

}  // namespace
}  // namespace aimpact::voice
