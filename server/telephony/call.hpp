// One phone call: a provider's media stream over a WebSocket, and the live session behind it. Reads the
// provider's messages (call.cpp) and turns what the session says into audio, marks and clears
// (call_output.cpp).
//
// The caller's audio is put in order, decoded and given to the session at 16 kHz. Answers go out in frames of
// 20 ms, ahead of what is played; marks between them tell what was, so that an interruption cuts the answer
// where the caller stopped to hear it. Lives on the socket's executor, from serve() until serve() ends.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "net/websocket.hpp"
#include "realtime/event_bucket.hpp"
#include "realtime/session.hpp"
#include "telephony/dtmf.hpp"
#include "telephony/media_order.hpp"
#include "telephony/media_stream.hpp"
#include "telephony/playback_marks.hpp"
#include "voice/audio.hpp"

namespace aimpact::telephony {

using base::Task;

struct CallOptions {
    MediaStreamLimits stream = {};
    DtmfOptions dtmf = {};
    std::chrono::milliseconds start_wait{
        10'000};  // from the handshake to the message that says who calls whom
    std::chrono::seconds call_max{3600};
    // Messages beyond this rate are read later, not refused. A call has 50 in a second.
    double messages_per_second = 200;
    double messages_burst = 1'000;
    // Audio that comes faster than it can have been spoken, by so much, is no call.
    std::chrono::milliseconds early_max{10'000};
    int malformed_max = 20;                   // messages that we can't read, in one call
    std::chrono::seconds audio_ahead_max{8};  // of an answer, given out and not played yet
};

struct OpenedCall {
    realtime::SessionParts parts;
    std::unique_ptr<agents::TurnLoop> loop;
};
// Lets a call in once its provider has said what it wants, or not. Held for the life of the call.
using OpenCall = std::function<Task<Result<OpenedCall>>(const Start&)>;

class Call final : public realtime::SessionEvents, public std::enable_shared_from_this<Call> {
  public:
    // `clock` outlives the call.
    Call(net::WebSocket& socket, const base::Clock& clock, OpenCall open, CallOptions options);

    // Until either side hangs up, the call's time is over, or the server drains. Leaves nothing running.
    Task<void> serve();

    void speech_started(const std::string&, double) override {}
    void speech_stopped(const std::string&, double) override {}
    void input_committed(const agents::Item&, const std::string&) override {}
    void partial_transcript(const std::string&, const std::string&) override {}
    void transcript_completed(const agents::Item&, const voice::Transcript&) override {}
    void transcript_failed(const std::string&, const Error&) override {}
    void item_added(const agents::Item&, const std::string&) override {}
    void item_removed(const std::string&) override {}
    void item_truncated(const std::string&, double) override {}
    void response_started(const std::string&, const realtime::SpeakOptions&) override {}
    void output_item_added(const std::string&, const agents::Item&, const std::string&) override {}
    void output_item_done(const std::string& response_id, const agents::Item& item) override;
    void text_delta(const std::string&, const std::string&, std::string_view) override {}
    realtime::WireSound audio_delta(const std::string& response_id, const std::string& item_id,
                                    std::span<const float> samples, std::string_view text) override;
    void function_call_delta(const std::string&, const std::string&, std::string_view) override {}
    void response_done(const std::string&, const realtime::ResponseDone&) override {}
    void interrupted(const std::string& response_id, const std::string& item_id) override;
    void ended(const std::string& reason) override;  // hangs up
    void turn_recorded(const agents::Turn&) override {}
    void failed(const Error& error) override;

  private:
    // ---- call.cpp
    Task<void> read_messages();
    Task<void> begin(const Start& start);
    void obey(StreamMessage message);
    void hear(Media media);
    void press(char key);
    void await_pause();
    void say_keys(const std::string& keys);
    void malformed(std::string_view why);
    void watch();  // deadlines and drain, a few times a second
    void close(std::uint16_t code, std::string reason);

    // ---- call_output.cpp
    void send(std::string message);
    void send_frames(bool whole);  // `whole`: the last one is filled up with silence
    void send_mark();
    void begin_item(const std::string& item_id);

    net::WebSocket& socket_;
    const base::Clock& clock_;
    const OpenCall open_;
    const CallOptions options_;
    std::unique_ptr<realtime::Session> session_;
    realtime::EventBucket bucket_;

    Start start_;  // of the stream, once it began
    MediaOrder order_{Codec::ulaw};
    voice::Resampler to_session_{kWireRate, voice::kRecognitionRate};
    double heard_ms_ = 0;  // of the caller's audio
    base::SteadyTime opened_at_, started_at_;
    int malformed_ = 0;
    DtmfCollector keys_;
    base::asio::steady_timer keys_timer_;

    // The answer that is being said.
    std::string item_id_;
    voice::Resampler to_wire_{voice::kSynthesisRate, kWireRate};
    std::string frames_;          // encoded and not sent: less than a frame, between calls
    std::size_t sent_bytes_ = 0;  // of the item
    std::size_t marked_bytes_ = 0;
    std::vector<float> sent_;  // the last piece, as the caller's phone decodes it
    PlaybackMarks marks_;
    std::string stopped_id_;  // the item that an interruption stopped: if it goes on, it isn't from its start

    base::SteadyTime::duration touched_{};
    base::asio::steady_timer watch_timer_, closed_timer_;
    bool draining_ = false, closing_ = false, closed_ = false;
};

}  // namespace aimpact::telephony
