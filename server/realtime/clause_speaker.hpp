// Says one reply: text as it is written by the model goes in, with its inline tags or as an SSML document;
// audio comes out as it is made, in order, with the next clause being synthesised while one is given out.
// Stops at once. Tags are obeyed, never spoken and never in the text that is given out.
//
// Lives on the session's executor. Shared, because synthesis that was started may end after everybody has
// left.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "base/async.hpp"
#include "voice/synthesizer.hpp"
#include "voice/tts/speech_cutter.hpp"
#include "voice/tts/speech_markup.hpp"

namespace aimpact::realtime {

using base::Error;
using base::Result;
using base::Task;

class ClauseSpeaker : public std::enable_shared_from_this<ClauseSpeaker> {
  public:
    struct Options {
        voice::SpeechStyle style;
        int clauses_in_flight = 2;  // being synthesised at the same time
        std::size_t text_bytes_max = 32 << 10;
    };
    struct Callbacks {
        std::function<void()> first_clause;  // there is a whole clause to say
        // Audio and the words it says, with the white space that joins them to those before; none for a
        // silence.
        std::function<void(const voice::SpokenChunk&, std::string text)> spoken;
        // How long to hold back further synthesis, because enough is waiting to be played. Zero: go on.
        std::function<std::chrono::milliseconds()> hold;
        // How long the caller is still busy with what was given out. Tells how urgent a further clause is.
        std::function<std::chrono::milliseconds()> unplayed = {};
    };

    ClauseSpeaker(base::asio::any_io_executor executor, voice::Synthesizer& synthesizer, Options options,
                  Callbacks callbacks);

    // Instead of the options' style. No effect once text was pushed.
    void set_style(voice::SpeechStyle style);

    // payload_too_large past the text limit (what came before is still said).
    Result<> push(std::string_view delta);
    // No more text: the rest is said, and run() ends after it.
    void finish();
    // What `hold` held back may be synthesised now.
    void go_on() { start_synthesis(); }
    // Nothing more is given out, synthesis in progress is cancelled, run() ends with `cancelled`.
    void stop();

    // To be awaited once: ends when all is said, or with the first failure of a clause.
    Task<Result<>> run();

    std::size_t clauses() const { return clauses_; }
    std::size_t started() const { return started_; }  // clauses whose synthesis has been asked for

  private:
    struct Clause {
        voice::PlannedClause planned;
        std::deque<voice::SpokenChunk> chunks;  // made, not yet given out
        std::size_t text_given = 0;
        std::optional<Result<>> done;
    };

    void add(base::Result<std::vector<voice::SpeechPart>> parts);
    void add(std::vector<voice::PlannedClause> clauses);
    void start_synthesis();
    static Task<void> synthesize(std::shared_ptr<ClauseSpeaker> self, std::shared_ptr<Clause> clause,
                                 bool first);
    void wake() { wake_.cancel(); }

    base::asio::any_io_executor executor_;
    voice::Synthesizer& synthesizer_;
    Options options_;
    Callbacks callbacks_;
    std::optional<voice::SpeechMarkup> markup_;  // from the first text on
    voice::SpeechCutter cutter_;
    std::size_t text_bytes_ = 0;
    std::deque<std::shared_ptr<Clause>> waiting_;    // not started
    std::deque<std::shared_ptr<Clause>> in_flight_;  // started, not yet given out; in order
    std::size_t clauses_ = 0, started_ = 0;
    bool finished_ = false;
    std::stop_source stop_;
    base::asio::steady_timer wake_;
};

}  // namespace aimpact::realtime
