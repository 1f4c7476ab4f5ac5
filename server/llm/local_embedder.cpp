#include "llm/local_embedder.hpp"

#include <pthread.h>

#include <algorithm>
#include <cmath>

namespace aimpact::llm {

namespace {
base::Error cancelled() {
    return base::Error{base::ErrorCode::cancelled, "The request was stopped."};
}

std::vector<float> unit(const float* values, int count) {
    double square = 0;
    for (int i = 0; i < count; ++i) square += static_cast<double>(values[i]) * values[i];
    const double scale = square > 0 ? 1 / std::sqrt(square) : 0;
    std::vector<float> out(count);
    for (int i = 0; i < count; ++i) out[i] = static_cast<float>(values[i] * scale);
    return out;
}
}  // namespace

Result<std::shared_ptr<LocalEmbedder>> LocalEmbedder::load(LocalEmbedderOptions options,
                                                           base::Metrics& metrics, const base::Clock& clock) {
    AIMPACT_TRY(LlamaModelPtr model, load_llama_model(options.path));
    if (llama_model_has_decoder(model.get()) && !llama_model_has_encoder(model.get()) &&
        model_meta(model.get(), "general.architecture").find("bert") == std::string::npos)
        return base::invalid_argument(
            "The model at " + options.path +
            " is not an embedding model. Use a BERT-like GGUF such as all-MiniLM-L6-v2.");
    options.batch_tokens = std::max(options.batch_tokens, llama_model_n_ctx_train(model.get()));
    options.batch_texts = std::clamp(options.batch_texts, 1, 64);
    std::shared_ptr<LocalEmbedder> embedder(new LocalEmbedder(options, std::move(model), metrics, clock));
    llama_context_params params = llama_context_default_params();
    params.n_ctx = params.n_batch = params.n_ubatch = options.batch_tokens;
    params.n_seq_max = options.batch_texts;
    params.n_threads = params.n_threads_batch = std::max(options.threads, 1);
    params.embeddings = true;
    params.pooling_type = LLAMA_POOLING_TYPE_MEAN;
    params.kv_unified = true;
    // Without it the attention of all texts with all texts is laid out: 50 MB for 1024 tokens.
    params.flash_attn_type = LLAMA_FLASH_ATTN_TYPE_ENABLED;
    params.no_perf = true;
    embedder->context_.reset(llama_init_from_model(embedder->model_.get(), params));
    if (!embedder->context_)
        return base::invalid_argument("The model at " + options.path + " cannot be used for embeddings.");
    Job warm_up;
    warm_up.texts = {"warm"};
    if (embedder->answer(warm_up).has_error())
        return base::invalid_argument("The model at " + options.path + " cannot be used for embeddings.");
    embedder->thread_ = std::thread([raw = embedder.get()] {
        pthread_setname_np(pthread_self(), "embed-local");
        raw->run();
    });
    return embedder;
}

LocalEmbedder::LocalEmbedder(LocalEmbedderOptions options, LlamaModelPtr model, base::Metrics& metrics,
                             const base::Clock& clock)
    : options_(std::move(options)),
      model_(std::move(model)),
      vocab_(llama_model_get_vocab(model_.get())),
      dimensions_(llama_model_n_embd_out(model_.get())),
      window_(std::min(llama_model_n_ctx_train(model_.get()), options_.batch_tokens)),
      clock_(clock),
      batch_(options_.batch_tokens),
      seconds_(metrics.histogram("aimpact_embedding_seconds", "Evaluating the texts of one request")),
      tokens_(metrics.counter("aimpact_embedding_tokens_total", "Tokens that were embedded")) {}

LocalEmbedder::~LocalEmbedder() {
    {
        std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    ready_.notify_all();
    if (thread_.joinable()) thread_.join();
}

void LocalEmbedder::run() {
    while (true) {
        std::unique_ptr<Job> job;
        {
            std::unique_lock lock(mutex_);
            ready_.wait(lock, [&] { return stopping_ || !queue_.empty(); });
            if (stopping_) break;
            job = std::move(queue_.front());
            queue_.pop_front();
        }
        const auto started = clock_.steady();
        auto result = answer(*job);
        seconds_.Observe(std::chrono::duration<double>(clock_.steady() - started).count());
        job->stream->finish(std::move(result));
    }
    for (auto& job : queue_) job->stream->finish(cancelled());
}

Result<Embedder::Answer> LocalEmbedder::answer(const Job& job) {
    Answer out;
    out.vectors.resize(job.texts.size());
    std::size_t done = 0;
    std::vector<llama_token> carried;  // tokenised, but without room in the last batch
    while (done < job.texts.size()) {
        if (job.stream->stopped) return cancelled();
        batch_.clear();
        std::size_t next = done;
        while (next < job.texts.size() && next - done < static_cast<std::size_t>(options_.batch_texts)) {
            std::vector<llama_token> tokens = std::exchange(carried, {});
            if (tokens.empty()) {
                tokens = tokenize(vocab_, job.texts[next], true);
                if (static_cast<int>(tokens.size()) > window_) {
                    const llama_token end = tokens.back();  // the closing separator stays
                    tokens.resize(window_);
                    tokens.back() = end;
                }
            }
            if (static_cast<int>(tokens.size()) > batch_.room()) {
                carried = std::move(tokens);
                break;
            }
            for (std::size_t i = 0; i < tokens.size(); ++i)
                batch_.add(tokens[i], static_cast<llama_pos>(i), static_cast<llama_seq_id>(next - done),
                           true);
            out.tokens += static_cast<int>(tokens.size());
            ++next;
        }
        if (const int status = llama_encode(context_.get(), batch_.get()); status != 0)
            return base::internal_error("llama_encode: " + std::to_string(status));
        for (std::size_t i = done; i < next; ++i) {
            const float* pooled =
                llama_get_embeddings_seq(context_.get(), static_cast<llama_seq_id>(i - done));
            if (!pooled) return base::internal_error("no pooled embedding");
            out.vectors[i] = unit(pooled, dimensions_);
        }
        done = next;
    }
    tokens_.Increment(out.tokens);
    return out;
}

Task<Result<Embedder::Answer>> LocalEmbedder::embed(std::vector<std::string> texts, std::stop_token stop) {
    if (texts.empty()) co_return base::invalid_argument("There is no text to embed.", "input");
    if (texts.size() > options_.texts_max)
        co_return base::invalid_argument(
            "At most " + std::to_string(options_.texts_max) + " texts are embedded at once. Send fewer.",
            "input");
    for (const std::string& text : texts) {
        if (text.empty()) co_return base::invalid_argument("A text to embed must not be empty.", "input");
        if (text.size() > options_.text_bytes_max)
            co_return base::invalid_argument("A text to embed is longer than " +
                                                 std::to_string(options_.text_bytes_max >> 10) +
                                                 " KiB. Cut it into chunks.",
                                             "input");
    }
    auto job = std::make_unique<Job>();
    job->texts = std::move(texts);
    const auto stream = job->stream;
    const std::stop_callback on_stop(stop, [stream] { stream->stopped = true; });
    {
        std::lock_guard lock(mutex_);
        if (queue_.size() >= options_.queue_max || stopping_) {
            base::Error error{base::ErrorCode::overloaded,
                              "Too many texts are waiting to be embedded. Try again."};
            error.retry_after = std::chrono::seconds{1};
            co_return error;
        }
        queue_.push_back(std::move(job));
    }
    ready_.notify_one();
    while (true) {
        co_await stream->next();
        if (auto done = stream->take_result()) co_return std::move(*done);
    }
}

}  // namespace aimpact::llm
