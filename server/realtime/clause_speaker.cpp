#include "realtime/clause_speaker.hpp"

#include <algorithm>
#include <boost/asio/redirect_error.hpp>
#include <chrono>
#include <utility>

#include "voice/tts/planned_speech.hpp"

namespace aimpact::realtime {

namespace asio = base::asio;

ClauseSpeaker::ClauseSpeaker(asio::any_io_executor executor, voice::Synthesizer& synthesizer, Options options,
                             Callbacks callbacks)
    : executor_(std::move(executor)),
      synthesizer_(synthesizer),
      options_(std::move(options)),
      callbacks_(std::move(callbacks)),
      wake_(executor_) {}

void ClauseSpeaker::set_style(voice::SpeechStyle style) {
    if (!markup_) options_.style = std::move(style);
}

Result<> ClauseSpeaker::push(std::string_view delta) {
    if (finished_ || stop_.stop_requested()) return {};
    if (text_bytes_ + delta.size() > options_.text_bytes_max)
        return Error{base::ErrorCode::payload_too_large,
                     "The answer is longer than one reply may be, and was cut."};
    text_bytes_ += delta.size();
    if (!markup_) markup_.emplace(options_.style, synthesizer_, voice::MarkupErrors::tolerant);
    add(markup_->push(delta));
    return {};
}

void ClauseSpeaker::finish() {
    if (finished_) return;
    finished_ = true;
    if (!stop_.stop_requested()) {
        if (markup_) add(markup_->finish());
        add(cutter_.finish());
    }
    wake();
}

void ClauseSpeaker::stop() {
    stop_.request_stop();
    waiting_.clear();
    wake();
}

void ClauseSpeaker::add(base::Result<std::vector<voice::SpeechPart>> parts) {
    if (parts.has_error()) return;  // a tolerant reader has none
    add(cutter_.push(*std::move(parts)));
}

void ClauseSpeaker::add(std::vector<voice::PlannedClause> clauses) {
    for (voice::PlannedClause& planned : clauses) {
        if (planned.text.empty()) continue;  // a silence that nothing follows
        auto clause = std::make_shared<Clause>();
        clause->planned = std::move(planned);
        waiting_.push_back(std::move(clause));
        if (clauses_++ == 0 && callbacks_.first_clause) callbacks_.first_clause();
    }
    start_synthesis();
}

void ClauseSpeaker::start_synthesis() {
    if (stop_.stop_requested()) return;
    while (!waiting_.empty() && static_cast<int>(in_flight_.size()) < options_.clauses_in_flight) {
        if (callbacks_.hold && callbacks_.hold().count() > 0) return;
        in_flight_.push_back(std::move(waiting_.front()));
        waiting_.pop_front();
        const bool first = started_++ == 0;
        asio::co_spawn(executor_, synthesize(shared_from_this(), in_flight_.back(), first), asio::detached);
    }
    wake();
}

Task<void> ClauseSpeaker::synthesize(std::shared_ptr<ClauseSpeaker> self, std::shared_ptr<Clause> clause,
                                     bool first) {
    const auto priority = first ? inference::Priority::caller_waiting : inference::Priority::live;
    std::optional<std::chrono::steady_clock::time_point> needed_at;
    if (!first && self->callbacks_.unplayed)
        needed_at = std::chrono::steady_clock::now() + self->callbacks_.unplayed();
    auto take = [self, clause](voice::SpokenChunk chunk) {
        clause->chunks.push_back(std::move(chunk));
        self->wake();
    };
    auto result = co_await voice::stream_planned(self->synthesizer_, clause->planned, priority, take,
                                                 self->stop_.get_token(), needed_at);
    clause->done.emplace(std::move(result));
    self->wake();
}

Task<Result<>> ClauseSpeaker::run() {
    const auto self = shared_from_this();
    const Error cancelled{base::ErrorCode::cancelled, "The reply was stopped."};
    for (;;) {
        if (stop_.stop_requested()) co_return cancelled;
        start_synthesis();
        if (in_flight_.empty() && waiting_.empty() && finished_) co_return Result<>{};
        if (!in_flight_.empty()) {
            const std::shared_ptr<Clause> clause = in_flight_.front();
            if (!clause->chunks.empty()) {
                const voice::SpokenChunk chunk = std::move(clause->chunks.front());
                clause->chunks.pop_front();
                // The last one has whatever words are left, so that none is lost or said twice in the record.
                const std::string& text = clause->planned.text;
                const std::size_t left = text.size() - clause->text_given,
                                  words = chunk.last_of_clause ? left : std::min(left, chunk.text.size());
                callbacks_.spoken(chunk, text.substr(clause->text_given, words));
                clause->text_given += words;
                continue;
            }
            if (clause->done && clause->done->has_error()) {
                Error error = clause->done->error();
                stop();
                co_return error;
            }
            if (clause->done) {
                in_flight_.pop_front();
                continue;
            }
        }
        // Woken by text, by a clause that is ready, by stop(); or after a while, when playback held us back.
        const auto hold = callbacks_.hold && in_flight_.empty() && !waiting_.empty()
                              ? callbacks_.hold()
                              : std::chrono::milliseconds{0};
        if (hold.count() > 0)
            wake_.expires_after(std::min(hold, std::chrono::milliseconds{250}));
        else
            wake_.expires_at(asio::steady_timer::time_point::max());
        boost::system::error_code ignored;
        co_await wake_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    }
}

}  // namespace aimpact::realtime
