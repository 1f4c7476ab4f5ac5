#include "agents/audio_recording.hpp"

#include <fstream>

#include "agents/testing.hpp"
#include "voice/audio.hpp"

namespace aimpact::agents {
namespace {

class AudioRecordingTest : public ::testing::Test {
  protected:
    // Pieces are written in order on one thread: an empty job behind them waits for all.
    void written() {
        auto nothing = [] {};
        const auto waited = base::run_sync(files.run(std::move(nothing)));
        ASSERT_TRUE(waited.has_value());
    }
    std::filesystem::path file() { return folder.path / "recordings" / "org_a" / "conv_1.apr"; }
    std::vector<float> tone(std::size_t count, float level) { return std::vector<float>(count, level); }

    test::TemporaryFolder folder;
    base::ThreadPool files{{"files", 1, 64}};
    AudioRecordings recordings{folder.path, files};
};

TEST_F(AudioRecordingTest, LaysBothSidesOnOneTimeLine) {
    recordings.append("org_a", "conv_1", llm::ChatRole::user, 500, tone(16'000, 0.5f),
                      16'000);  // 0.5 .. 1.5 s
    recordings.append("org_a", "conv_1", llm::ChatRole::assistant, 2'000, tone(24'000, 0.25f),
                      24'000);  // 2 .. 3 s
    recordings.append("org_a", "conv_1", llm::ChatRole::assistant, 2'100, tone(12'000, 0.25f),
                      24'000);  // then to 3.5
    written();
    auto mixer = RecordingMixer::open(file());
    ASSERT_TRUE(mixer.has_value());
    EXPECT_EQ((*mixer)->frames(), static_cast<std::size_t>(3.5 * 24'000));
    std::vector<std::int16_t> all;
    while (true) {
        auto window = (*mixer)->next(10'000);
        ASSERT_TRUE(window.has_value());
        if (window->empty()) break;
        all.insert(all.end(), window->begin(), window->end());
    }
    ASSERT_EQ(all.size(), 2 * (*mixer)->frames());
    const auto left = [&](double s) { return all[2 * static_cast<std::size_t>(s * 24'000)]; };
    const auto right = [&](double s) { return all[2 * static_cast<std::size_t>(s * 24'000) + 1]; };
    EXPECT_EQ(left(0.2), 0);
    EXPECT_NEAR(left(1.0), 16'384, 200);
    EXPECT_EQ(right(1.0), 0);
    EXPECT_EQ(left(2.5), 0);
    EXPECT_NEAR(right(2.5), 8'192, 100);
    EXPECT_NEAR(right(3.4), 8'192, 100);
}

TEST_F(AudioRecordingTest, ABrokenTailIsIgnored) {
    recordings.append("org_a", "conv_1", llm::ChatRole::user, 0, tone(24'000, 0.5f), 24'000);
    written();
    std::ofstream(file(), std::ios::binary | std::ios::app) << "APR1 half a header";
    EXPECT_EQ((*RecordingMixer::open(file()))->frames(), 24'000u);
    std::filesystem::resize_file(file(), 1000);  // the samples of the only piece are cut
    EXPECT_EQ(RecordingMixer::open(file()).error().code, base::ErrorCode::not_found);
}

TEST_F(AudioRecordingTest, RefusesNonsenseAndStopsAtItsLimit) {
    recordings.append("org_a", "conv_1", llm::ChatRole::user, -5, tone(10, 1), 24'000);
    recordings.append("org_a", "conv_1", llm::ChatRole::user, 1e12, tone(10, 1), 24'000);
    recordings.append("org_a", "conv_1", llm::ChatRole::user, 0, {}, 24'000);
    written();
    EXPECT_FALSE(std::filesystem::exists(file()));
    std::filesystem::create_directories(file().parent_path());
    std::ofstream(file(), std::ios::binary) << "x";
    std::filesystem::resize_file(file(), 2u * 2 * 7200 * 24'000 + 1);  // sparse
    recordings.append("org_a", "conv_1", llm::ChatRole::user, 0, tone(10, 1), 24'000);
    written();
    EXPECT_EQ(std::filesystem::file_size(file()), 2u * 2 * 7200 * 24'000 + 1);
}

TEST_F(AudioRecordingTest, TheFileIsForItsOwnerOnly) {
    recordings.append("org_a", "conv_1", llm::ChatRole::user, 0, tone(10, 1), 24'000);
    written();
    using std::filesystem::perms;
    EXPECT_EQ(std::filesystem::status(file()).permissions() & (perms::group_all | perms::others_all),
              perms::none);
    ASSERT_TRUE(base::run_sync(recordings.remove("org_a", "conv_1")).has_value());
    EXPECT_FALSE(std::filesystem::exists(file()));
    EXPECT_TRUE(base::run_sync(recordings.remove("org_a", "conv_1")).has_value())
        << "nothing to remove is no error";
}

}  // namespace
}  // namespace aimpact::agents
