#include "voice/tts/clause_reader.hpp"

#include <boost/asio/experimental/concurrent_channel.hpp>
#include <deque>
#include <memory>
#include <utility>

namespace aimpact::voice {
namespace {

namespace asio = base::asio;

// What the text still holds, a clause at a time.
class Clauses {
  public:
    Clauses(std::string text, SpeechStyle style) : text_(std::move(text)), style_(std::move(style)) {
        parts_ = std::exchange(style_.said_as, {});
    }
    // False at the end.
    bool next(std::string& clause, SpeechStyle& style) {
        while (cut_.empty() && !finished_) {
            const std::string_view more = std::string_view(text_).substr(fed_, kFedAtOnce);
            finished_ = more.empty();
            fed_ += more.size();
            for (auto& c : finished_ ? splitter_.finish() : splitter_.push(more))
                cut_.push_back(std::move(c));
        }
        if (cut_.empty()) return false;
        clause = std::move(cut_.front());
        cut_.pop_front();
        style = style_;
        const std::size_t begin = given_, end = given_ + clause.size();
        given_ = end;
        for (; part_ < parts_.size() && parts_[part_].begin < end; ++part_) {
            SaidAs part = parts_[part_];
            if (part.begin < begin || part.end > end) continue;  // cut apart: said as written
            part.begin -= begin;
            part.end -= begin;
            style.said_as.push_back(std::move(part));
        }
        return true;
    }

  private:
    static constexpr std::size_t kFedAtOnce = 4096;  // the splitter looks at all it has for each clause
    const std::string text_;
    SpeechStyle style_;
    std::vector<SaidAs> parts_;
    ClauseSplitter splitter_;
    std::deque<std::string> cut_;
    std::size_t fed_ = 0, given_ = 0, part_ = 0;
    bool finished_ = false;
};

}  // namespace

base::Task<Result<>> read_clauses(Synthesizer& synthesizer, std::string text, SpeechStyle style,
                                  inference::Priority priority,
                                  std::function<base::Task<Result<>>(SpokenChunk)> sink,
                                  std::stop_token stop) {
    using inference::Priority;
    Clauses clauses(std::move(text), std::move(style));
    // Null: a clause has ended.
    using Made = asio::experimental::concurrent_channel<void(boost::system::error_code,
                                                             std::shared_ptr<Result<SpokenChunk>>)>;
    constexpr std::size_t kChunksMax = 1024;  // far more than two clauses have
    auto executor = co_await asio::this_coro::executor;
    std::stop_source mine;
    auto pass_on = [&mine] { mine.request_stop(); };
    std::stop_callback outer(stop, pass_on);
    auto made = std::make_shared<Made>(executor, kChunksMax);
    std::size_t begun = 0, ended = 0;
    const auto begin_next = [&] {
        std::string clause;
        SpeechStyle said;
        if (!clauses.next(clause, said)) return;
        const Priority p = begun++ == 0 ? priority : std::max(priority, Priority::live);
        auto give = [made](SpokenChunk chunk) {
            made->try_send(boost::system::error_code{},
                           std::make_shared<Result<SpokenChunk>>(std::move(chunk)));
        };
        asio::co_spawn(executor,
                       synthesizer.stream(std::move(clause), std::move(said), p, give, mine.get_token(), {}),
                       [made](std::exception_ptr failure, Result<> done) {
                           if (failure) done = base::internal_error("a clause threw");
                           made->try_send(boost::system::error_code{},
                                          done.has_error()
                                              ? std::make_shared<Result<SpokenChunk>>(std::move(done).error())
                                              : nullptr);
                       });
    };
    Result<> outcome;
    const auto fail = [&](Error error) {
        if (outcome.has_value()) outcome = std::move(error);
        mine.request_stop();
    };
    std::size_t lasts = 0;  // clauses whose last chunk has come
    begin_next();
    while (ended < begun) {
        const auto result = co_await made->async_receive(asio::use_awaitable);
        const bool end = !result || result->has_error();
        if (result && result->has_error()) fail(result->error());
        if (end) ++ended;
        if (!end && (*result)->last_of_clause) ++lasts;
        // The next one is made while the last chunk of this one is taken, or after a clause without one.
        if (outcome.has_value() && begun == (end ? ended : lasts)) begin_next();
        if (end || outcome.has_error()) continue;  // what is on its way after a stop is dropped
        if (const Result<> taken = co_await sink(std::move(**result)); taken.has_error()) fail(taken.error());
    }
    co_return outcome;
}

}  // namespace aimpact::voice
