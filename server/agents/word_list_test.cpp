// Words of an organisation: lists as CSV and JSON, the rules and limits, and what the voice gets of them.
#include "agents/testing.hpp"
#include "base/wire.hpp"

namespace aimpact::agents {
namespace {

using base::ErrorCode;

WordInput input(std::string word, std::string pronunciation = {}) {
    WordInput out;
    out.word = std::move(word);
    if (!pronunciation.empty()) out.pronunciation = std::move(pronunciation);
    return out;
}

TEST(WordCsv, ReadsWhatSpreadsheetsWrite) {
    const auto list = words_from_csv(
        "\xef\xbb\xbf"
        "Recognise;Word;sounds_like\r\n"
        "no;Nguyen;noo yen | win\r\n"
        "\r\n"
        ";\"Dr \"\"Q\"\"; Smith\";\r\n"
        "TRUE;Kubernetes");
    ASSERT_TRUE(list.has_value()) << list.error().message;
    ASSERT_EQ(list->entries.size(), 3u);
    EXPECT_EQ(*list->entries[0].word, "Nguyen");
    EXPECT_EQ(*list->entries[0].sounds_like, (std::vector<std::string>{"noo yen", "win"}));
    EXPECT_EQ(list->entries[0].recognise, false);
    EXPECT_FALSE(list->entries[0].pronunciation) << "no such column";
    EXPECT_EQ(*list->entries[1].word, "Dr \"Q\"; Smith");
    EXPECT_FALSE(list->entries[1].recognise) << "an empty cell says nothing";
    EXPECT_EQ(list->entries[2].recognise, true);
    EXPECT_EQ(list->places, (std::vector<std::string>{"line 2", "line 4", "line 5"}));
}

TEST(WordCsv, ErrorsNameTheLine) {
    const auto place = [](std::string_view text) {
        const auto list = words_from_csv(text);
        return list.has_value() ? "(accepted)" : list.error().param;
    };
    EXPECT_EQ(place(""), "line 1");
    EXPECT_EQ(place("pronunciation\nx\n"), "line 1") << "no column for the word";
    EXPECT_EQ(place("word,wrod\nx,y\n"), "line 1");
    EXPECT_EQ(place("word,word\nx,y\n"), "line 1");
    EXPECT_EQ(place("word\nx\ny,z\n"), "line 3");
    EXPECT_EQ(place("word\n\"a\nb\"\nx,y\n"), "line 4") << "a quoted field went over two lines";
    EXPECT_EQ(place("word\n\"x\n"), "line 2");
    EXPECT_EQ(place("word\n\"x\"y\n"), "line 2");
    EXPECT_EQ(place("word,recognise\nx,perhaps\n"), "line 2");
    EXPECT_TRUE(words_from_csv("word\n\xff\n").has_error());
    // No field for the word: an empty word, which is refused by its line.
    const auto missing = words_from_csv("recognise,word\nyes\n");
    ASSERT_TRUE(missing.has_value());
    WordEntry entry;
    apply(missing->entries[0], entry);
    EXPECT_EQ(check_word(entry).error().param, "word");
}

TEST(WordCsv, WhatIsWrittenReadsBack) {
    std::vector<WordEntry> entries(2);
    entries[0].word = "O'Neill, \"Tip\"";
    entries[0].pronunciation = "/oʊnˈil/";
    entries[0].sounds_like = {"oh neel", "one eel"};
    entries[1].word = "X Æ A-12";
    entries[1].pronunciation = "ex ash; a twelve";
    entries[1].recognise = false;
    const auto list = words_from_csv(words_csv(entries));
    ASSERT_TRUE(list.has_value()) << list.error().message;
    const auto json = words_from_json(base::to_text(words_json(entries)));
    ASSERT_TRUE(json.has_value()) << json.error().message;
    for (std::size_t i = 0; i < entries.size(); ++i) {
        WordEntry from_csv, from_json;
        apply(list->entries[i], from_csv);
        apply(json->entries[i], from_json);
        EXPECT_TRUE(same_content(from_csv, entries[i])) << i;
        EXPECT_TRUE(same_content(from_json, entries[i])) << i;
    }
}

class WordsTest : public test::AgentsTest {
  protected:
    WordService& service() { return module->words(); }
    WordEntry make(const std::string& word, const std::string& pronunciation = {}) {
        auto made = run(service().create(who(), input(word, pronunciation)));
        EXPECT_TRUE(made.has_value()) << made.error().message << made.error().detail;
        return made.has_value() ? *made : WordEntry{};
    }
    std::string refused(WordInput wanted) {
        const auto result = run(service().create(who(), std::move(wanted)));
        if (result.has_value()) return "(accepted)";
        EXPECT_EQ(result.error().code, ErrorCode::invalid_argument) << result.error().message;
        return result.error().param;
    }
    Result<ImportOutcome> import(const std::string& csv, bool replace = false,
                                 const std::string& org = "org_a") {
        return run(service().import(who(org), csv, WordFormat::csv, replace));
    }
    std::vector<std::string> words(const std::string& org = "org_a", const std::string& search = {}) {
        std::vector<std::string> out;
        for (const WordEntry& entry : run(service().list(org, search, {100, {}})).value().items)
            out.push_back(entry.word);
        return out;
    }
    CompiledWords compiled(const std::string& org = "org_a") {
        auto got = run(module->word_lists().of(org));
        EXPECT_TRUE(got.has_value()) << got.error().detail;
        return got.has_value() ? *got : CompiledWords{};
    }
    base::ThreadPool files{{"files", 1, 16}};
};
AIMPACT_ON_BOTH_DATABASES(WordsTest);

TEST_P(WordsTest, KeepsChangesAndForgets) {
    WordInput wanted = input("  Nguyen ", " win ");
    wanted.sounds_like = {"noo  yen"};
    const WordEntry made = run(service().create(who(), wanted)).value();
    EXPECT_EQ(made.word, "Nguyen");
    EXPECT_EQ(made.pronunciation, "win");
    EXPECT_EQ(made.sounds_like, std::vector<std::string>{"noo yen"});
    EXPECT_TRUE(made.recognise);
    restart();
    EXPECT_TRUE(same_content(run(service().get("org_a", made.id)).value(), made));

    WordInput change;
    change.recognise = false;
    EXPECT_EQ(run(service().update(who(), made.id, change)).error().param, "version");
    change.version = 1;
    const WordEntry changed = run(service().update(who(), made.id, change)).value();
    EXPECT_EQ(changed.version, 2);
    EXPECT_FALSE(changed.recognise);
    EXPECT_EQ(run(service().update(who(), made.id, change)).error().code, ErrorCode::conflict);
    change.version = 2;
    EXPECT_EQ(run(service().update(who(), made.id, change)).value().version, 2) << "nothing changed";

    EXPECT_EQ(run(service().create(who(), input("NGUYEN"))).error().code, ErrorCode::conflict);
    const WordEntry other = make("Siobhan", "shiv awn");
    WordInput rename = input("nguyen");
    rename.version = 1;
    EXPECT_EQ(run(service().update(who(), other.id, rename)).error().code, ErrorCode::conflict);
    rename.word = "Siobhán";
    EXPECT_EQ(run(service().update(who(), other.id, rename)).value().word, "Siobhán");

    EXPECT_EQ(run(service().get("org_b", made.id)).error().code, ErrorCode::not_found);
    EXPECT_EQ(run(service().remove(who("org_b"), made.id)).error().code, ErrorCode::not_found);
    change.version = 2;
    EXPECT_EQ(run(service().update(who("org_b"), made.id, change)).error().code, ErrorCode::not_found);
    EXPECT_EQ(run(service().get("org_a", "wrd_x")).error().code, ErrorCode::not_found);
    EXPECT_TRUE(run(service().remove(who(), made.id)).has_value());
    EXPECT_EQ(run(service().remove(who(), made.id)).error().code, ErrorCode::not_found);
    EXPECT_EQ(words(), std::vector<std::string>{"Siobhán"});
}

TEST_P(WordsTest, EachLimitIsRefusedByItsField) {
    EXPECT_EQ(refused(WordInput{}), "word");
    EXPECT_EQ(refused(input(" ")), "word");
    EXPECT_EQ(refused(input(std::string(65, 'a'))), "word");
    EXPECT_EQ(refused(input("one two three four five six seven eight nine")), "word");
    EXPECT_EQ(refused(input("new\nline")), "word");
    EXPECT_EQ(refused(input("Nguyen", std::string(257, 'a'))), "pronunciation");
    EXPECT_EQ(refused(input("Nguyen", "/§/")), "pronunciation") << "no phone";
    EXPECT_EQ(refused(input("Nguyen", "a\nb")), "pronunciation");
    WordInput sounds = input("Nguyen");
    sounds.sounds_like.emplace(9, "win");
    EXPECT_EQ(refused(sounds), "sounds_like");
    sounds.sounds_like = {std::string(65, 'a')};
    EXPECT_EQ(refused(sounds), "sounds_like");
    sounds.sounds_like = {"a|b"};
    EXPECT_EQ(refused(sounds), "sounds_like");
    WordInput nothing = input("Nguyen");
    nothing.recognise = false;
    EXPECT_EQ(refused(nothing), "pronunciation");
    WordInput versioned = input("Nguyen");
    versioned.version = 1;
    EXPECT_EQ(refused(versioned), "version");
    const auto search = run(service().list("org_a", std::string(101, 'a'), {}));
    EXPECT_EQ(search.error().param, "search");
}

TEST_P(WordsTest, AnOrganisationHasTenThousandWords) {
    std::string csv = "word\n";
    for (std::size_t i = 0; i < limits::kWordsPerOrganisation; ++i) csv += "word" + std::to_string(i) + "\n";
    ASSERT_EQ(limits::kWordsPerOrganisation, 10'000u);
    const auto all = import(csv);
    ASSERT_TRUE(all.has_value()) << all.error().message << all.error().detail;
    EXPECT_EQ(all->created, 10'000);
    EXPECT_EQ(run(service().create(who(), input("one more"))).error().code, ErrorCode::failed_precondition);
    EXPECT_EQ(import("word\nanother\n").error().code, ErrorCode::failed_precondition);
    EXPECT_EQ(import(csv + "more\n").error().code, ErrorCode::failed_precondition);
    EXPECT_EQ(import(csv)->unchanged, 10'000);
    EXPECT_EQ(compiled().vocabulary->terms().size(), 10'000u);
    EXPECT_TRUE(run(service().create(who("org_b"), input("another organisation"))).has_value());
    const auto one = import("word\nWord7\n", true);
    ASSERT_TRUE(one.has_value());
    EXPECT_EQ(one->deleted, 9'999);
    EXPECT_EQ(one->updated, 1) << "another letter case";
}

TEST_P(WordsTest, ImportsAllOrNothing) {
    make("Nguyen", "win");
    make("Siobhan", "shiv awn");
    const auto bad = import("word,pronunciation\nKubernetes,koo ber net eez\nX,/§/\n");
    ASSERT_TRUE(bad.has_error());
    EXPECT_EQ(bad.error().param, "line 3");
    EXPECT_TRUE(bad.error().message.starts_with("Line 3: ")) << bad.error().message;
    const auto twice = import("word\nA\nB\na\n");
    EXPECT_EQ(twice.error().param, "line 4");
    EXPECT_NE(twice.error().message.find("line 2"), std::string::npos) << twice.error().message;
    EXPECT_EQ(import("word,recognise\nNobody,no\n").error().param, "line 2") << "it would do nothing";
    EXPECT_EQ(import("word,pronunciation\n,x\n").error().param, "line 2");
    EXPECT_EQ(words(), (std::vector<std::string>{"Nguyen", "Siobhan"}));

    const auto merged = import("word,recognise\nnguyen,false\nSiobhan,\nZoë,true\n");
    ASSERT_TRUE(merged.has_value()) << merged.error().message;
    EXPECT_EQ(merged->created, 1);
    EXPECT_EQ(merged->updated, 1);
    EXPECT_EQ(merged->unchanged, 1);
    EXPECT_EQ(merged->deleted, 0);
    const auto page = run(service().list("org_a", "nguyen", {})).value();
    ASSERT_EQ(page.items.size(), 1u);
    EXPECT_EQ(page.items[0].pronunciation, "win") << "the list says nothing of it";
    EXPECT_FALSE(page.items[0].recognise);
    EXPECT_EQ(page.items[0].version, 2);

    const std::string exported = run(service().export_all("org_a", WordFormat::json)).value();
    const auto again = run(service().import(who("org_b"), exported, WordFormat::json, false));
    ASSERT_TRUE(again.has_value()) << again.error().message;
    EXPECT_EQ(again->created, 3);
    EXPECT_EQ(run(service().export_all("org_b", WordFormat::json)).value(), exported);
    EXPECT_EQ(import("word\nOnly\n", true)->deleted, 3);
    EXPECT_EQ(words("org_b").size(), 3u) << "another organisation";
    const auto shape = run(service().import(who(), R"({"words":[{"wrod":"x"}]})", WordFormat::json, false));
    EXPECT_EQ(shape.error().param, "words[0].wrod");
}

TEST_P(WordsTest, ListsByTheAlphabetInPages) {
    for (const char* word : {"delta", "Alpha", "charlie", "Bravo", "50%_off"}) make(word);
    EXPECT_EQ(words().size(), 5u);
    EXPECT_EQ(words("org_a", "HARL"), std::vector<std::string>{"charlie"});
    EXPECT_EQ(words("org_a", "%_"), std::vector<std::string>{"50%_off"});
    std::vector<std::string> walked;
    PageRequest request{2, {}};
    for (int i = 0; i < 3; ++i) {
        const auto page = run(service().list("org_a", "", request)).value();
        for (const WordEntry& entry : page.items) walked.push_back(entry.word);
        EXPECT_EQ(page.next_cursor.empty(), i == 2);
        request.after = {word_key(page.items.back().word)};
    }
    EXPECT_EQ(walked, words());
}

TEST_P(WordsTest, TheVoiceGetsThemCompiledAndFresh) {
    EXPECT_EQ(compiled().lexicon, nullptr);
    EXPECT_EQ(compiled().vocabulary, nullptr);
    const WordEntry made = make("Nguyen", "win");
    const CompiledWords first = compiled();
    ASSERT_NE(first.lexicon, nullptr);
    ASSERT_NE(first.lexicon->find("nguyen"), nullptr);
    EXPECT_EQ(first.lexicon->find("nguyen")->respelling, "win");
    ASSERT_NE(first.vocabulary, nullptr);
    EXPECT_EQ(first.vocabulary->terms().at(0).text, "Nguyen");
    EXPECT_EQ(compiled().lexicon, first.lexicon) << "compiled once";
    EXPECT_EQ(compiled("org_b").lexicon, nullptr);

    // Another process changes it: seen when what is held is no longer fresh.
    auto other = held().open_again();
    WordLists elsewhere(*other, clock);
    WordService there({*other, clock, random, elsewhere, files});
    WordInput change;
    change.version = made.version;
    change.pronunciation = "/wˈɪn/";
    ASSERT_TRUE(run(there.update(who(), made.id, change)).has_value());
    EXPECT_EQ(compiled().lexicon, first.lexicon);
    clock.advance(WordLists::kFreshFor);
    const CompiledWords second = compiled();
    EXPECT_NE(second.lexicon, first.lexicon);
    EXPECT_FALSE(second.lexicon->find("nguyen")->phones.empty());
    clock.advance(WordLists::kFreshFor);
    EXPECT_EQ(compiled().lexicon, second.lexicon) << "unchanged: not compiled again";

    // A conversation takes them as they are when it opens.
    const Agent agent = make_agent();
    auto loop = open(agent);
    EXPECT_EQ(loop->agent().style.lexicon, second.lexicon);
    EXPECT_EQ(loop->agent().turn_detection.recognition.vocabulary, second.vocabulary);
    EXPECT_TRUE(run(service().remove(who(), made.id)).has_value());
    EXPECT_EQ(compiled().lexicon, nullptr) << "at once in this process";
    EXPECT_NE(loop->agent().style.lexicon, nullptr);
    run(loop->finish());
}

TEST_P(WordsTest, ADatabaseThatFailsLeavesTheLastWordsInUse) {
    make("Nguyen", "win");
    const CompiledWords before = compiled();
    ASSERT_TRUE(database()
                    .write_now([](soci::session& sql) { sql << "ALTER TABLE word_revisions RENAME TO gone"; })
                    .has_value());
    clock.advance(WordLists::kFreshFor);
    EXPECT_EQ(compiled().lexicon, before.lexicon);
    EXPECT_TRUE(run(module->word_lists().of("org_b")).has_error()) << "never read";
}

}  // namespace
}  // namespace aimpact::agents
