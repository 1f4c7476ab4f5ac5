// Answers begun before the caller's turn is surely over. A turn's end needs half a second of silence and
// more; the model and the first clause need about as long. So both begin when the end is likely, and what
// they give is held until it is sure: then it becomes the answer, as if it had just been asked for. If the
// caller goes on, or the conversation changes, it is dropped, and nobody has heard of it: no event was sent,
// nothing is written, no tool was called.
#include <boost/asio/ip/address.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/url/parse.hpp>

#include "realtime/session_impl.hpp"

namespace aimpact::realtime {

namespace asio = base::asio;
using agents::Item;

namespace {

bool is_private(const asio::ip::address& address) {
    if (address.is_loopback()) return true;
    if (address.is_v6()) {
        const auto v6 = address.to_v6();
        if (v6.is_v4_mapped()) return is_private(asio::ip::make_address_v4(asio::ip::v4_mapped, v6));
        return v6.is_link_local() || (v6.to_bytes()[0] & 0xFE) == 0xFC;
    }
    const auto bytes = address.to_v4().to_bytes();
    return bytes[0] == 10 || (bytes[0] == 172 && (bytes[1] & 0xF0) == 16) ||
           (bytes[0] == 192 && bytes[1] == 168) || (bytes[0] == 169 && bytes[1] == 254);
}

}  // namespace

bool is_own_model(const agents::AgentModel& model) {
    if (model.provider == "local") return true;
    const auto url = boost::urls::parse_uri(model.base_url);
    if (url.has_error()) return false;
    const std::string host = url->host_address();  // without the brackets of an IPv6 address
    if (host.empty()) return false;
    boost::system::error_code ec;
    const auto address = asio::ip::make_address(host, ec);
    if (!ec) return is_private(address);
    return host == "localhost" || host.find('.') == std::string::npos;
}

Task<bool> wait_for_adoption(std::shared_ptr<Draft> draft) {
    while (draft->state == Draft::State::open) {
        boost::system::error_code ignored;
        co_await draft->changed.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    }
    co_return draft->state == Draft::State::adopted;
}

bool Session::Impl::may_draft() const {
    return !closed && config.create_response && !active && !draft && !pending && transcribing.empty() &&
           open_calls.empty() && loop->items().size() < parts.limits.items_max;
}

void Session::Impl::on_likely_end(voice::LikelyEnd likely) {
    if (!may_draft()) return;
    if (speaking_item_id.empty()) speaking_item_id = new_id("item");
    Item turn;
    turn.id = speaking_item_id;
    turn.text = std::move(likely.text);
    turn.spoken = true;
    turn.created_at = parts.clock.now();
    TurnOrigin origin;
    origin.zero = likely.speech_end_at;
    draft = make_response({{}, std::move(origin)});
    draft->draft = std::make_shared<Draft>(executor, likely.id, std::move(turn));
    if (draft->audio) draft->speaker = make_speaker(draft, true);
    spawn(run_draft(shared_from_this(), draft));
}

void Session::Impl::on_likely_end_dropped(const voice::LikelyEndDropped& event) {
    if (draft && draft->draft->likely_id == event.id) drop_draft();
}

// Asks the model; the answer waits in the draft for whoever adopts it.
Task<void> Session::Impl::run_draft(std::shared_ptr<Impl> self, std::shared_ptr<ActiveResponse> response) {
    auto answer = co_await self->ask_model(response);
    response->draft->answer.emplace(std::move(answer));
    response->draft->changed.cancel();
}

Task<Result<agents::ResponseResult>> Session::Impl::draft_answer(std::shared_ptr<Draft> of) {
    while (!of->answer) {
        boost::system::error_code ignored;
        co_await of->changed.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    }
    co_return std::move(*of->answer);
}

bool Session::Impl::adopt_draft(std::uint64_t likely_id, const Item& item, const TurnOrigin& origin) {
    if (!draft) return false;
    const Draft& made = *draft->draft;
    if (made.likely_id != likely_id || made.turn.id != item.id || made.turn.text != item.text || active ||
        pending || !config.create_response)
        return false;
    const auto response = std::exchange(draft, nullptr);
    // When things happened is known; what was known only now is filled in.
    agents::TurnTimeline timeline = origin.timeline;
    timeline.first_token_ms = response->origin.timeline.first_token_ms;
    timeline.first_clause_ms = response->origin.timeline.first_clause_ms;
    response->origin.user_item_id = origin.user_item_id;
    response->origin.timeline = timeline;
    response->origin.quality = origin.quality;
    response->origin.audio_16k = origin.audio_16k;
    parts.metrics.early_answer(true);
    response->draft->state = Draft::State::adopted;
    response->draft->changed.cancel();
    begin(response);
    return true;
}

void Session::Impl::drop_draft() {
    if (!draft) return;
    const auto dropped = std::exchange(draft, nullptr);
    parts.metrics.early_answer(false);
    dropped->reason = ResponseReason::client_cancelled;  // stopped: its callbacks do nothing more
    dropped->model_stop.request_stop();
    if (dropped->speaker) dropped->speaker->stop();
    dropped->draft->state = Draft::State::dropped;
    dropped->draft->changed.cancel();
}

}  // namespace aimpact::realtime
