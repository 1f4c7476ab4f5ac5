// Inside of Session: session.cpp (calls and the end), session_turns.cpp (the caller's side: turns and items),
// session_drafts.cpp (answers to turns that are only likely over), session_responses.cpp and
// session_endings.cpp (our side: answers), session_quality.cpp (how good both sounded), session_emotion.cpp
// (how the caller feels). Everything here runs on the session's executor. Coroutines hold the Impl by
// shared_ptr and look at `closed` after each wait; callbacks of others hold it weakly.
#pragma once

#include <deque>
#include <map>
#include <mutex>
#include <set>
#include <stop_token>

#include "base/id.hpp"
#include "realtime/clause_speaker.hpp"
#include "realtime/playback.hpp"
#include "realtime/recording_timeline.hpp"
#include "realtime/sent_sound.hpp"
#include "realtime/session.hpp"
#include "voice/emotion/emotion_tracker.hpp"
#include "voice/turn_policy.hpp"

namespace aimpact::realtime {

// What an answer replies to: where its timeline starts.
struct TurnOrigin {
    std::string user_item_id;
    base::SteadyTime zero{};  // end of the caller's speech, or the request
    agents::TurnTimeline timeline;
    agents::TurnQuality quality;
    std::shared_ptr<std::vector<float>> audio_16k;  // the caller's, until it is clear that nobody scores it
};

// What makes an answer a draft: the turn that it answers is only likely over. Until it is adopted nobody
// hears of it: the model's words are held (the first clause is synthesised), and nothing is kept.
struct Draft {
    enum class State { open, adopted, dropped };
    Draft(const base::asio::any_io_executor& executor, std::uint64_t likely_id_in, agents::Item turn_in)
        : likely_id(likely_id_in),
          turn(std::move(turn_in)),
          changed(executor, base::asio::steady_timer::time_point::max()) {}

    const std::uint64_t likely_id;  // of voice::LikelyEnd
    const agents::Item turn;        // the caller's words
    State state = State::open;
    std::vector<llm::ChatDelta> held;
    bool shown = false;  // what was held has been given out; nothing is held from then on
    std::optional<Result<agents::ResponseResult>> answer;
    base::asio::steady_timer changed;  // cancelled when state or answer changes
};

// True when the draft is adopted, false when it is dropped.
Task<bool> wait_for_adoption(std::shared_ptr<Draft> draft);

// A piece of an answer that was made while our sound was held.
struct HeldChunk {
    std::string response_id, item_id;
    voice::SpokenChunk chunk;
    std::string text;
};
// Our sound, stopped by what may be an interruption: see session_overlap.cpp.
struct HeldOutput {
    base::SteadyTime at;
    std::vector<SentSound::Rest> rests;
    std::vector<std::string> items;  // that were cut, oldest first
    std::deque<HeldChunk> chunks;
    std::vector<std::shared_ptr<base::asio::steady_timer>> waiting = {};  // cancelled when it is over
};

// One answer in progress.
struct ActiveResponse {
    std::string id;
    SpeakOptions options;
    TurnOrigin origin;
    std::optional<std::string>
        fixed_text;  // said as it is (a greeting, a fallback), without asking the model
    bool greeting =
        false;  // or another thing said of our own accord: an answer asked for meanwhile follows it
    bool filler = false;
    bool audio = true;
    voice::SpeechStyle style;
    std::optional<Error> voice_refused;  // why it isn't said in the voice that was wanted

    std::shared_ptr<Draft> draft;  // null: an answer like any other
    bool held() const { return draft && !draft->shown; }

    std::stop_source model_stop;
    std::shared_ptr<ClauseSpeaker> speaker;        // null: text only
    std::optional<voice::SpeechMarkup> markup;     // of a text-only answer
    ResponseReason reason = ResponseReason::none;  // set: stopped
    bool too_long = false, filtered = false;
    std::size_t text_bytes = 0;
    ReplySound sound;
    bool sampled = false;                    // to be scored
    double sent_power = 0;                   // mean power of the audio sent, times its milliseconds
    bool clause_begins = true;               // with the next chunk
    double clause_at_ms = 0;                 // of its item: where the clause that is being given out began
    double clause_power = 0, clause_ms = 0;  // the same of the clause that is being given out
    bool items_added_since = false;

    std::string message_id;  // of our words; empty until they start
    std::map<int, agents::Item> calls;
    std::set<std::string> announced;  // ids of items that output_item_added was sent for
    std::string last_announced;
    std::vector<agents::Item> done_items;
    llm::Usage usage;
    std::optional<Error> error;
    bool stopped() const { return reason != ResponseReason::none; }
};

struct Session::Impl : std::enable_shared_from_this<Session::Impl> {
    Impl(base::asio::any_io_executor executor_in, SessionParts parts_in,
         std::unique_ptr<agents::TurnLoop> loop_in, SessionConfig config_in, SessionEvents& events_in);
    ~Impl();

    // ---- session.cpp
    void start_listening();
    void shutdown();
    void on_speech_started(const voice::SpeechStarted& event);
    void on_speech_confirmed(const voice::SpeechConfirmed& event);
    void on_sound_ignored(const voice::SoundIgnored& sound);
    void on_speech_stopped(const voice::SpeechStopped& event);
    void on_partial(const voice::PartialTranscript& event);
    void on_likely_end(voice::LikelyEnd likely);
    void on_likely_end_dropped(const voice::LikelyEndDropped& event);
    void on_turn_ended(voice::TurnEnded turn);
    void on_transcription_failed(const Error& error);
    double session_ms(base::SteadyTime at) const {
        return std::chrono::duration<double, std::milli>(at - started_at).count();
    }
    std::string commit_item();  // the caller's turn gets its item; its id
    std::string last_item_id() const;
    std::string previous_of(const std::string& item_id) const;
    Result<> add_item(agents::Item item, const std::string& previous_id);
    Result<> truncate_item(const std::string& id, double audio_end_ms);

    // ---- session_overlap.cpp
    void push_audio(std::span<const float> samples_16k);
    void hold_output();
    bool judges_overlap() const;
    bool all_kept(base::SteadyTime now) const;
    void note_sound(const std::string& item_id, agents::SoundOverAnswer sound);
    bool correct_held(const std::string& item_id, double heard_ms);
    void resume_output(voice::SoundKind kind, std::string text);
    void send_rest(ActiveResponse& active, const std::string& as_item_id, const SentSound::Rest& rest);
    void speak_rest(SentSound::Rest rest);
    static Task<void> not_held(std::shared_ptr<Impl> self);

    // ---- session_idle.cpp
    void start_ticking();
    void tick();
    bool someone_busy(base::SteadyTime now) const;
    void consider_silence(base::SteadyTime now);
    bool consider_filler(base::SteadyTime now);
    void say_filler(std::string text);
    void drop_filler();

    // ---- session_drafts.cpp
    bool may_draft() const;
    static Task<void> run_draft(std::shared_ptr<Impl> self, std::shared_ptr<ActiveResponse> response);
    static Task<Result<agents::ResponseResult>> draft_answer(std::shared_ptr<Draft> of);
    // Starts with the draft if it answers this item (which was just added). False: there is none that does.
    bool adopt_draft(std::uint64_t likely_id, const agents::Item& item, const TurnOrigin& origin);
    // Nothing of it was told or kept. Called when the caller goes on and when the conversation changes.
    void drop_draft();

    // ---- session_responses.cpp
    struct Pending {
        SpeakOptions options;
        TurnOrigin origin;
    };
    Result<> request(SpeakOptions options, std::optional<TurnOrigin> origin);
    void start(Pending pending);
    std::shared_ptr<ActiveResponse> make_response(Pending pending);
    void settle_voice(ActiveResponse& response);
    void begin(std::shared_ptr<ActiveResponse> response);
    void start_pending();
    void wait_for_outputs(std::chrono::milliseconds at_most);
    void say(std::string text, bool greeting);
    // Stops the answer in progress and empties the caller's player (as we estimate it).
    void interrupt(ResponseReason reason);
    void apply_cut(const Playback::Item& item);

    static Task<void> run(std::shared_ptr<Impl> self, std::shared_ptr<ActiveResponse> active);
    static Task<void> write_and_speak(std::shared_ptr<Impl> self, std::shared_ptr<ActiveResponse> active);
    static Task<Result<>> speak_all(std::shared_ptr<Impl> self, std::shared_ptr<ActiveResponse> active,
                                    std::shared_ptr<ClauseSpeaker> speaker, std::string item_id);
    Task<Result<agents::ResponseResult>> ask_model(std::shared_ptr<ActiveResponse> active);
    Result<> on_delta(ActiveResponse& active, const llm::ChatDelta& delta);
    void show_delta(ActiveResponse& active, const llm::ChatDelta& delta);
    void show_words(ActiveResponse& active, const Result<std::vector<voice::SpeechPart>>& said);
    void settle(ActiveResponse& active, const Result<agents::ResponseResult>& answer, const Result<>& spoken);
    void settle_stopped(ActiveResponse& active);
    Task<void> speak_fallback(std::shared_ptr<ActiveResponse> active);
    std::shared_ptr<ClauseSpeaker> make_speaker(const std::shared_ptr<ActiveResponse>& active, bool counts);
    void give_out(ActiveResponse& active, const std::string& item_id, const voice::SpokenChunk& chunk,
                  std::string text);
    void clause_sent(ActiveResponse& active);
    void announce(ActiveResponse& active, const agents::Item& item);
    void conclude(ActiveResponse& active, agents::Item item);  // output_item_done, once
    void finish_response(ActiveResponse& active);
    void listener_expects(const std::string& said) {
        if (listener) listener->expect(voice::expected_after(said));
    }
    void record(agents::Turn turn);
    static Task<void> write_records(std::shared_ptr<Impl> self);

    // ---- session_quality.cpp
    struct Inbox {  // where workers leave scores for a session that may be gone
        std::mutex mutex;
        bool open = true;
        base::asio::any_io_executor executor;
        std::weak_ptr<Impl> session;
    };
    void caller_started(double audio_start_ms);
    void caller_stopped(base::SteadyTime at);
    void add_overlap(base::SteadyTime to);  // since caller_since
    double silence_before(const ActiveResponse& active, base::SteadyTime now) const;
    void add_silence(ActiveResponse& active, base::SteadyTime now);
    agents::SpeechQuality judge_caller(const voice::TurnEnded& turn);
    void judge_reply(ActiveResponse& active);
    void take_sample(ActiveResponse& active);
    void submit_samples(ActiveResponse& active, int turn_index);
    void on_score(int turn_index, voice::SpeechDirection direction, const Result<voice::DnsmosScore>& score);
    static Task<void> await_scores(std::shared_ptr<Impl> self);
    void close_inbox();

    // ---- session_emotion.cpp
    void hear_emotion(const std::string& item_id, const std::vector<float>& audio_16k);
    static Task<void> await_emotion(std::shared_ptr<Impl> self, std::string item_id,
                                    std::vector<float> audio_16k);
    void on_emotion(const std::string& item_id, const voice::EmotionEstimate& estimate);
    // The agent's style, in the tone that its policy has for this caller.
    voice::SpeechStyle toned_style() const;

    std::string new_id(std::string_view prefix) { return base::make_id(prefix, parts.clock, parts.random); }
    double since(const TurnOrigin& origin) const;
    template <class F>
    void emit(F f) {
        if (events) f(*events);
    }
    void spawn(Task<void> task);

    base::asio::any_io_executor executor;
    SessionParts parts;
    std::unique_ptr<agents::TurnLoop> loop;
    SessionConfig config;
    SessionEvents* events;  // null once closed
    std::unique_ptr<voice::Listener> listener;
    bool closed = false;

    base::SteadyTime started_at;
    RecordingTimeline recording_timeline;
    std::string speaking_item_id;          // of the turn that the caller is in; empty between turns
    bool committing = false;               // inside Session::commit
    std::deque<std::string> transcribing;  // committed items whose transcript is still to come

    std::shared_ptr<ActiveResponse> active;
    std::shared_ptr<ActiveResponse> draft;  // to the turn that is likely over; becomes `active`
    std::optional<Pending> pending;
    // A turn whose answer the caller's next sound stopped before any of it was heard: answered after all if
    // that sound turns out to be no words.
    std::optional<TurnOrigin> unheard;
    bool waiting_for_outputs = false;
    base::asio::steady_timer outputs_timer;
    std::set<std::string> open_calls;  // call ids of the last answer without a result yet
    bool outputs_given = false;        // of that answer's calls, one has a result

    Playback playback;
    SentSound sent_sound;
    base::SteadyTime heard_until{};  // of the caller's sound, as against our own
    std::optional<HeldOutput> held;
    struct Resumed {
        std::string item_id;
        double from_ms;
    };
    std::map<std::string, Resumed> resumed_as;  // by the id of the item that told the rest of another

    base::SteadyTime quiet_since{}, waiting_since{};
    int idle_prompts = 0, fillers_said = 0;
    bool ended = false;
    base::asio::steady_timer tick_timer;

    std::vector<agents::Turn> turns;  // the latest few, to amend when one is cut after its end
    int next_turn = 0;
    std::deque<agents::Turn> unrecorded;
    bool recording = false;

    voice::EmotionTracker emotion;
    CallerSound caller_sound;
    std::optional<base::SteadyTime> caller_since;  // the caller speaks, and was not seen to stop yet
    base::SteadyTime overlap_until{};              // what both said until then is counted
    std::shared_ptr<Inbox> scores;                 // made with the first sample
    int scores_due = 0;
    std::optional<base::asio::steady_timer> scores_timer;

    int tasks = 0;  // coroutines running
    base::asio::steady_timer idle;
};

}  // namespace aimpact::realtime
