// For tests: a speech endpoint on loopback that does what a test says, with a real server and client.
#pragma once

#include <gtest/gtest.h>

#include <deque>
#include <mutex>

#include "net/test_support.hpp"
#include "voice/remote/remote_client.hpp"

namespace aimpact::voice {

class RemoteEngineTest : public testing::Test {
  protected:
    struct Seen {
        std::string content_type, authorization, body;
    };
    // What the next request gets; the last one stays.
    struct Reply {
        int status = 200;
        std::string body = {};
        std::string content_type = "application/json";
        std::string retry_after = {};
        int pieces = 1;           // the body is streamed in so many
        bool breaks_off = false;  // after the body the connection is cut
        bool hangs = false;       // after the body nothing comes any more
    };

    void serve(const std::string& path) {
        endpoint_.post(path, [this](net::Request& request) { return answer(request); },
                       {.body_bytes_max = 64 << 20});
        endpoint_.start();
        http_ = net::make_http_client();
    }
    void TearDown() override { endpoint_.stop(); }

    RemoteEndpoint where() {
        RemoteEndpoint out;
        out.base_url = endpoint_.url("/v1/");
        out.model = "whisper-1";
        out.api_key = "sk-very-secret-key";
        out.retry_pause = std::chrono::milliseconds{1};
        out.timeout = std::chrono::seconds{20};
        return out;
    }
    void replies(std::deque<Reply> list) {
        std::lock_guard lock(mutex_);
        replies_ = std::move(list);
    }
    std::vector<Seen> seen() {
        std::lock_guard lock(mutex_);
        return seen_;
    }

    net::test::TestServer endpoint_;
    std::unique_ptr<net::HttpClient> http_;
    std::function<void()> on_request_;

  private:
    Task<net::Response> answer(net::Request& request) {
        Reply reply;
        {
            std::lock_guard lock(mutex_);
            seen_.push_back({std::string(request.headers.get("Content-Type")),
                             std::string(request.headers.get("Authorization")), request.body});
            reply = replies_.front();
            if (replies_.size() > 1) replies_.pop_front();
        }
        if (on_request_) on_request_();
        net::Response response;
        response.status = reply.status;
        response.headers.set("Content-Type", reply.content_type);
        if (!reply.retry_after.empty()) response.headers.set("Retry-After", reply.retry_after);
        if (reply.pieces == 1 && !reply.breaks_off && !reply.hangs) {
            response.body = reply.body;
            co_return response;
        }
        response.stream = [reply](net::BodySink& sink) -> Task<Result<>> {
            const std::size_t size = reply.body.size() / static_cast<std::size_t>(reply.pieces);
            for (int i = 0; i < reply.pieces; ++i) {
                const std::size_t at = size * static_cast<std::size_t>(i);
                const std::string piece =
                    reply.body.substr(at, i + 1 == reply.pieces ? std::string::npos : size);
                if (piece.empty()) continue;
                AIMPACT_CO_CHECK(co_await sink.write(piece));
                co_await base::sleep_for(std::chrono::milliseconds{2});
            }
            while (reply.hangs && sink.open()) co_await base::sleep_for(std::chrono::milliseconds{5});
            if (reply.breaks_off) co_return Error{base::ErrorCode::internal, "cut"};
            co_return Result<>{};
        };
        co_return response;
    }

    std::mutex mutex_;
    std::deque<Reply> replies_{Reply{}};
    std::vector<Seen> seen_;
};

}  // namespace aimpact::voice
