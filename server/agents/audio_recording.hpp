// The optional recording of a conversation: pieces of speech by both sides, appended to one file as they
// come, so that a crash loses no more than the piece being written. Mixed into a stereo WAV (caller left,
// agent right) when somebody asks for it.
//
// The file is a sequence of records: a 24-byte header (magic "APR1", speaker, start in ms as double, sample
// count; little-endian) and 24 kHz 16-bit samples. A broken tail is ignored.
#pragma once

#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "base/thread_pool.hpp"
#include "llm/chat.hpp"
#include "net/http.hpp"

namespace aimpact::agents {

// Where recordings live: <data_dir>/recordings/<org_id>/<conversation_id>.apr. Thread-safe; file work runs on
// the `files` pool.
class AudioRecordings {
  public:
    AudioRecordings(const std::filesystem::path& data_dir, base::ThreadPool& files)
        : root_(data_dir / "recordings"), files_(files) {}

    // Queues a piece; problems (a full disk, a full queue, the limit of kRecordedAudioSeconds) are logged and
    // the piece is dropped: a conversation goes on without its recording.
    void append(const std::string& org_id, const std::string& conversation_id, llm::ChatRole who,
                double at_ms, std::span<const float> samples, int rate);

    // A streamed audio/wav response. not_found if there is no recording.
    base::Task<base::Result<net::Response>> wav(const std::string& org_id,
                                                const std::string& conversation_id);
    base::Task<base::Result<>> remove(const std::string& org_id, const std::string& conversation_id);

  private:
    std::filesystem::path path(const std::string& org_id, const std::string& conversation_id) const;

    const std::filesystem::path root_;
    base::ThreadPool& files_;
};

// Lays a recording's pieces on a time line: each starts where it was said, but not before the speaker's last
// piece has ended (replies are handed out faster than they are played).
class RecordingMixer {
  public:
    // Reads the headers. not_found, or internal for a file that cannot be read.
    static base::Result<std::unique_ptr<RecordingMixer>> open(const std::filesystem::path& file);

    std::size_t frames() const { return frames_; }  // of the whole
    // Interleaved 16-bit stereo of up to `count` frames from where the last call ended; empty at the end.
    base::Result<std::vector<std::int16_t>> next(std::size_t count);
    std::string wav_header() const;

  private:
    struct Piece {
        std::size_t start = 0, count = 0;  // frames
        std::uint64_t offset = 0;          // of its samples in the file
    };
    std::filesystem::path file_;
    std::vector<Piece> pieces_[2];  // caller, agent
    std::size_t frames_ = 0, position_ = 0;
};

}  // namespace aimpact::agents
