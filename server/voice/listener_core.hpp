// The listener's working half: shared with the coroutines that wait for inference, so that the Listener
// itself may go at any time. All on one executor.
#pragma once

#include <array>
#include <deque>

#include "voice/heard_audio.hpp"
#include "voice/listener_turn.hpp"

namespace aimpact::voice {

// When a pause counts as the end of a turn, by eagerness (semantic_vad). The turn model is asked at a few
// points of a pause; the shorter the silence, the surer it must be. (On the 60 read utterances of the
// evaluation audio, half of the 103 pauses inside a turn look complete after 0.2 s to a threshold of 0.5, and
// most of those are over by themselves within 0.6 s. These steps are mistaken in 43 instead of 50 at the same
// median wait.)
struct TurnPolicy {
    struct Check {
        std::int64_t silence;  // frames
        float probability;     // from which the turn is over
    };
    std::array<Check, 4> checks;  // by rising silence
    std::int64_t silence_max;     // frames of silence that end a turn whatever the model says
};
TurnPolicy turn_policy(Eagerness eagerness);

class ListenerCore : public std::enable_shared_from_this<ListenerCore> {
  public:
    ListenerCore(base::asio::any_io_executor executor, const Hearing& hearing, Recognizer& recognizer,
                 inference::Scheduler& scheduler, Listener::Events events);

    void configure(const ListenerOptions& options);
    void push(std::span<const float> samples);
    bool commit();
    void clear();
    void close();  // nothing is called back any more
    bool speaking() const { return turn_ && tracker_.speaking(); }
    double buffered_ms() const;

  private:
    using TurnPtr = std::shared_ptr<Turn>;

    bool manual() const { return options_.mode == ListenerOptions::Mode::manual; }
    void on_frame(std::span<const float, kVadFrame> frame);
    void trim();
    void begin_turn();
    void on_speech();
    void on_silence();
    bool should_end(std::int64_t silent_frames) const;
    void end_turn();
    void post_finished();
    void deliver();

    // Calls one of the events, if it is wanted. Anything may have happened when it returns.
    template <class Event, class Value>
    void emit(Event event, Value value) {
        const auto events = events_;
        if (events && (*events).*event) ((*events).*event)(std::move(value));
    }

    // Decodings. `begin` and `end` are frames of speech; the audio is padded, at most up to the frame
    // `limit`.
    std::shared_ptr<Decoding> decode(const TurnPtr& turn, std::int64_t begin, std::int64_t end,
                                     std::int64_t limit, inference::Priority priority);
    void try_attempt();
    void cut_piece();
    void try_partial();
    void ask_turn_model(const TurnPtr& turn, float wanted);
    void attempt_done(const TurnPtr& turn);
    void give_partial(const TurnPtr& turn, std::string text);

    base::Task<void> run_decoding(TurnPtr turn, std::shared_ptr<Decoding> decoding, std::vector<float> audio,
                                  double probability, double offset_seconds, inference::Priority priority);
    base::Task<void> run_partial(TurnPtr turn, std::vector<float> audio, double probability);
    base::Task<void> run_turn_model(TurnPtr turn, std::uint64_t pause, float wanted,
                                    std::vector<float> audio);
    void spawn(base::Task<void> task);

    const base::asio::any_io_executor executor_;
    const std::shared_ptr<const TurnDetector> turn_detector_;
    Recognizer& recognizer_;
    inference::Scheduler& scheduler_;
    std::shared_ptr<const Listener::Events> events_;  // shared, since an event may close this
    bool closed_ = false;

    ListenerOptions options_;
    std::unique_ptr<Vad> vad_;
    SpeechTracker tracker_;
    HeardAudio heard_;
    std::array<float, kVadFrame> partial_frame_{};
    std::size_t partial_size_ = 0;
    std::int64_t turn_floor_ = 0;  // no turn reaches back before this frame: the last one's end
    TurnPtr turn_;
    std::deque<TurnPtr> finished_;  // ended, waiting for their transcripts
};

}  // namespace aimpact::voice
