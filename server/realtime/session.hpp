// The live session: one caller and one agent. Owns the listener, the turn loop, the speaking of replies and
// the barge-in policy. It knows nothing of any wire: a protocol adapter (OpenAI Realtime, telephony, `aimpact
// converse`) turns its wire's messages into these calls and these events back into messages.
//
// Lives on one executor (a strand, or a single-threaded context); every call and every event happens there.
//
// A spoken turn: push_audio -> Listener -> turn_ended -> TurnLoop::respond -> ClauseSpeaker -> audio_delta.
// Replies are given out faster than they are played, up to `audio_ahead_max` ahead of the estimated playback.
#pragma once

#include <boost/json.hpp>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "agents/turn_loop.hpp"
#include "base/clock.hpp"
#include "inference/admission.hpp"
#include "realtime/session_metrics.hpp"
#include "realtime/turn_sound.hpp"
#include "voice/emotion/emotion_hearing.hpp"
#include "voice/emotion/tone_policy.hpp"
#include "voice/listener.hpp"
#include "voice/quality/quality_sampler.hpp"
#include "voice/synthesizer.hpp"

namespace aimpact::realtime {

using base::Error;
using base::Result;
using base::Task;

// What one response may be asked for, beyond agents::ResponseOptions. What is left out comes from
// SessionConfig.
struct SpeakOptions {
    agents::ResponseOptions response;
    std::optional<bool> audio;  // false: text only
    std::optional<voice::SpeechStyle> style;
    boost::json::object metadata;  // the adapter's own, handed back with response_started
};

enum class ResponseStatus { completed, cancelled, failed, incomplete };
// Why a response was cancelled or is incomplete.
enum class ResponseReason { none, turn_detected, client_cancelled, output_tokens_max, content_filter };

struct SessionConfig {
    voice::ListenerOptions listener;
    bool create_response = true;     // answer when a turn ends
    bool interrupt_response = true;  // barge-in
    bool audio = true;               // speak answers; false: text only
    voice::SpeechStyle style;
    voice::TonePolicy tone_policy = voice::TonePolicy::off;
    std::optional<int> output_tokens_max;
    std::optional<double> temperature;
    std::string tool_choice = "auto";
    agents::IdlePolicy idle;
    agents::Fillers fillers;
};
SessionConfig config_of(const agents::Agent& agent);

// Limits of a session, whatever its wire. Each is tested by exceeding it.
struct SessionLimits {
    std::size_t items_max = 2'000;                  // in one conversation
    std::size_t item_text_bytes_max = 64 << 10;     // of one item
    std::size_t reply_bytes_max = 32 << 10;         // text of one answer; past it the answer is cut there
    std::chrono::seconds audio_ahead_max{30};       // given out ahead of playback
    std::chrono::milliseconds outputs_wait{2'000};  // for the other results of calls made at the same time
    int clauses_in_flight = 2;                      // being synthesised at the same time
};

struct ResponseDone {
    ResponseStatus status = ResponseStatus::completed;
    ResponseReason reason = ResponseReason::none;
    std::vector<agents::Item> items;
    llm::Usage usage;
    std::optional<Error> error;
};

// A sound of the caller's over ours that was no interruption.
struct SoundOverOurs {
    voice::SoundKind kind = voice::SoundKind::noise;
    bool resumed = false;  // our audio had been stopped for it (`interrupted`), and goes on now
    std::string text;      // of a backchannel, where its words are known
    std::string item_id;   // that was stopped
    double audio_start_ms = 0, audio_end_ms = 0;  // 0 where `resumed`: its turn tells
};

// Everything the session tells its adapter. The adapter is called on the session's executor and must not
// block, and must not destroy the session from inside a call.
class SessionEvents {
  public:
    virtual ~SessionEvents() = default;
    virtual void speech_started(const std::string& item_id, double audio_start_ms) = 0;
    virtual void speech_stopped(const std::string& item_id, double audio_end_ms) = 0;
    // The caller's turn became an item (its transcript follows).
    virtual void input_committed(const agents::Item& item, const std::string& previous_item_id) = 0;
    // The whole partial text so far; it may be revised.
    virtual void partial_transcript(const std::string& item_id, const std::string& text) = 0;
    // Final. `item` has the text; an empty one is followed by item_removed: nobody said anything.
    virtual void transcript_completed(const agents::Item& item, const voice::Transcript& transcript) = 0;
    // How a turn of the caller sounded, and the call so far. Comes when it is known: beside the answer.
    virtual void emotion_heard(const std::string& item_id, const agents::CallerEmotion& emotion) {
        (void)item_id;
        (void)emotion;
    }
    virtual void transcript_failed(const std::string& item_id, const Error& error) = 0;
    // An item that was added whole (by the client).
    virtual void item_added(const agents::Item& item, const std::string& previous_item_id) = 0;
    virtual void item_removed(const std::string& item_id) = 0;
    virtual void item_truncated(const std::string& item_id, double audio_end_ms) = 0;

    virtual void response_started(const std::string& response_id, const SpeakOptions& options) = 0;
    // An item of an answer starts (in_progress, without content) and ends. previous_item_id is empty for
    // an answer outside the conversation.
    virtual void output_item_added(const std::string& response_id, const agents::Item& item,
                                   const std::string& previous_item_id) = 0;
    virtual void output_item_done(const std::string& response_id, const agents::Item& item) = 0;
    virtual void text_delta(const std::string& response_id, const std::string& item_id,
                            std::string_view delta) = 0;
    // 24 kHz samples and the words they say; either may be empty. Returns what the wire was given, behind its
    // own conversion, as a client will hear it (valid until the next call); no samples if it was given
    // nothing (yet).
    virtual WireSound audio_delta(const std::string& response_id, const std::string& item_id,
                                  std::span<const float> samples, std::string_view text) = 0;
    // Words that begin in the audio of the next audio_delta; times from the first sample of the item.
    virtual void words_spoken(const std::string& response_id, const std::string& item_id,
                              std::span<const voice::SpokenWord> words) {
        (void)response_id;
        (void)item_id;
        (void)words;
    }
    virtual void function_call_delta(const std::string& response_id, const std::string& item_id,
                                     std::string_view delta) = 0;
    virtual void response_done(const std::string& response_id, const ResponseDone& done) = 0;
    // Nothing stopped, or our audio goes on: the audio_deltas that follow begin where it was stopped.
    virtual void sound_over_ours(const SoundOverOurs& sound) { (void)sound; }
    // The session has nothing more to say and should be closed: "silence" (the caller left our prompts
    // unanswered). Told once.
    virtual void ended(const std::string& reason) { (void)reason; }
    // Our audio must stop now: whatever was sent and not played yet is void.
    virtual void interrupted(const std::string& response_id, const std::string& item_id) = 0;
    virtual void turn_recorded(const agents::Turn& turn) = 0;
    virtual void failed(const Error& error) = 0;  // not tied to a response; the session goes on
};

using ListenerFactory =
    std::function<std::unique_ptr<voice::Listener>(base::asio::any_io_executor, voice::Listener::Events)>;

// Whether an answer is prepared while the caller's turn is only likely over, and thrown away if the caller
// goes on. It hides the silence that a turn's end needs, and costs calls of the model that nobody hears.
enum class EarlyAnswers {
    own,  // with the built-in model, and with those on this machine or in a private network
    all,  // with paid providers too
    off,
};
// Whether an agent's model costs nothing to ask once more: see EarlyAnswers::own. A host that is a name
// counts only if it is "localhost" or has no dot.
bool is_own_model(const agents::AgentModel& model);

// What a session is made of; everything referred to outlives it.
struct SessionParts {
    const base::Clock& clock;
    base::Random& random;
    voice::Synthesizer& synthesizer;
    SessionMetrics& metrics;
    ListenerFactory make_listener;
    SessionLimits limits = {};
    // Said when an answer fails or is empty, or speech could not be understood.
    std::string fallback_text = "Sorry, I didn't get that. Could you say it again?";
    // The same, synthesised in advance: what is played when synthesis itself fails. May be null.
    std::shared_ptr<const voice::SpokenChunk> fallback_audio;
    EarlyAnswers early_answers = EarlyAnswers::own;
    voice::QualitySampler* sampler = nullptr;   // null: no turn is scored
    voice::EmotionHearing* emotions = nullptr;  // null, or without its model: no emotion is heard
};

class Session {
  public:
    // `events` must outlive the session or its close().
    Session(base::asio::any_io_executor executor, SessionParts parts, std::unique_ptr<agents::TurnLoop> loop,
            SessionConfig config, SessionEvents& events);
    // Stops everything at once, without waiting; what still runs holds what it needs and says nothing more.
    ~Session();
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;

    const agents::Agent& agent() const;
    const std::string& conversation_id() const;
    const SessionConfig& config() const;

    // Takes effect at once for listening, from the next response on for speaking. The style is checked.
    Result<> configure(SessionConfig config);
    Result<> set_instructions(std::string text);
    void set_tools(std::vector<llm::Tool> tools);
    Result<> set_variables(const std::map<std::string, std::string>& values);

    // Says the agent's greeting, if it has one and the conversation is new. No effect otherwise.
    void greet();

    // `received`: the same audio as the wire carried it, which levels, clipping and gaps are measured of;
    // left out where that is no other.
    void push_audio(std::span<const float> samples_16k, const WireSound& received = {});
    double buffered_seconds() const;  // of the turn in progress, or not committed yet
    Result<> commit();                // failed_precondition when there is nothing to commit
    void clear();

    Result<> add_item(agents::Item item, const std::string& previous_id = {});
    Result<agents::Item> item(const std::string& id) const;
    Result<> remove_item(const std::string& id);
    // What the caller heard of a spoken item: exact where the client knows, against our estimate at a
    // barge-in.
    Result<> truncate_item(const std::string& id, double audio_end_ms);

    // Starts an answer. While one is in progress: `conflict`, unless items were added since it began (or it
    // is the greeting): then this one follows it. Results of calls made together are waited for, shortly.
    Result<> create_response(SpeakOptions options = {});
    // `response_id` empty: whichever is in progress. failed_precondition when there is none.
    Result<> cancel_response(const std::string& response_id = {});
    // The client's player was emptied by hand: like an interruption by the caller.
    void clear_output();
    // The client's player has come to this place of a spoken item, as its wire tells (telephony's marks): the
    // estimate of what was heard starts from there.
    void played(const std::string& item_id, double ms);
    bool responding() const;
    // Estimated seconds of reply audio that the caller has yet to hear.
    double unplayed_seconds() const;

    // What depends on the clock: silence, fillers. Called five times a second by itself.
    void tick();

    // To be called every agents::kTouchInterval, so that a quiet conversation isn't taken for abandoned.
    void touch();

    // Stops everything, waits until nothing runs any more (bounded), writes the end of the conversation.
    // Scores of sampled turns may still come behind it, and are written down.
    Task<void> close();
    // Until every sampled turn so far has its scores; at most half a minute.
    Task<void> scored();

  private:
    struct Impl;
    std::shared_ptr<Impl> impl_;
};

}  // namespace aimpact::realtime
