// How often a word with two pronunciations is said as its sentence wants it; homographs.tsv has the
// sentences.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iostream>

#include "voice/tts/pronouncer.hpp"
#include "voice/tts/test_models.hpp"
#include "voice/tts/text_normalizer.hpp"
#include "voice/tts/unicode.hpp"

namespace aimpact::voice {
namespace {

std::string without_stress(const Phones& phones) {
    Phones out;
    std::copy_if(phones.begin(), phones.end(), std::back_inserter(out),
                 [](char32_t c) { return c != kPrimaryStress && c != kSecondaryStress; });
    return to_utf8(out);
}

TEST(Homographs, AreSaidAsTheirSentenceWants) {
    if (!std::filesystem::exists(kokoro_folder() / "dict" / "us_gold.json"))
        GTEST_SKIP() << "no dictionaries: run scripts/fetch-models";
    const auto pronouncer = Pronouncer::load(kokoro_folder() / "dict", Accent::american);
    ASSERT_TRUE(pronouncer) << pronouncer.error().message;
    std::ifstream file("server/voice/tts/homographs.tsv");
    ASSERT_TRUE(file) << "run from the repository root";
    int sentences = 0, right = 0;
    std::string wrong;
    for (std::string line; std::getline(file, line);) {
        if (line.empty() || line[0] == '#') continue;
        const auto tab = line.find('\t');
        ASSERT_NE(tab, std::string::npos) << line;
        const std::string wanted = line.substr(0, tab), sentence = line.substr(tab + 1);
        const std::string said =
            " " + without_stress((*pronouncer)->pronounce(normalize_text(sentence))) + " ";
        // As a word of its own, with what may stand around it.
        bool found = false;
        for (const char* before : {" ", "“"}) {
            for (const char* after : {" ", ".", ",", "?", "!"})
                found = found || said.find(before + wanted + after) != std::string::npos;
        }
        ++sentences;
        right += found;
        if (!found) wrong += "  " + sentence + "  wants " + wanted + ", says" + said + "\n";
    }
    std::cout << "homographs: " << right << " of " << sentences << " right\n" << wrong;
    ASSERT_GE(sentences, 60);
    EXPECT_GE(right * 100, sentences * 95);
}

}  // namespace
}  // namespace aimpact::voice
