#include "llm/local_model.hpp"

#include "llm/local_engine.hpp"

namespace aimpact::llm {

namespace {
// Decides, while an answer streams in, what of it is text to show and what belongs to a tool call.
class AnswerReader {
  public:
    AnswerReader(OutputShape shape, const OnDelta& on_delta) : shape_(shape), on_delta_(on_delta) {}

    Result<> text(std::string piece) {
        if (shape_ == OutputShape::tool_call) return {};
        if (shape_ == OutputShape::text_or_tool_call) {
            if (first_ == '\0' && !piece.empty()) first_ = piece.front();
            if (first_ == '{') return {};
        }
        return on_delta_ ? on_delta_(ChatDelta{std::move(piece), {}}) : Result<>{};
    }

    Result<> finish(const Generated& answer, const std::string& call_id, ChatResult& result) {
        const bool may_be_call = shape_ == OutputShape::tool_call ||
                                 (shape_ == OutputShape::text_or_tool_call && answer.text.starts_with('{'));
        if (!may_be_call) {
            result.message.content = answer.text;
            return {};
        }
        ToolCall call;
        if (!parse_tool_call(answer.text, call)) return {};  // cut short by the length limit: finish says so
        call.id = call_id;
        result.finish = FinishReason::tool_calls;
        if (on_delta_) {
            ChatDelta delta;
            delta.tool_call = ChatDelta::ToolCallPiece{0, call.id, call.name, call.arguments};
            if (auto ok = on_delta_(delta); ok.has_error()) return ok;
        }
        result.message.tool_calls.push_back(std::move(call));
        return {};
    }

  private:
    const OutputShape shape_;
    const OnDelta& on_delta_;
    char first_ = '\0';
};

Result<OutputShape> output_shape(const ChatRequest& request) {
    AIMPACT_TRY(const std::vector<Tool> tools, callable_tools(request));
    if (tools.empty()) return request.response_schema ? OutputShape::json : OutputShape::text;
    return request.tool_choice == "auto" || request.tool_choice.empty() ? OutputShape::text_or_tool_call
                                                                        : OutputShape::tool_call;
}
}  // namespace

Result<std::shared_ptr<LocalModel>> LocalModel::load(LocalModelOptions options, base::Metrics& metrics,
                                                     const base::Clock& clock) {
    AIMPACT_TRY(auto engine, LocalEngine::load(options, metrics, clock));
    return std::shared_ptr<LocalModel>(new LocalModel(std::move(engine), clock));
}

LocalModel::LocalModel(std::unique_ptr<LocalEngine> engine, const base::Clock& clock)
    : engine_(std::move(engine)), clock_(clock) {}
LocalModel::~LocalModel() = default;

int LocalModel::context_tokens() const {
    return engine_->options().context_tokens;
}
const std::string& LocalModel::name() const {
    return engine_->options().name;
}
std::shared_ptr<llama_model> LocalModel::weights() const {
    return engine_->weights();
}
int LocalModel::count_tokens(std::string_view text) const {
    return static_cast<int>(tokenize(engine_->vocab(), text, false).size());
}

Task<Result<ChatResult>> LocalModel::chat(ChatRequest request, OnDelta on_delta, std::stop_token stop) {
    AIMPACT_CO_CHECK(check_request(request));
    AIMPACT_CO_TRY(const OutputShape shape, output_shape(request));
    auto generation = std::make_unique<Generation>();
    generation->request = std::move(request);
    generation->queued_at = clock_.steady();
    const auto stream = generation->stream;
    // The call's id only has to be unique among the calls of its conversation.
    const std::string call_id =
        "call_" + std::to_string(base::unix_millis(clock_.now())) + "_" + std::to_string(calls_++);
    const std::stop_callback on_stop(stop, [stream] { stream->stopped = true; });
    AIMPACT_CO_CHECK(engine_->submit(std::move(generation)));

    AnswerReader reader(shape, on_delta);
    while (true) {
        std::string piece = co_await stream->next();
        if (!piece.empty()) {
            if (auto ok = reader.text(std::move(piece)); ok.has_error()) {
                stream->stopped = true;
                co_return std::move(ok).error();
            }
        }
        auto done = stream->take_result();
        if (!done) continue;
        if (done->has_error()) co_return std::move(*done).error();
        const Generated& answer = **done;
        ChatResult result;
        result.message.role = ChatRole::assistant;
        result.finish = answer.finish;
        result.usage = answer.usage;
        result.model = name();
        AIMPACT_CO_CHECK(reader.finish(answer, call_id, result));
        co_return result;
    }
}

}  // namespace aimpact::llm
