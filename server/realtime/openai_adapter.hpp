// One WebSocket that speaks OpenAI's Realtime protocol, over one Session. Reads and obeys client events
// (openai_adapter.cpp), and turns the session's events into the wire's (openai_output.cpp).
//
// Lives on the socket's executor, from serve() until serve() ends.
#pragma once

#include <memory>
#include <set>
#include <string>

#include "net/websocket.hpp"
#include "realtime/event_bucket.hpp"
#include "realtime/openai_events.hpp"
#include "realtime/openai_limits.hpp"
#include "realtime/openai_render.hpp"
#include "realtime/session.hpp"
#include "voice/recognizer.hpp"

namespace aimpact::realtime::openai {

struct ConnectionOptions {
    bool beta = false;
    bool transcription_only = false;
    bool additions = false;       // send aimpact.* events from the start
    std::string model;            // as the client named it
    json::object session_update;  // from a client secret; applied before session.created
    OpenAiLimits limits = {};
};

class Connection final : public SessionEvents, public std::enable_shared_from_this<Connection> {
  public:
    Connection(net::WebSocket& socket, SessionParts parts, voice::Recognizer& recognizer,
               ConnectionOptions options);

    // Until the client leaves, the session's time is over, or the server drains. Leaves nothing running.
    Task<void> serve(std::unique_ptr<agents::TurnLoop> loop);

    void speech_started(const std::string& item_id, double audio_start_ms) override;
    void speech_stopped(const std::string& item_id, double audio_end_ms) override;
    void input_committed(const agents::Item& item, const std::string& previous_item_id) override;
    void emotion_heard(const std::string& item_id, const agents::CallerEmotion& emotion) override;
    void partial_transcript(const std::string& item_id, const std::string& text) override;
    void transcript_completed(const agents::Item& item, const voice::Transcript& transcript) override;
    void transcript_failed(const std::string& item_id, const Error& error) override;
    void item_added(const agents::Item& item, const std::string& previous_item_id) override;
    void item_removed(const std::string& item_id) override;
    void item_truncated(const std::string& item_id, double audio_end_ms) override;
    void response_started(const std::string& response_id, const SpeakOptions& options) override;
    void output_item_added(const std::string& response_id, const agents::Item& item,
                           const std::string& previous_item_id) override;
    void output_item_done(const std::string& response_id, const agents::Item& item) override;
    void text_delta(const std::string& response_id, const std::string& item_id,
                    std::string_view delta) override;
    WireSound audio_delta(const std::string& response_id, const std::string& item_id,
                          std::span<const float> samples, std::string_view text) override;
    void words_spoken(const std::string& response_id, const std::string& item_id,
                      std::span<const voice::SpokenWord> words) override;
    void function_call_delta(const std::string& response_id, const std::string& item_id,
                             std::string_view delta) override;
    void response_done(const std::string& response_id, const ResponseDone& done) override;
    void interrupted(const std::string& response_id, const std::string& item_id) override;
    void sound_over_ours(const SoundOverOurs& sound) override;
    void ended(const std::string& reason) override;
    void turn_recorded(const agents::Turn& turn) override;
    void failed(const Error& error) override;

  private:
    // ---- openai_adapter.cpp
    Task<void> read_events();
    Task<Result<>> obey(ClientEvent event);
    Task<Result<>> create_item(CreateItem event);
    Task<Result<>> create_response(CreateResponse event);
    Task<Result<>> recognise(IncomingItem& incoming);  // its audio becomes its text
    Result<> update_session(const json::object& update);
    Result<> apply(WireSession next);
    Task<Result<>> append_audio(std::string bytes);
    static std::vector<float> decode(WireFormat format, std::string_view bytes);
    void greet();
    void watch();  // time limit and drain, a few times a second
    void close(std::uint16_t code, std::string reason);

    // ---- openai_output.cpp
    struct OutputItem {
        agents::Item item;
        int index = 0;
    };
    struct Output {  // the response in progress
        ResponseView view;
        std::vector<OutputItem> items;
        std::unique_ptr<voice::Resampler> resampler;  // to 8 kHz
    };
    void send(std::string_view type, json::object fields);
    void send_error(const Error& error, std::string_view code = {}, std::string_view event_id = {});
    void send_item(std::string_view ga_type, const agents::Item& item, const std::string& previous_item_id);
    void send_conversation();
    // Returns what was sent, decoded again; valid until the next call.
    WireSound send_audio(const OutputItem& item, std::span<const float> samples_out);
    std::string_view name(std::string_view ga) const;  // the event's beta name where it differs
    OutputItem* output_item(const std::string& item_id);
    json::object place(const OutputItem& item) const;  // response_id, item_id, output_index, content_index
    std::string encode_output(std::span<const float> samples) const;
    void transcript_delta(const std::string& item_id, std::string_view delta);

    net::WebSocket& socket_;
    SessionParts parts_;
    voice::Recognizer& recognizer_;
    ConnectionOptions options_;
    WireSession wire_;
    std::unique_ptr<Session> session_;
    EventBucket bucket_;

    std::unique_ptr<voice::Resampler> input_resampler_;
    int input_rate_ = 0;
    std::string input_carry_;  // half a sample
    bool greeted_ = false;
    bool conversation_sent_ = false;

    std::optional<Output> output_;
    std::vector<float> sent_;  // the last piece, as the client decodes it
    // Words of the turn in progress that were sent as deltas: a prefix that two partials agreed on.
    std::string partial_item_, partial_last_, partial_sent_;
    std::set<std::string> transcribing_;  // items added without their words yet
    bool clearing_output_ = false;

    base::SteadyTime opened_at_;
    base::SteadyTime::duration touched_{};  // age at the last sign of life
    base::asio::steady_timer watch_timer_, closed_timer_;
    bool draining_ = false, closing_ = false, closed_ = false;
    std::uint64_t events_ = 0;
};

}  // namespace aimpact::realtime::openai
