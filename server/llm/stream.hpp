// Carries an answer from an engine's thread to the coroutine that waits for it. The engine never blocks: text
// that the consumer has not taken yet is joined into one piece, so what waits is bounded by the answer's
// length.
#pragma once

#include <atomic>
#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/post.hpp>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "base/async.hpp"
#include "base/error.hpp"

namespace aimpact::llm {

template <class Done>
class Stream : public std::enable_shared_from_this<Stream<Done>> {
  public:
    // Engine's side; any thread.
    void push(std::string_view text) {
        std::function<void()> wake;
        {
            std::lock_guard lock(mutex_);
            text_ += text;
            wake = std::exchange(wake_, nullptr);
        }
        if (wake) wake();
    }
    // Once; nothing is pushed afterwards.
    void finish(base::Result<Done> result) {
        std::function<void()> wake;
        {
            std::lock_guard lock(mutex_);
            result_.emplace(std::move(result));
            wake = std::exchange(wake_, nullptr);
        }
        if (wake) wake();
    }
    // The engine stops soon when this is set; also by cancelling the waiting coroutine.
    std::atomic<bool> stopped = false;

    // Consumer's side. Waits for something; returns the text since the last call.
    base::Task<std::string> next() {
        auto executor = co_await base::asio::this_coro::executor;
        auto start = [self = this->shared_from_this(), executor](auto handler) {
            auto slot = base::asio::get_associated_cancellation_slot(handler);
            if (slot.is_connected())
                slot.assign([weak = self->weak_from_this()](base::asio::cancellation_type) {
                    if (auto stream = weak.lock()) stream->stopped = true;
                });
            auto held = std::make_shared<decltype(handler)>(std::move(handler));
            auto resume = [held, executor] {
                base::asio::post(executor, [held] {
                    auto slot = base::asio::get_associated_cancellation_slot(*held);
                    if (slot.is_connected()) slot.clear();
                    (*held)();
                });
            };
            std::lock_guard lock(self->mutex_);
            if (!self->text_.empty() || self->result_)
                resume();
            else
                self->wake_ = resume;
        };
        co_await base::asio::async_initiate<const base::asio::use_awaitable_t<>, void()>(
            std::move(start), base::asio::use_awaitable);
        std::lock_guard lock(mutex_);
        co_return std::exchange(text_, {});
    }
    // The result, once there is one and all text before it was taken.
    std::optional<base::Result<Done>> take_result() {
        std::lock_guard lock(mutex_);
        if (!text_.empty()) return std::nullopt;
        return std::exchange(result_, std::nullopt);
    }

  private:
    std::mutex mutex_;
    std::string text_;
    std::optional<base::Result<Done>> result_;
    std::function<void()> wake_;
};

}  // namespace aimpact::llm
