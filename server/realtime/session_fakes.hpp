// Scripted parts for tests of the session's policy: they force orders of events (races) that real models give
// only by luck. Everything runs on one io_context; time is a ManualClock.
#pragma once

#include <algorithm>
#include <boost/asio/redirect_error.hpp>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/async.hpp"
#include "realtime/session.hpp"

namespace aimpact::realtime::testing {

namespace asio = base::asio;

// Suspends coroutines until it is opened.
class Gate {
  public:
    explicit Gate(asio::io_context& io) : timer_(io, asio::steady_timer::time_point::max()) {}
    void open() {
        open_ = true;
        timer_.cancel();
    }
    bool waiting() const { return waiting_ > 0; }
    // Ends when the gate is opened or the token is stopped.
    Task<void> pass(std::stop_token stop = {}) {
        auto* timer = &timer_;
        auto executor = timer_.get_executor();
        std::stop_callback wake(stop,
                                [timer, executor] { asio::post(executor, [timer] { timer->cancel(); }); });
        ++waiting_;
        while (!open_ && !stop.stop_requested()) {
            boost::system::error_code ignored;
            co_await timer_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
        }
        --waiting_;
    }

  private:
    asio::steady_timer timer_;
    bool open_ = false;
    int waiting_ = 0;
};

class FakeListener final : public voice::Listener {
  public:
    struct Shared {
        Events events;
        voice::ListenerOptions options;
        double buffered_ms = 0;
        bool speaking = false;
        bool commit_ends_turn = false;
        int commits = 0, clears = 0, configured = 0;
        std::vector<float> played;  // with the last samples
        double remaining_ms = 0;
        voice::Expected expected = voice::Expected::anything;
        bool alive = false;
    };
    FakeListener(std::shared_ptr<Shared> shared, Events events) : shared_(std::move(shared)) {
        shared_->events = std::move(events);
        shared_->alive = true;
    }
    ~FakeListener() override { shared_->alive = false; }
    void configure(const voice::ListenerOptions& options) override {
        shared_->options = options;
        ++shared_->configured;
    }
    void push(std::span<const float> samples) override {
        shared_->buffered_ms += static_cast<double>(samples.size()) * 1000.0 / voice::kRecognitionRate;
    }
    void playing(std::span<const float> samples, double remaining_ms) override {
        shared_->played.assign(samples.begin(), samples.end());
        shared_->remaining_ms = remaining_ms;
    }
    void expect(voice::Expected what) override { shared_->expected = what; }
    bool commit() override {
        ++shared_->commits;
        if (shared_->buffered_ms <= 0) return false;
        shared_->buffered_ms = 0;
        return true;
    }
    void clear() override {
        ++shared_->clears;
        shared_->buffered_ms = 0;
    }
    bool speaking() const override { return shared_->speaking; }
    double buffered_ms() const override { return shared_->buffered_ms; }

  private:
    std::shared_ptr<Shared> shared_;
};

// 60 ms of a quiet tone for each character, so that what was heard can be computed by hand.
class FakeSynthesizer final : public voice::Synthesizer {
  public:
    static constexpr double kMsPerChar = 60;
    std::function<Task<Result<voice::SpokenChunk>>(std::string text, std::stop_token)> script;  // optional
    std::vector<std::string> said;
    std::vector<voice::SpeechStyle> styles;  // of what was said
    int pieces = 1;                          // that a clause comes in, its text with the first

    const std::vector<voice::Voice>& voices() const override { return all_voices; }
    const std::vector<std::string>& emotions() const override { return emotions_; }
    Result<> check(const voice::SpeechStyle& style) const override {
        if (style.voice != "af_heart" && style.voice != "am_adam")
            return base::invalid_argument("There is no voice \"" + style.voice + "\".", "voice");
        return {};
    }
    static voice::SpokenChunk tone(std::string text) {
        while (text.ends_with(' ')) text.pop_back();  // as a voice would, it says nothing for white space
        voice::SpokenChunk chunk;
        chunk.samples.assign(
            static_cast<std::size_t>(text.size() * kMsPerChar * voice::kSynthesisRate / 1000), 0.1F);
        for (std::size_t at = 0; at < text.size();) {
            const std::size_t end = std::min(text.size(), text.find(' ', at));
            const auto seconds = [](std::size_t bytes) {
                return static_cast<double>(bytes) * kMsPerChar / 1000;
            };
            if (end > at) chunk.words.push_back({text.substr(at, end - at), seconds(at), seconds(end)});
            at = end + 1;
        }
        chunk.text = std::move(text);
        return chunk;
    }
    Task<Result<voice::SpokenChunk>> clause(std::string text, voice::SpeechStyle style, inference::Priority,
                                            std::stop_token stop) override {
        said.push_back(text);
        styles.push_back(std::move(style));
        if (script) co_return co_await script(std::move(text), stop);
        if (stop.stop_requested()) co_return Error{base::ErrorCode::cancelled, "stopped"};
        co_return tone(std::move(text));
    }
    Task<Result<>> stream(std::string text, voice::SpeechStyle style, inference::Priority priority,
                          std::function<void(voice::SpokenChunk)> sink, std::stop_token stop,
                          std::optional<std::chrono::steady_clock::time_point>) override {
        auto chunk = co_await clause(std::move(text), style, priority, stop);
        if (chunk.has_error()) co_return chunk.error();
        const std::vector<float> samples = std::move(chunk->samples);
        const std::size_t size = samples.size() / static_cast<std::size_t>(pieces);
        for (int i = 0; i < pieces; ++i) {
            const auto from = samples.begin() + static_cast<std::ptrdiff_t>(size) * i;
            const bool last = i + 1 == pieces;
            const auto to = last ? samples.end() : from + static_cast<std::ptrdiff_t>(size);
            sink({std::vector<float>(from, to), i == 0 ? chunk->text : "", last,
                  i == 0 ? chunk->words : std::vector<voice::SpokenWord>{}});
        }
        co_return Result<>{};
    }
    Task<Result<>> speak(std::string text, voice::SpeechStyle style, inference::Priority priority,
                         std::function<Task<Result<>>(voice::SpokenChunk)> sink,
                         std::stop_token stop) override {
        auto chunk = co_await clause(std::move(text), style, priority, stop);
        if (chunk.has_error()) co_return chunk.error();
        co_return co_await sink(*std::move(chunk));
    }

    std::vector<voice::Voice> all_voices{{"af_heart", "Heart", "en-US", "female", ""},
                                         {"am_adam", "Adam", "en-US", "male", ""}};

  private:
    std::vector<std::string> emotions_{"neutral", "calm", "happy"};
};

class FakeLoop final : public agents::TurnLoop {
  public:
    using Script = std::function<Task<Result<agents::ResponseResult>>(FakeLoop&, agents::ResponseOptions,
                                                                      llm::OnDelta, std::stop_token)>;
    struct Record {  // outlives the loop, which the session owns
        std::deque<Script> scripts;
        std::vector<agents::Item> items;
        std::vector<agents::Turn> turns;
        std::vector<agents::ResponseOptions> asked;
        struct Audio {
            llm::ChatRole who;
            double at_ms, length_ms;
        };
        std::vector<Audio> audio;  // recorded
        std::string instructions;
        int finished = 0;
        bool alive = false;
    };
    FakeLoop(std::shared_ptr<Record> record, agents::Agent agent)
        : record_(std::move(record)), agent_(std::move(agent)) {
        record_->alive = true;
    }
    ~FakeLoop() override { record_->alive = false; }

    const agents::Agent& agent() const override { return agent_; }
    const std::string& conversation_id() const override { return id_; }
    void set_instructions(std::string text) override { record_->instructions = std::move(text); }
    void set_tools(std::vector<llm::Tool> tools) override { agent_.tools = std::move(tools); }
    const std::vector<agents::Item>& items() const override { return record_->items; }
    Result<> add(agents::Item item, const std::string& previous_id) override {
        if (find(item.id))
            return Error{base::ErrorCode::conflict, "An item with this id exists already.", {}, "item.id"};
        auto& items = record_->items;
        auto at = items.end();
        if (previous_id == "root") {
            at = items.begin();
        } else if (!previous_id.empty()) {
            at = std::find_if(items.begin(), items.end(), [&](const auto& i) { return i.id == previous_id; });
            if (at == items.end()) return base::not_found("There is no item \"" + previous_id + "\".");
            ++at;
        }
        items.insert(at, std::move(item));
        return {};
    }
    Result<> remove(const std::string& id) override {
        if (!find(id)) return base::not_found("There is no item \"" + id + "\".");
        std::erase_if(record_->items, [&](const auto& i) { return i.id == id; });
        return {};
    }
    const agents::Item* find(const std::string& id) const override {
        for (const auto& item : record_->items)
            if (item.id == id) return &item;
        return nullptr;
    }
    Result<> truncate(const std::string& id, std::string text) override {
        for (auto& item : record_->items)
            if (item.id == id) {
                item.text = std::move(text);
                item.status = agents::ItemStatus::incomplete;
                break;
            }
        return {};
    }
    Task<Result<agents::ResponseResult>> respond(agents::ResponseOptions options, llm::OnDelta on_delta,
                                                 std::stop_token stop) override {
        record_->asked.push_back(options);
        if (record_->scripts.empty()) co_return agents::ResponseResult{};
        const Script script = std::move(record_->scripts.front());
        record_->scripts.pop_front();
        co_return co_await script(*this, std::move(options), std::move(on_delta), stop);
    }
    Task<void> record_turn(agents::Turn turn) override {
        record_->turns.push_back(std::move(turn));
        co_return;
    }
    void record_audio(llm::ChatRole who, double at_ms, std::span<const float> samples, int rate) override {
        record_->audio.push_back({who, at_ms, static_cast<double>(samples.size()) * 1000.0 / rate});
    }
    Task<void> finish() override {
        ++record_->finished;
        co_return;
    }

    // Streams `pieces`, waiting at `gate` (if any) after the first; then keeps the message, whole or as far
    // as it came, as the interface demands.
    static Script says(std::vector<std::string> pieces, Gate* gate = nullptr) {
        return [pieces, gate](FakeLoop& loop, agents::ResponseOptions options, llm::OnDelta on_delta,
                              std::stop_token stop) -> Task<Result<agents::ResponseResult>> {
            agents::Item item;
            item.id = options.item_id(agents::ItemType::message, 0);
            item.role = llm::ChatRole::assistant;
            item.spoken = options.spoken;
            bool first = true;
            for (const std::string& piece : pieces) {
                if (!first && gate) co_await gate->pass(stop);
                first = false;
                if (stop.stop_requested()) break;
                item.text += piece;
                const llm::ChatDelta delta{piece, {}};
                auto taken = on_delta(delta);
                if (taken.has_error()) co_return taken.error();
            }
            if (options.draft) {
                const bool wanted = co_await options.draft->adopted();
                if (!wanted) co_return Error{base::ErrorCode::cancelled, "not wanted"};
            }
            agents::ResponseResult result;
            result.usage = {10, 5, 0};
            if (stop.stop_requested()) item.status = agents::ItemStatus::incomplete;
            if (options.words) item.text = options.words(item.text);
            if (!options.out_of_band) (void)loop.add(item, {});
            if (stop.stop_requested()) co_return Error{base::ErrorCode::cancelled, "stopped"};
            result.items.push_back(item);
            co_return result;
        };
    }
    static Script calls(std::vector<std::pair<std::string, std::string>> id_and_name, Gate* gate = nullptr) {
        return [id_and_name, gate](FakeLoop& loop, agents::ResponseOptions options, llm::OnDelta on_delta,
                                   std::stop_token stop) -> Task<Result<agents::ResponseResult>> {
            agents::ResponseResult result;
            int index = 0;
            for (const auto& [id, name] : id_and_name) {
                agents::Item item;
                item.id = options.item_id(agents::ItemType::function_call, index);
                item.type = agents::ItemType::function_call;
                item.role = llm::ChatRole::assistant;
                item.call_id = id;
                item.name = name;
                item.arguments = "{\"a\":1}";
                llm::ChatDelta start;
                start.tool_call = llm::ChatDelta::ToolCallPiece{index, id, name, "{\"a\""};
                (void)on_delta(start);
                if (gate) co_await gate->pass(stop);
                if (stop.stop_requested()) co_return Error{base::ErrorCode::cancelled, "stopped"};
                llm::ChatDelta rest;
                rest.tool_call = llm::ChatDelta::ToolCallPiece{index, "", "", ":1}"};
                (void)on_delta(rest);
                if (options.draft) {
                    const bool wanted = co_await options.draft->adopted();
                    if (!wanted) co_return Error{base::ErrorCode::cancelled, "not wanted"};
                }
                (void)loop.add(item, {});
                result.items.push_back(item);
                ++index;
            }
            result.finish = llm::FinishReason::tool_calls;
            co_return result;
        };
    }
    static Script fails(Error error, std::vector<std::string> pieces = {}) {
        return [error, pieces](FakeLoop&, agents::ResponseOptions options, llm::OnDelta on_delta,
                               std::stop_token) -> Task<Result<agents::ResponseResult>> {
            for (const std::string& piece : pieces) {
                const llm::ChatDelta delta{piece, {}};
                (void)on_delta(delta);
            }
            if (options.draft) {
                const bool wanted = co_await options.draft->adopted();
                if (!wanted) co_return Error{base::ErrorCode::cancelled, "not wanted"};
            }
            co_return error;
        };
    }

  private:
    std::shared_ptr<Record> record_;
    agents::Agent agent_;
    std::string id_ = "conv_test";
};

// Writes every event down as one line, and keeps what tests look at.
class EventLog final : public SessionEvents {
  public:
    std::vector<std::string> lines;
    std::vector<ResponseDone> done;
    std::vector<agents::Turn> turns;
    std::vector<Error> errors;
    std::string user_item, message_item, response;
    double audio_ms = 0;
    bool deaf = false;        // the wire loses all sound
    int deaf_pieces = 0;      // or that of so many pieces
    std::vector<float> wire;  // what was sent last
    std::string transcript;

    bool has(const std::string& line) const {
        return std::find(lines.begin(), lines.end(), line) != lines.end();
    }
    int count(const std::string& line) const {
        return static_cast<int>(std::count(lines.begin(), lines.end(), line));
    }

    void speech_started(const std::string& id, double) override {
        lines.push_back("speech_started"), user_item = id;
    }
    void speech_stopped(const std::string&, double) override { lines.push_back("speech_stopped"); }
    void input_committed(const agents::Item& item, const std::string&) override {
        lines.push_back("committed");
        user_item = item.id;
    }
    void partial_transcript(const std::string&, const std::string& text) override {
        lines.push_back("partial " + text);
    }
    void transcript_completed(const agents::Item& item, const voice::Transcript&) override {
        lines.push_back("transcript " + item.text);
    }
    void transcript_failed(const std::string&, const Error&) override {
        lines.push_back("transcript_failed");
    }
    void emotion_heard(const std::string& id, const agents::CallerEmotion& emotion) override {
        lines.push_back("emotion of " + id + ": " + emotion.turn.label + ", call " + emotion.call.label);
    }
    void item_added(const agents::Item& item, const std::string& previous) override {
        lines.push_back("item " + item.id + " after " + previous);
    }
    void item_removed(const std::string& id) override { lines.push_back("removed " + id); }
    void item_truncated(const std::string&, double ms) override {
        lines.push_back("truncated " + std::to_string(static_cast<long>(ms)));
    }
    void response_started(const std::string& id, const SpeakOptions&) override {
        lines.push_back("response");
        response = id;
    }
    void output_item_added(const std::string&, const agents::Item& item, const std::string&) override {
        lines.push_back(item.type == agents::ItemType::message ? "output message"
                                                               : "output call " + item.call_id);
        if (item.type == agents::ItemType::message) message_item = item.id;
    }
    void output_item_done(const std::string&, const agents::Item& item) override {
        lines.push_back((item.type == agents::ItemType::message ? "message done: " + item.text
                                                                : "call done: " + item.arguments) +
                        (item.status == agents::ItemStatus::incomplete ? " (incomplete)" : ""));
    }
    void text_delta(const std::string&, const std::string&, std::string_view delta) override {
        lines.push_back("text " + std::string(delta));
    }
    WireSound audio_delta(const std::string&, const std::string&, std::span<const float> samples,
                          std::string_view text) override {
        std::string_view words = text;
        while (words.starts_with(' ')) words.remove_prefix(1);
        while (words.ends_with(' ')) words.remove_suffix(1);
        lines.push_back("audio " + std::string(words));
        audio_ms += static_cast<double>(samples.size()) / voice::kSynthesisRate * 1000;
        transcript += text;
        if (samples.empty()) return {};
        const bool lost = deaf || (deaf_pieces > 0 && deaf_pieces-- > 0);
        wire.assign(samples.size(), 0.0F);
        if (!lost) wire.assign(samples.begin(), samples.end());
        return {wire, voice::kSynthesisRate, 1.0F};
    }
    void function_call_delta(const std::string&, const std::string&, std::string_view delta) override {
        lines.push_back("arguments " + std::string(delta));
    }
    void response_done(const std::string&, const ResponseDone& what) override {
        static constexpr const char* names[] = {"completed", "cancelled", "failed", "incomplete"};
        lines.push_back(std::string("done ") + names[static_cast<int>(what.status)]);
        done.push_back(what);
    }
    void interrupted(const std::string&, const std::string&) override { lines.push_back("interrupted"); }
    void sound_over_ours(const SoundOverOurs& sound) override {
        lines.push_back("over ours " + std::string(voice::name_of(sound.kind)) +
                        (sound.resumed ? " resumed: " : ": ") + sound.text);
    }
    void ended(const std::string& reason) override { lines.push_back("ended " + reason); }
    void turn_recorded(const agents::Turn& turn) override { turns.push_back(turn); }
    void failed(const Error& error) override {
        lines.push_back("failed");
        errors.push_back(error);
    }
};

}  // namespace aimpact::realtime::testing
