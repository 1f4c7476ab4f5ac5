// Moonshine on OpenVINO, opened up: probabilities of every token and the attention that follows the speech,
// for beam search, scoring of a given text and word times. The quick path is SherpaRecognizer; this one is
// loaded on first use. scripts/models/moonshine_graph.py makes the networks and documents their shapes.
//
// Renditions are the same utterance at slightly different pace; the model's probabilities are averaged over
// them, which makes fewer errors than any one of them.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/error.hpp"

namespace aimpact::inference {

class OpenVinoRuntime;

// Thread-safe; sessions are not.
class Moonshine {
  public:
    static constexpr std::int64_t kBegin = 1, kEnd = 2;
    static constexpr std::size_t kFrameSamples = 384;  // of the encoder, at 16 kHz
    static constexpr int kSampleRate = 16'000;

    // The networks with exclusive use of their working memory. Goes back to the model when destroyed, which
    // must live longer. Blocks; every call runs on the calling thread.
    class Session {
      public:
        Session(Session&&) noexcept;
        Session& operator=(Session&&) = delete;
        ~Session();

        // 16 kHz; shorter renditions are filled up with silence. At most three. Returns the frames.
        base::Result<std::size_t> encode(std::span<const std::vector<float>> renditions);
        // Starts `rows` hypotheses, each with kBegin.
        void begin(std::size_t rows);
        // Adds tokens[r] to what hypothesis parents[r] was, for every row r. Log-probabilities of the next
        // token, [rows, vocabulary]; valid until the next call.
        base::Result<std::span<const float>> step(std::span<const std::int64_t> tokens,
                                                  std::span<const std::int64_t> parents);
        struct Scores {
            std::vector<float> log_probabilities;  // of each given token, then of the end
            std::vector<float> attention;          // [tokens + 1, frames], over the first rendition
        };
        // How likely exactly these tokens are.
        base::Result<Scores> score(std::span<const std::int64_t> tokens);

      private:
        friend class Moonshine;
        struct Networks;
        Session(const Moonshine& owner, std::unique_ptr<Networks> networks);
        const Moonshine* owner_;
        std::unique_ptr<Networks> networks_;
    };

    // Reads the tokens; `unavailable` names a missing file. The runtime must outlive the model.
    static base::Result<std::shared_ptr<const Moonshine>> open(const std::filesystem::path& folder,
                                                               OpenVinoRuntime& runtime);
    ~Moonshine();

    // Loads the networks if no idle ones are there: half a second the first time.
    base::Result<Session> session() const;

    // The bytes of every token, by id; a word starts with U+2581. A token may end inside a character.
    const std::vector<std::string>& tokens() const { return tokens_; }
    // The ids of tokens that a recogniser of the same model gave; those it doesn't have are left out.
    std::vector<std::int64_t> ids(std::span<const std::string> tokens) const;
    // Spaces for U+2581, none at the ends.
    std::string text(std::span<const std::int64_t> tokens) const;
    // The fewest tokens that spell `text` (the shipped files don't say how the model's own tokeniser merges);
    // characters that no token has are left out.
    std::vector<std::int64_t> tokenise(std::string_view text) const;

  private:
    Moonshine();
    struct Impl;
    std::unique_ptr<Impl> impl_;
    std::vector<std::string> tokens_;
};

}  // namespace aimpact::inference
