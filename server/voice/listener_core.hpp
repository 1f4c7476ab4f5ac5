// The listener's working half: shared with the coroutines that wait for inference, so that the Listener
// itself may go at any time. All on one executor.
#pragma once

#include <array>
#include <deque>

#include "voice/caller_pace.hpp"
#include "voice/echo_detector.hpp"
#include "voice/heard_audio.hpp"
#include "voice/listener_turn.hpp"
#include "voice/own_sound.hpp"
#include "voice/turn_policy.hpp"

namespace aimpact::voice {

class ListenerCore : public std::enable_shared_from_this<ListenerCore> {
  public:
    ListenerCore(base::asio::any_io_executor executor, const Hearing& hearing, Recognizer& recognizer,
                 inference::Scheduler& scheduler, Listener::Events events);

    void configure(const ListenerOptions& options);
    void push(std::span<const float> samples);
    void playing(std::span<const float> samples_24k, double remaining_ms) {
        own_sound_.add(samples_24k, remaining_ms);
    }
    void expect(Expected what) { expected_ = what; }
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

    // ---- listener_overlap.cpp: sound over ours
    float without_echo(std::span<const float, kVadFrame> frame, float probability);
    bool judging() const { return turn_ && turn_->overlap && !turn_->confirmed; }
    void judge(float probability, bool loud);
    void announce(bool tentative);
    void dismiss(SoundKind kind);
    void confirm();
    void consider_words(const TurnPtr& turn, std::string_view text);
    std::optional<std::int64_t> overlap_silence() const;
    SoundKind kind_of(const Turn& turn, const Transcript& transcript) const;
    int speech_frames_min() const;

    void on_speech();
    void on_silence();
    // Frames of silence that end the turn, as far as is known now.
    std::int64_t silence_needed() const;
    void consider_end();
    void tell_likely_end();
    void drop_likely_end();
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
    void ask_turn_model(const TurnPtr& turn);
    void ask_text_end(const TurnPtr& turn);
    void attempt_done(const TurnPtr& turn);
    void give_partial(const TurnPtr& turn, std::string text);

    base::Task<void> run_decoding(TurnPtr turn, std::shared_ptr<Decoding> decoding, std::vector<float> audio,
                                  double probability, double offset_seconds, inference::Priority priority);
    base::Task<void> run_partial(TurnPtr turn, std::vector<float> audio, double probability);
    base::Task<void> run_turn_model(TurnPtr turn, std::uint64_t pause, std::vector<float> audio);
    base::Task<void> run_text_end(TurnPtr turn, std::shared_ptr<Decoding> attempt, std::string text);
    void spawn(base::Task<void> task);

    const base::asio::any_io_executor executor_;
    const std::shared_ptr<const TurnDetector> turn_detector_;
    const TextEnd text_end_;
    Recognizer& recognizer_;
    inference::Scheduler& scheduler_;
    std::shared_ptr<const Listener::Events> events_;  // shared, since an event may close this
    bool closed_ = false;

    ListenerOptions options_;
    std::unique_ptr<Vad> vad_;
    SpeechTracker tracker_;
    EchoDetector echo_;
    OwnSound own_sound_;
    Background background_;
    int echo_frames_ = 0;  // of the echo that goes on
    CallerPace pace_;
    std::int64_t last_turn_frame_ = -1;  // where the last turn with speech ended
    Expected expected_ = Expected::anything;
    HeardAudio heard_;
    std::array<float, kVadFrame> partial_frame_{};
    std::size_t partial_size_ = 0;
    std::int64_t turn_floor_ = 0;  // no turn reaches back before this frame: the last one's end
    TurnPtr turn_;
    std::uint64_t likely_ends_ = 0;  // told so far
    std::deque<TurnPtr> finished_;   // ended, waiting for their transcripts
};

}  // namespace aimpact::voice
