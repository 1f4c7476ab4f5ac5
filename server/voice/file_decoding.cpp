#include "voice/file_decoding.hpp"

#include <algorithm>
#include <mutex>

namespace aimpact::voice {

namespace {

namespace asio = base::asio;

// What the coroutine and the jobs share. Jobs hold it: they may end after the coroutine is gone.
struct Shared {
    std::mutex mutex;
    std::vector<std::optional<Piece>> pieces;
    std::size_t next = 0;        // the next to decode
    int workers = 0;             // jobs queued or running
    std::function<void()> wake;  // resumes the coroutine; set while it waits
};

// With a piece done, or a worker gone.
void wake(Shared& shared) {
    std::function<void()> resume;
    {
        std::lock_guard lock(shared.mutex);
        resume = std::exchange(shared.wake, nullptr);
    }
    if (resume) resume();
}

using Decode = std::shared_ptr<const std::function<Piece(std::size_t)>>;

// Queues a job that decodes the next piece and then queues its successor. The worker is counted already.
bool post_worker(inference::Scheduler& scheduler, inference::Priority priority, std::stop_token stop,
                 std::shared_ptr<Shared> shared, Decode decode) {
    return scheduler.try_post(priority, [=, &scheduler] {
        for (;;) {
            std::optional<std::size_t> mine;
            {
                std::lock_guard lock(shared->mutex);
                if (!stop.stop_requested() && shared->next < shared->pieces.size())
                    mine = shared->next++;
                else
                    --shared->workers;
            }
            if (mine) {
                Piece piece = (*decode)(*mine);
                std::lock_guard lock(shared->mutex);
                shared->pieces[*mine] = std::move(piece);
            }
            wake(*shared);
            // Back to the queue, so that more urgent work goes first; if it is full, go on here.
            if (!mine || post_worker(scheduler, priority, stop, shared, decode)) return;
        }
    });
}

// Until piece `index` is there or no worker is left; may return early.
base::Task<void> wait_for(std::shared_ptr<Shared> shared, std::size_t index) {
    auto executor = co_await asio::this_coro::executor;
    auto start = [shared, index, executor](auto handler) {
        auto held = std::make_shared<decltype(handler)>(std::move(handler));
        auto resume = [held, executor] { asio::post(executor, [held] { (*held)(); }); };
        {
            std::lock_guard lock(shared->mutex);
            if (!shared->pieces[index] && shared->workers > 0) {
                shared->wake = resume;
                return;
            }
        }
        resume();
    };
    co_await asio::async_initiate<const asio::use_awaitable_t<>, void()>(std::move(start),
                                                                         asio::use_awaitable);
}

}  // namespace

base::Task<Result<>> decode_in_order(inference::Scheduler& scheduler, inference::Priority priority,
                                     std::stop_token stop, std::size_t count,
                                     std::function<Piece(std::size_t)> decode,
                                     std::function<void(Piece)> on_piece) {
    auto shared = std::make_shared<Shared>();
    shared->pieces.resize(count);
    auto work = std::make_shared<const std::function<Piece(std::size_t)>>(std::move(decode));
    const auto wanted = std::min(count, static_cast<std::size_t>(scheduler.threads()));
    std::size_t posted = 0;
    for (; posted < wanted; ++posted) {
        {
            std::lock_guard lock(shared->mutex);
            ++shared->workers;
        }
        if (post_worker(scheduler, priority, stop, shared, work)) continue;
        std::lock_guard lock(shared->mutex);
        --shared->workers;
        break;
    }
    if (count > 0 && posted == 0)
        co_return Error{base::ErrorCode::overloaded,
                        "The server is at its limit. Try again in a moment.",
                        "inference queue is full",
                        {},
                        std::chrono::seconds{1}};

    for (std::size_t given = 0; given < count; ++given) {
        std::optional<Piece> piece;
        for (bool idle = false; !piece && !idle;) {
            co_await wait_for(shared, given);  // also woken by later pieces
            std::lock_guard lock(shared->mutex);
            idle = shared->workers == 0;
            piece = std::exchange(shared->pieces[given], std::nullopt);
        }
        if (!piece) co_return Error{base::ErrorCode::cancelled, "The transcription was stopped."};
        on_piece(std::move(*piece));
    }
    co_return Result<>{};
}

}  // namespace aimpact::voice
