// The rules of consents and own voices on both databases: what belongs to whom, what is kept, and that what
// is deleted is gone. What a recording must be like is the checker's affair (tests/api/test_voices.py plays
// real ones).
#include "agents/voice_service.hpp"

#include <gtest/gtest.h>

#include <fstream>

#include "agents/testing.hpp"
#include "agents/voice_store.hpp"
#include "base/id.hpp"

namespace aimpact::agents {
namespace {

using base::ErrorCode;
namespace fs = std::filesystem;

constexpr const char* kMarker = "ADAS-VOICE-IN-NUMBERS-4711";  // what a made voice's data holds
constexpr const char* kTranscript = "ADAS-OWN-WORDS-0815";

class NoRecognizer final : public voice::Recognizer {
  public:
    Task<Result<voice::Transcript>> transcribe(std::vector<float>, voice::RecognitionOptions,
                                               inference::Priority, std::stop_token,
                                               std::function<void(double, const voice::Segment*)>) override {
        co_return base::internal_error("nobody listens here");
    }
    Task<Result<voice::Transcript>> utterance(std::vector<float>, double, voice::RecognitionOptions,
                                              inference::Priority, std::stop_token) override {
        co_return base::internal_error("nobody listens here");
    }
};

// Says what a test wants it to say.
class Checker final : public voice::ConsentChecker {
  public:
    explicit Checker(voice::Recognizer& recognizer) : ConsentChecker(recognizer, {}) {}
    Task<Result<voice::HeardConsent>> check_recording(std::vector<float>, std::string,
                                                      std::vector<std::string> accepted) const override {
        names = accepted;
        if (recording_problem) co_return *recording_problem;
        co_return voice::HeardConsent{kTranscript, {0, 1, accepted.front()}};
    }
    Task<Result<voice::ComparedVoices>> check_sample(std::shared_ptr<const std::vector<float>>,
                                                     std::vector<float>) const override {
        if (sample_problem) co_return *sample_problem;
        co_return voice::ComparedVoices{0.9F};
    }
    std::optional<Error> recording_problem, sample_problem;
    mutable std::vector<std::string> names;
};

class Made final : public voice::CustomVoice {
  public:
    std::string_view engine() const override { return "matched"; }
    std::uint64_t version() const override { return 1; }
};

// Gives a voice and, when it is let go on, a better one.
class Engine final : public voice::VoiceEngine {
  public:
    std::string_view name() const override { return "matched"; }
    Result<> available() const override { return {}; }
    bool keeps_sample() const override { return keeps; }
    Task<Result<>> make(voice::VoiceSource source, OnMade on_made, Progress progress,
                        std::stop_token stop) override {
        ++makings;
        EXPECT_FALSE(source.sample_16k->empty());
        EXPECT_FALSE(source.consent_file.empty());
        if (problem) co_return *problem;
        voice::MadeVoice made{std::string(R"({"m":")") + kMarker + R"("})", {}};
        made.scores.similarity = 0.7;
        on_made(made);
        progress(0.5);
        while (hold && !stop.stop_requested()) co_await base::sleep_for(std::chrono::milliseconds{5});
        if (stop.stop_requested()) {
            ++stopped;
            co_return Error{ErrorCode::cancelled, "stopped"};
        }
        made.scores.similarity = 0.8;
        on_made(made);
        co_return Result<>{};
    }
    Result<std::shared_ptr<const voice::CustomVoice>> open(const std::string& id,
                                                           const std::string& data) const override {
        EXPECT_NE(data.find(kMarker), std::string::npos);
        auto out = std::make_shared<Made>();
        out->id = id;
        return std::shared_ptr<const voice::CustomVoice>(std::move(out));
    }
    Task<Result<>> forget(std::string data) override {
        forgotten.push_back(std::move(data));
        if (forget_problem) co_return *forget_problem;
        co_return Result<>{};
    }
    Result<> check(const voice::CustomVoice&, const voice::SpeechStyle&) const override { return {}; }
    Task<Result<>> stream(std::shared_ptr<const voice::CustomVoice>, std::string, voice::SpeechStyle,
                          inference::Priority, std::function<void(voice::SpokenChunk)>, std::stop_token,
                          std::optional<std::chrono::steady_clock::time_point>) override {
        co_return Result<>{};
    }
    std::atomic<int> makings{0}, stopped{0};
    std::atomic<bool> hold{false}, keeps{false};
    std::optional<Error> problem, forget_problem;
    std::vector<std::string> forgotten;
};

class VoiceServiceTest : public storage::DatabaseTest {
  protected:
    void SetUp() override {
        base::configure_log(base::LogLevel::off, base::LogFormat::json);
        DatabaseTest::SetUp();
        if (IsSkipped()) return;
        for (const char* org : {"org_a", "org_b"}) {
            const std::string id = org;
            const auto done = database().write_now([&](soci::session& sql) {
                const base::WallTime now = clock_.now();
                sql << "INSERT INTO organisations (id, name, created_at, updated_at) VALUES (:id, 'Acme', "
                       ":a, "
                       ":b)",
                    soci::use(id), soci::use(now), soci::use(now);
            });
            ASSERT_TRUE(done.has_value()) << done.error().detail;
        }
        build();
    }
    void TearDown() override { server_.reset(); }

    // What a server has of it.
    struct Server {
        Server(storage::Database& database, VoiceServiceTest& test)
            : audit(database, test.clock_, test.random_, test.metrics_),
              recordings(test.folder_.path),
              directory(database, test.clock_, &audit, test.engines_),
              maker(database, test.clock_, audit, test.engines_, directory, recordings),
              service({database,
                       test.clock_,
                       test.random_,
                       test.files_,
                       audit,
                       test.checker_,
                       test.engines_,
                       directory,
                       recordings,
                       maker,
                       {.languages = {"en", "de"}}}) {}
        accounts::AuditLog audit;
        VoiceFiles recordings;
        VoiceDirectory directory;
        VoiceMaker maker;
        VoiceService service;
    };
    void build() {
        server_.reset();
        server_ = std::make_unique<Server>(database(), *this);
    }
    VoiceService& voices() { return server_->service; }

    static VoiceCaller caller(const std::string& org = "org_a") {
        VoiceCaller out;
        out.who.org_id = org;
        out.who.user_id = "usr_" + org;
        out.who.role = accounts::Role::developer;
        out.address = "192.0.2.9";
        return out;
    }
    static std::string tone(double seconds = 4) {
        std::vector<float> samples(static_cast<std::size_t>(seconds * voice::kSynthesisRate));
        for (std::size_t i = 0; i < samples.size(); ++i) samples[i] = (i % 100) < 50 ? 0.2F : -0.2F;
        return to_flac(samples).value();
    }
    template <class T>
    static T run(Task<T> task) {
        return base::run_sync(std::move(task));
    }
    VoiceConsent consent(const std::string& org = "org_a", const std::string& name = "Ada Lovelace") {
        auto made = run(voices().create_consent(caller(org), {name, "en-US", tone()}));
        EXPECT_TRUE(made.has_value()) << made.error().message << made.error().detail;
        return made.has_value() ? *made : VoiceConsent{};
    }
    OwnVoice voice_of(const VoiceConsent& consent) {
        auto made = run(voices().create(caller(consent.org_id), {"Ada's voice", consent.id, tone(), ""}));
        EXPECT_TRUE(made.has_value()) << made.error().message << made.error().detail;
        return made.has_value() ? *made : OwnVoice{};
    }
    // Until nothing is being made any more.
    OwnVoice settled(const OwnVoice& voice) {
        for (int i = 0; i < 400; ++i) {
            auto now = run(voices().get(voice.org_id, voice.id));
            const bool sample_gone = !fs::exists(server_->recordings.path(voice.org_id, voice.id));
            if (now.has_error() || now->status == VoiceStatus::failed ||
                (now->progress >= 1 && (engine_->keeps || sample_gone)))
                return now.has_value() ? *now : OwnVoice{};
            std::this_thread::sleep_for(std::chrono::milliseconds{10});
        }
        ADD_FAILURE() << "it isn't finished";
        return voice;
    }
    Result<std::shared_ptr<const voice::CustomVoice>> find(const std::string& org, const std::string& id) {
        auto own = run(voices().for_speech(org, "usr_1"));
        return (*own)->find(id);
    }
    std::vector<std::string> actions(const std::string& target, const std::string& org = "org_a") {
        EXPECT_TRUE(server_->audit.flush().has_value());
        auto lines = run(server_->audit.list(org, {.target = target}, {"", 100}));
        std::vector<std::string> out;
        for (const auto& line : lines->data) out.insert(out.begin(), line.action);
        return out;
    }
    // In the database's file or its write-ahead log.
    bool on_disk(const std::string& what) {
        for (const auto& entry : fs::directory_iterator(held().folder())) {
            std::ifstream in(entry.path(), std::ios::binary);
            const std::string all{std::istreambuf_iterator<char>(in), {}};
            if (all.find(what) != std::string::npos) return true;
        }
        return false;
    }

    base::ManualClock clock_;
    base::SeededRandom random_{11};
    base::Metrics metrics_;
    base::ThreadPool files_{{"files", 2, 64}};
    test::TemporaryFolder folder_;
    NoRecognizer recognizer_;
    Checker checker_{recognizer_};
    std::shared_ptr<Engine> engine_ = std::make_shared<Engine>();
    voice::VoiceEngines engines_{engine_};
    std::unique_ptr<Server> server_;
};
AIMPACT_ON_BOTH_DATABASES(VoiceServiceTest);

TEST_P(VoiceServiceTest, AConsentIsKeptWithWhoAndWhen) {
    const VoiceConsent made = consent();
    EXPECT_EQ(made.created_by, "usr_org_a");
    EXPECT_EQ(made.transcript, kTranscript);
    EXPECT_EQ(made.phrase, voice::consent_phrase("en", "AImpact"));
    EXPECT_EQ(checker_.names, (std::vector<std::string>{"AImpact", "Acme", "OpenAI"}));
    EXPECT_EQ(run(voices().get_consent("org_a", made.id))->name, "Ada Lovelace");
    EXPECT_EQ(run(voices().rename_consent(caller(), made.id, " Ada "))->name, "Ada");
    const auto recording = run(voices().consent_recording("org_a", made.id));
    ASSERT_TRUE(recording.has_value());
    EXPECT_TRUE(recording->starts_with("fLaC"));
    EXPECT_EQ(actions(made.id), (std::vector<std::string>{"consent.created", "consent.renamed"}));
    const auto mode = fs::status(server_->recordings.path("org_a", made.id)).permissions();
    EXPECT_EQ(mode & (fs::perms::group_all | fs::perms::others_all), fs::perms::none)
        << "nobody else reads it";
}

TEST_P(VoiceServiceTest, AVoiceSpeaksBeforeItIsRefinedAndItsSampleGoesThen) {
    engine_->hold = true;
    const VoiceConsent with = consent();
    const OwnVoice early = voice_of(with);
    EXPECT_EQ(early.status, VoiceStatus::ready);
    EXPECT_LT(early.progress, 1);
    EXPECT_EQ(early.scores.similarity, 0.7);
    EXPECT_TRUE(find("org_a", early.id).value()) << "it can be spoken in";
    EXPECT_TRUE(fs::exists(server_->recordings.path("org_a", early.id)));
    engine_->hold = false;
    const OwnVoice done = settled(early);
    EXPECT_EQ(done.progress, 1);
    EXPECT_EQ(done.scores.similarity, 0.8);
    EXPECT_FALSE(fs::exists(server_->recordings.path("org_a", early.id)))
        << "the sample isn't needed any more";
    EXPECT_TRUE(fs::exists(server_->recordings.path("org_a", with.id))) << "the consent is the proof";
    EXPECT_EQ(actions(early.id), (std::vector<std::string>{"voice.created", "voice.ready", "voice.refined"}));
}

TEST_P(VoiceServiceTest, AnotherOrganisationSeesNothingOfIt) {
    const VoiceConsent mine = consent();
    const OwnVoice voice = voice_of(mine);
    EXPECT_EQ(run(voices().get_consent("org_b", mine.id)).error().code, ErrorCode::not_found);
    EXPECT_EQ(run(voices().consent_recording("org_b", mine.id)).error().code, ErrorCode::not_found);
    EXPECT_EQ(run(voices().rename_consent(caller("org_b"), mine.id, "x")).error().code, ErrorCode::not_found);
    EXPECT_EQ(run(voices().withdraw_consent(caller("org_b"), mine.id)).error().code, ErrorCode::not_found);
    EXPECT_EQ(run(voices().delete_consent(caller("org_b"), mine.id)).error().code, ErrorCode::not_found);
    EXPECT_EQ(run(voices().create(caller("org_b"), {"x", mine.id, tone(), ""})).error().param, "consent");
    EXPECT_EQ(run(voices().get("org_b", voice.id)).error().code, ErrorCode::not_found);
    EXPECT_EQ(run(voices().rename(caller("org_b"), voice.id, "x")).error().code, ErrorCode::not_found);
    EXPECT_EQ(run(voices().remove(caller("org_b"), voice.id)).error().code, ErrorCode::not_found);
    EXPECT_TRUE(run(voices().list("org_b", "", 10))->items.empty());
    EXPECT_TRUE(run(voices().list_consents("org_b", "", 10))->items.empty());
    EXPECT_FALSE(find("org_b", voice.id).value());
    EXPECT_TRUE(find("org_a", voice.id).value());
    EXPECT_TRUE(actions(voice.id, "org_b").empty());
}

TEST_P(VoiceServiceTest, DeleteMeansDelete) {
    engine_->keeps = true;
    const VoiceConsent with = consent();
    const OwnVoice voice = settled(voice_of(with));
    auto own = run(voices().for_speech("org_a", "usr_1"));
    ASSERT_TRUE((*own)->find(voice.id).value());
    database().checkpoint();
    if (GetParam() == storage::Dialect::sqlite) EXPECT_TRUE(on_disk(kMarker)) << "the test can find it";
    const fs::path sample = server_->recordings.path("org_a", voice.id);
    ASSERT_TRUE(fs::exists(sample));

    ASSERT_TRUE(run(voices().remove(caller(), voice.id)).has_value());
    EXPECT_FALSE(fs::exists(sample));
    EXPECT_EQ(run(voices().get("org_a", voice.id)).error().code, ErrorCode::not_found);
    EXPECT_EQ(run(voices().remove(caller(), voice.id)).error().code, ErrorCode::not_found) << "only once";
    EXPECT_FALSE((*own)->find(voice.id).value()) << "also for who spoke in it just now";
    EXPECT_EQ(engine_->forgotten.size(), 1u) << "its engine was told";
    if (GetParam() == storage::Dialect::sqlite) {
        EXPECT_FALSE(on_disk(kMarker));
        EXPECT_FALSE(on_disk("Ada's voice"));
    }
    const auto row = database().read_now(
        [&](soci::session& sql) { return voice_store::find_voice(sql, "org_a", voice.id); });
    EXPECT_TRUE((*row)->data.empty() && (*row)->name.empty()) << "a row without anything of the person";
    EXPECT_EQ(actions(voice.id).back(), "voice.deleted");
    EXPECT_TRUE(run(voices().get_consent("org_a", with.id)).has_value()) << "its consent stays";
}

TEST_P(VoiceServiceTest, AWithdrawnConsentSilencesItsVoicesAtOnce) {
    const VoiceConsent with = consent(), other = consent();
    const OwnVoice first = settled(voice_of(with)), second = settled(voice_of(with)), apart = voice_of(other);
    auto own = run(voices().for_speech("org_a", "usr_1"));
    const auto ended = run(voices().withdraw_consent(caller(), with.id));
    ASSERT_TRUE(ended.has_value()) << ended.error().message;
    EXPECT_TRUE(ended->withdrawn_at);
    for (const OwnVoice& voice : {first, second}) {
        EXPECT_EQ((*own)->find(voice.id).error().code, ErrorCode::permission_denied);
        EXPECT_EQ(run((*own)->current(voice.id)).error().code, ErrorCode::permission_denied);
        EXPECT_EQ(run(voices().get("org_a", voice.id)).error().code, ErrorCode::not_found);
    }
    EXPECT_TRUE((*own)->find(apart.id).value()) << "another consent's voice speaks on";
    EXPECT_TRUE(run(voices().consent_recording("org_a", with.id)).has_value()) << "the proof stays";
    EXPECT_EQ(run(voices().create(caller(), {"x", with.id, tone(), ""})).error().code,
              ErrorCode::permission_denied);
    EXPECT_EQ(run(voices().withdraw_consent(caller(), with.id)).error().code, ErrorCode::failed_precondition);
    EXPECT_EQ(actions(with.id).back(), "consent.withdrawn");
    build();  // as after a restart
    EXPECT_EQ(find("org_a", first.id).error().code, ErrorCode::permission_denied);
}

TEST_P(VoiceServiceTest, ADeletedConsentTakesAllOfItAlong) {
    const VoiceConsent with = consent("org_a", "Grace Murray Hopper");
    const OwnVoice voice = settled(voice_of(with));
    database().checkpoint();
    ASSERT_TRUE(run(voices().delete_consent(caller(), with.id)).has_value());
    EXPECT_EQ(find("org_a", voice.id).error().code, ErrorCode::permission_denied);
    EXPECT_EQ(run(voices().get_consent("org_a", with.id)).error().code, ErrorCode::not_found);
    EXPECT_FALSE(fs::exists(server_->recordings.path("org_a", with.id)));
    if (GetParam() == storage::Dialect::sqlite)
        for (const char* what : {kMarker, kTranscript, "Grace Murray Hopper"})
            EXPECT_FALSE(on_disk(what)) << what;
    EXPECT_EQ(actions(with.id).back(), "consent.deleted");
}

TEST_P(VoiceServiceTest, DeletingWhileItIsMadeStopsThat) {
    engine_->hold = true;
    const OwnVoice voice = voice_of(consent());
    ASSERT_TRUE(run(voices().remove(caller(), voice.id)).has_value());
    for (int i = 0; i < 200 && engine_->stopped == 0; ++i)
        std::this_thread::sleep_for(std::chrono::milliseconds{10});
    EXPECT_EQ(engine_->stopped, 1);
    EXPECT_EQ(run(voices().get("org_a", voice.id)).error().code, ErrorCode::not_found);
    EXPECT_FALSE(find("org_a", voice.id).value());
}

TEST_P(VoiceServiceTest, ARestartGoesOnWithWhatWasInTheMaking) {
    engine_->hold = true;
    const OwnVoice voice = voice_of(consent());
    build();  // stops it
    engine_->hold = false;
    const auto resumed = voices().resume();
    ASSERT_TRUE(resumed.has_value());
    EXPECT_EQ(*resumed, 1);
    EXPECT_EQ(settled(voice).progress, 1);
    EXPECT_EQ(*voices().resume(), 0) << "nothing is left";
}

TEST_P(VoiceServiceTest, WhatCantBeMadeSaysWhy) {
    engine_->problem = base::invalid_argument("The sample is too noisy.", "audio_sample");
    const OwnVoice failed = voice_of(consent());
    EXPECT_EQ(failed.status, VoiceStatus::failed);
    EXPECT_EQ(failed.error, "The sample is too noisy.");
    EXPECT_EQ(find("org_a", failed.id).error().code, ErrorCode::failed_precondition);
    EXPECT_EQ(actions(failed.id).back(), "voice.failed");
}

TEST_P(VoiceServiceTest, RefusalsAreInTheAuditLogAndLeaveNothing) {
    checker_.recording_problem = base::invalid_argument("Another text.", "recording");
    const auto refused = run(voices().create_consent(caller(), {"Ada", "en", tone()}));
    EXPECT_EQ(refused.error().param, "recording");
    checker_.recording_problem.reset();
    const VoiceConsent with = consent();
    checker_.sample_problem = Error{ErrorCode::permission_denied, "Somebody else.", {}, "audio_sample"};
    EXPECT_EQ(run(voices().create(caller(), {"x", with.id, tone(), ""})).error().code,
              ErrorCode::permission_denied);
    EXPECT_EQ(actions(with.id).back(), "voice.refused");
    ASSERT_TRUE(server_->audit.flush().has_value());
    const auto lines = run(server_->audit.list("org_a", {.action = "consent.refused"}, {"", 10}));
    ASSERT_EQ(lines->data.size(), 1u);
    EXPECT_EQ(lines->data[0].actor, "usr_org_a");
    EXPECT_EQ(lines->data[0].address, "192.0.2.9");
    EXPECT_TRUE(run(voices().list("org_a", "", 10))->items.empty());
    std::size_t files = 0;
    for (const auto& entry : fs::recursive_directory_iterator(folder_.path)) files += entry.is_regular_file();
    EXPECT_EQ(files, 1u) << "the one consent's recording";
}

TEST_P(VoiceServiceTest, SpeechInAVoiceIsOneLineForEachUse) {
    const VoiceConsent with = consent();
    const OwnVoice voice = voice_of(with);
    {
        auto own = run(voices().for_speech("org_a", "key_1"));
        auto use = (*own)->begin_use("response", "conv_7");
        const auto spoken = *(*own)->find(voice.id);
        use->said(*spoken, 20);
        use->said(*spoken, 22);
    }
    ASSERT_TRUE(server_->audit.flush().has_value());
    const auto lines = run(server_->audit.list("org_a", {.action = "voice.spoken"}, {"", 10}));
    ASSERT_EQ(lines->data.size(), 1u);
    EXPECT_EQ(lines->data[0].actor, "key_1");
    EXPECT_EQ(lines->data[0].target, voice.id);
    EXPECT_EQ(lines->data[0].detail, (boost::json::object{{"consent_id", with.id},
                                                          {"engine", "matched"},
                                                          {"where", "response"},
                                                          {"characters", 42},
                                                          {"conversation_id", "conv_7"}}));
}

TEST_P(VoiceServiceTest, AServerBesideThisOneHearsOfItInTime) {
    const VoiceConsent with = consent();
    const OwnVoice voice = settled(voice_of(with));
    const auto again = held().open_again();
    Server beside(*again, *this);
    auto own = run(beside.service.for_speech("org_a", "usr_1"));
    ASSERT_TRUE(run((*own)->current(voice.id)).value());
    ASSERT_TRUE(run(voices().withdraw_consent(caller(), with.id)).has_value());
    clock_.advance(VoiceDirectory::kFreshFor + std::chrono::seconds{1});
    EXPECT_EQ(run((*own)->current(voice.id)).error().code, ErrorCode::permission_denied);
}

TEST_P(VoiceServiceTest, AProviderThatCantBeToldDoesntKeepItAliveHere) {
    const OwnVoice voice = settled(voice_of(consent()));
    engine_->forget_problem = Error{ErrorCode::unavailable, "It can't be reached."};
    const auto removed = run(voices().remove(caller(), voice.id));
    EXPECT_EQ(removed.error().code, ErrorCode::upstream_failed);
    EXPECT_EQ(run(voices().get("org_a", voice.id)).error().code, ErrorCode::not_found);
    EXPECT_FALSE(find("org_a", voice.id).value());
}

TEST_P(VoiceServiceTest, EveryLimitHolds) {
    const auto create = [&](std::string name, std::string language, std::string recording) {
        return run(
            voices().create_consent(caller(), {std::move(name), std::move(language), std::move(recording)}));
    };
    EXPECT_EQ(create(std::string(81, 'a'), "en", tone()).error().param, "name");
    EXPECT_EQ(create("  ", "en", tone()).error().param, "name");
    EXPECT_EQ(create("a\nb", "en", tone()).error().param, "name");
    EXPECT_EQ(create("Ada", std::string(17, 'e'), tone()).error().param, "language");
    EXPECT_EQ(create("Ada", "fr", tone()).error().param, "language") << "not a language of this server";
    EXPECT_EQ(create("Ada", "en", "").error().param, "recording");
    EXPECT_EQ(create("Ada", "en", "no audio at all").error().param, "recording");
    EXPECT_EQ(create("Ada", "en", tone(31)).error().param, "recording");
    EXPECT_EQ(create("Ada", "en", std::string((10 << 20) + 1, 'x')).error().code,
              ErrorCode::payload_too_large);
    const VoiceConsent with = consent();
    EXPECT_EQ(run(voices().create(caller(), {"x", with.id, tone(121), ""})).error().param, "audio_sample");
    EXPECT_EQ(run(voices().create(caller(), {"x", with.id, tone(), "magic"})).error().param, "engine");
    EXPECT_EQ(run(voices().create(caller(), {"x", "cons_1", tone(), ""})).error().param, "consent");

    const auto filled = database().write_now([&](soci::session& sql) {
        for (int i = voice_store::count_voices(sql, "org_a"); i < limits::kVoicesPerOrganisation; ++i) {
            OwnVoice voice;
            voice.id = base::make_id("voice", clock_, random_);
            voice.org_id = "org_a";
            voice.consent_id = with.id;
            voice.engine = "matched";
            voice_store::insert_voice(sql, voice);
        }
        for (int i = voice_store::count_consents(sql, "org_a"); i < limits::kConsentsPerOrganisation; ++i) {
            VoiceConsent one = with;
            one.id = base::make_id("cons", clock_, random_);
            voice_store::insert_consent(sql, one);
        }
    });
    ASSERT_TRUE(filled.has_value()) << filled.error().detail;
    EXPECT_EQ(create("Ada", "en", tone()).error().code, ErrorCode::failed_precondition);
    EXPECT_EQ(run(voices().create(caller(), {"x", with.id, tone(), ""})).error().code,
              ErrorCode::failed_precondition);
    EXPECT_EQ(run(voices().create_consent(caller("org_b"), {"Ada", "en", tone()})).has_value(), true)
        << "another organisation has its own";
    // Pages.
    const auto page = run(voices().list("org_a", "", 15));
    EXPECT_EQ(page->items.size(), 15u);
    EXPECT_EQ(run(voices().list("org_a", page->next_cursor, 15))->items.size(), 5u);
    EXPECT_EQ(run(voices().list("org_a", "cons_1", 15)).error().param, "after");
}

TEST(VoiceFilesTest, AWipedFileIsOverwrittenBeforeItGoes) {
    test::TemporaryFolder folder;
    const VoiceFiles files(folder.path);
    ASSERT_TRUE(files.write("org_a", "voice_1", "fLaC something of a person").has_value());
    EXPECT_EQ(*files.read("org_a", "voice_1"), "fLaC something of a person");
    // A second name for the same file shows what its blocks hold afterwards.
    fs::create_hard_link(files.path("org_a", "voice_1"), folder.path / "witness");
    ASSERT_TRUE(files.wipe("org_a", "voice_1").has_value());
    EXPECT_FALSE(fs::exists(files.path("org_a", "voice_1")));
    std::ifstream in(folder.path / "witness", std::ios::binary);
    const std::string left{std::istreambuf_iterator<char>(in), {}};
    EXPECT_EQ(left, std::string(26, '\0'));
    EXPECT_TRUE(files.wipe("org_a", "voice_1").has_value()) << "gone is gone";
    EXPECT_EQ(files.read("org_a", "voice_1").error().code, ErrorCode::not_found);
}

}  // namespace
}  // namespace aimpact::agents
