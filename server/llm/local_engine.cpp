#include "llm/local_engine.hpp"

#include <pthread.h>

#include <algorithm>
#include <filesystem>

#include "base/log.hpp"
#include "base/process_memory.hpp"

namespace aimpact::llm {

namespace {
std::size_t common_prefix(const std::vector<llama_token>& a, const std::vector<llama_token>& b) {
    const std::size_t most = std::min(a.size(), b.size());
    return std::mismatch(a.begin(), a.begin() + most, b.begin()).first - a.begin();
}

base::Error cancelled() {
    return base::Error{base::ErrorCode::cancelled, "The answer was stopped."};
}
}  // namespace

base::Result<std::unique_ptr<LocalEngine>> LocalEngine::load(const LocalModelOptions& given,
                                                             base::Metrics& metrics,
                                                             const base::Clock& clock) {
    LocalModelOptions options = given;
    if (options.context_tokens < 64 || options.cache_tokens < 64 || options.sequences < 1 ||
        options.warm_sessions < 0 || options.threads < 1 || options.prompt_chunk_tokens < 1 ||
        options.output_tokens_default < 1 ||
        options.sequences + options.warm_sessions > static_cast<int>(llama_max_parallel_sequences()))
        return base::invalid_argument(
            "The local model's settings are out of range: context and cache at least 64 tokens; at least one "
            "sequence, thread, prompt-chunk token and output token; sequences and warm sessions at most " +
            std::to_string(llama_max_parallel_sequences()) + " together.");
    AIMPACT_TRY(LlamaModelPtr model, load_llama_model(options.path));
    if (!llama_model_has_decoder(model.get()))
        return base::invalid_argument("The model at " + options.path + " cannot generate text.");
    AIMPACT_TRY(ChatPrompt prompt, ChatPrompt::load(model.get(), options.chat_template));
    options.context_tokens = std::min(options.context_tokens, llama_model_n_ctx_train(model.get()));
    options.cache_tokens = std::max(options.cache_tokens, options.context_tokens);
    if (options.name.empty()) options.name = "local";

    std::unique_ptr<LocalEngine> engine(
        new LocalEngine(options, std::move(model), std::move(prompt), metrics, clock));
    llama_context_params params = llama_context_default_params();
    params.n_ctx = options.cache_tokens;
    params.n_batch = params.n_ubatch = engine->batch_.room();
    params.n_seq_max = options.sequences + options.warm_sessions;
    params.n_outputs_max = params.n_seq_max;  // the library refuses less
    params.n_threads = params.n_threads_batch = options.threads;
    params.kv_unified = true;
    // Its kernel skips the cells of other sequences; without it idle conversations would slow everybody down.
    params.flash_attn_type = LLAMA_FLASH_ATTN_TYPE_ENABLED;
    // Half the memory of f16: 75 MB for 6144 tokens of SmolLM2.
    params.type_k = params.type_v = GGML_TYPE_Q8_0;
    params.no_perf = true;
    engine->context_.reset(llama_init_from_model(engine->model_.get(), params));
    if (!engine->context_)
        return base::Error{
            base::ErrorCode::unavailable,
            "There isn't enough memory for the local model's context. Lower its cache size in the "
            "settings."};
    // The first evaluation touches all weights: have that behind us before anybody waits.
    engine->batch_.clear();
    engine->batch_.add(
        llama_vocab_bos(engine->vocab_) == LLAMA_TOKEN_NULL ? 0 : llama_vocab_bos(engine->vocab_), 0, 0,
        true);
    if (llama_decode(engine->context_.get(), engine->batch_.get()) != 0)
        return base::invalid_argument("The model at " + options.path + " cannot be evaluated by this build.");
    llama_memory_clear(llama_get_memory(engine->context_.get()), true);
    // Most weights were repacked for this CPU into memory of their own by now.
    std::error_code ec;
    if (const auto file = std::filesystem::canonical(options.path, ec); !ec)
        base::release_mapped_pages(file.string());
    engine->thread_ = std::thread([raw = engine.get()] {
        pthread_setname_np(pthread_self(), "llm-local");
        raw->run();
    });
    return engine;
}

LocalEngine::LocalEngine(LocalModelOptions options, std::shared_ptr<llama_model> model, ChatPrompt prompt,
                         base::Metrics& metrics, const base::Clock& clock)
    : options_(std::move(options)),
      model_(std::move(model)),
      vocab_(llama_model_get_vocab(model_.get())),
      chat_prompt_(std::move(prompt)),
      clock_(clock),
      slots_(options_.sequences + options_.warm_sessions),
      batch_(options_.prompt_chunk_tokens + options_.sequences),
      first_token_seconds_(metrics.histogram("aimpact_llm_first_token_seconds",
                                             "From a request to the first token of its answer",
                                             {{"provider", "local"}})),
      input_tokens_(metrics.counter("aimpact_llm_tokens_total", "Tokens by kind",
                                    {{"provider", "local"}, {"kind", "input"}})),
      cached_tokens_(metrics.counter("aimpact_llm_tokens_total", "Tokens by kind",
                                     {{"provider", "local"}, {"kind", "cached"}})),
      output_tokens_(metrics.counter("aimpact_llm_tokens_total", "Tokens by kind",
                                     {{"provider", "local"}, {"kind", "output"}})),
      refused_(metrics.counter("aimpact_llm_refused_total", "Requests refused because the queue was full",
                               {{"provider", "local"}})) {
    for (std::size_t i = 0; i < slots_.size(); ++i) slots_[i].sequence = static_cast<llama_seq_id>(i);
}

LocalEngine::~LocalEngine() {
    {
        std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    ready_.notify_all();
    if (thread_.joinable()) thread_.join();
}

base::Result<> LocalEngine::submit(std::unique_ptr<Generation> generation) {
    {
        std::lock_guard lock(mutex_);
        if (queued_ >= options_.queue_max || stopping_) {
            refused_.Increment();
            base::Error error{base::ErrorCode::overloaded,
                              "The local model has too many requests waiting. Try again in a moment."};
            error.retry_after = std::chrono::seconds{1};
            return error;
        }
        ++queued_;
        arrived_.push_back(std::move(generation));
    }
    ready_.notify_one();
    return {};
}

void LocalEngine::run() {
    while (true) {
        {
            std::unique_lock lock(mutex_);
            ready_.wait(lock,
                        [&] { return stopping_ || !arrived_.empty() || !waiting_.empty() || running() > 0; });
            std::move(arrived_.begin(), arrived_.end(), std::back_inserter(waiting_));
            arrived_.clear();
            if (stopping_) break;
        }
        drop_stopped();
        admit();
        if (running() > 0) step();
    }
    for (auto& generation : waiting_) generation->stream->finish(cancelled());
    for (Slot& slot : slots_)
        if (slot.running) finish(slot, cancelled());
}

int LocalEngine::running() const {
    return static_cast<int>(
        std::count_if(slots_.begin(), slots_.end(), [](const Slot& s) { return !!s.running; }));
}

int LocalEngine::reserved() const {
    int tokens = 0;
    for (const Slot& slot : slots_)
        if (slot.running) tokens += static_cast<int>(slot.running->prompt.size()) + slot.running->output_max;
    return tokens;
}

void LocalEngine::refuse(Generation& generation, base::Error error) {
    generation.stream->finish(std::move(error));
    std::lock_guard lock(mutex_);
    --queued_;
}

void LocalEngine::drop_stopped() {
    for (Slot& slot : slots_)
        if (slot.running && slot.running->stream->stopped) finish(slot, cancelled());
    std::erase_if(waiting_, [&](const std::unique_ptr<Generation>& generation) {
        if (!generation->stream->stopped) return false;
        refuse(*generation, cancelled());
        return true;
    });
}

// Tokenises and checks; on the engine's thread, since it may take milliseconds that an I/O thread doesn't
// have.
base::Result<> LocalEngine::prepare(Generation& generation) const {
    const ChatRequest& request = generation.request;
    AIMPACT_TRY(const std::vector<Tool> tools, callable_tools(request));
    AIMPACT_TRY(const OutputRule rule, output_rule(request));
    generation.prompt = chat_prompt_.tokens(request.messages, tools, rule.shape == OutputShape::tool_call);
    const int room = options_.context_tokens - static_cast<int>(generation.prompt.size());
    if (room < 1)
        return base::invalid_argument(
            "The conversation is too long for the local model: " + std::to_string(generation.prompt.size()) +
                " tokens, and at most " + std::to_string(options_.context_tokens - 1) +
                " are allowed. Shorten the instructions or the messages.",
            "messages");
    if (generation.prompt.empty()) return base::invalid_argument("There is nothing to answer.", "messages");
    generation.output_max =
        std::min(request.output_tokens_max.value_or(options_.output_tokens_default), room);
    SamplingParams sampling;
    sampling.temperature = request.temperature.value_or(options_.temperature);
    sampling.top_p = request.top_p.value_or(options_.top_p);
    sampling.repeat_penalty = options_.repeat_penalty;
    sampling.seed = request.seed ? static_cast<std::uint32_t>(*request.seed ^ (*request.seed >> 32))
                                 : static_cast<std::uint32_t>(LLAMA_DEFAULT_SEED);
    sampling.grammar = rule.grammar;
    AIMPACT_TRY(generation.sampler, Sampler::make(vocab_, sampling));
    generation.filter = TextFilter(request.stop);
    generation.out.usage.input_tokens = static_cast<int>(generation.prompt.size());
    generation.prepared = true;
    return {};
}

void LocalEngine::admit() {
    while (!waiting_.empty()) {
        Generation& first = *waiting_.front();
        if (!first.prepared) {
            Result<> ok;
            try {  // a request must never take the engine down
                ok = prepare(first);
            } catch (const std::exception& e) {
                ok = base::internal_error(std::string("preparing a request: ") + e.what());
            }
            if (ok.has_error()) {
                refuse(first, std::move(ok).error());
                waiting_.pop_front();
                continue;
            }
        }
        const int need = static_cast<int>(first.prompt.size()) + first.output_max;
        if (running() >= options_.sequences || (running() > 0 && reserved() + need > options_.cache_tokens))
            return;
        Slot& slot = place(first);
        reuse_prefix(slot, first.prompt);
        first.out.usage.cached_tokens = static_cast<int>(slot.cached.size());
        slot.session_id = first.request.session_id;
        slot.running = std::move(waiting_.front());
        waiting_.pop_front();
        std::lock_guard lock(mutex_);
        --queued_;
    }
}

// The conversation's own sequence, else an unused one, else the one idle for longest.
LocalEngine::Slot& LocalEngine::place(const Generation& generation) {
    const std::string& session = generation.request.session_id;
    Slot* best = nullptr;
    for (Slot& slot : slots_) {
        if (slot.running) continue;
        if (!session.empty() && slot.session_id == session) return slot;
        if (!best || (best->cached.empty() ? false : slot.cached.empty() || slot.used_at < best->used_at))
            best = &slot;
    }
    return *best;
}

void LocalEngine::reuse_prefix(Slot& slot, const std::vector<llama_token>& prompt) {
    llama_memory_t memory = llama_get_memory(context_.get());
    // One token at least must be evaluated to have something to sample from.
    const std::size_t most = prompt.size() - 1;
    std::size_t own = std::min(common_prefix(slot.cached, prompt), most);
    const bool copyable = !llama_model_is_recurrent(model_.get()) && !llama_model_is_hybrid(model_.get());
    const Slot* donor = nullptr;
    std::size_t longest = own;
    for (const Slot& other : slots_) {
        if (&other == &slot || !copyable) continue;
        const std::size_t shared = std::min(common_prefix(other.cached, prompt), most);
        if (shared > longest) {
            longest = shared;
            donor = &other;
        }
    }
    if (donor) {
        llama_memory_seq_rm(memory, slot.sequence, -1, -1);
        llama_memory_seq_cp(memory, donor->sequence, slot.sequence, 0, static_cast<llama_pos>(longest));
        slot.cached.assign(donor->cached.begin(), donor->cached.begin() + longest);
        return;
    }
    if (own < slot.cached.size() &&
        !llama_memory_seq_rm(memory, slot.sequence, static_cast<llama_pos>(own), -1)) {
        llama_memory_seq_rm(memory, slot.sequence, -1, -1);  // recurrent models can't go back
        own = 0;
    }
    slot.cached.resize(own);
}

void LocalEngine::step() {
    batch_.clear();
    for (Slot& slot : slots_) {
        if (!slot.running) continue;
        slot.running->logits_at = -1;
        if (slot.running->next)
            slot.running->logits_at = batch_.add(
                *slot.running->next, static_cast<llama_pos>(slot.cached.size()), slot.sequence, true);
    }
    // Then as much of the prompts as the chunk allows, the oldest first.
    std::vector<std::pair<Slot*, std::size_t>> grown;  // slot, tokens of its prompt in this batch
    for (Slot& slot : slots_)
        if (slot.running && !slot.running->next) grown.emplace_back(&slot, 0);
    std::sort(grown.begin(), grown.end(), [](const auto& a, const auto& b) {
        return a.first->running->queued_at < b.first->running->queued_at;
    });
    int room = options_.prompt_chunk_tokens;
    for (auto& [slot, count] : grown) {
        const auto& prompt = slot->running->prompt;
        const std::size_t done = slot->cached.size();
        count = std::min<std::size_t>(room, prompt.size() - done);
        room -= static_cast<int>(count);
        for (std::size_t i = done; i < done + count; ++i) {
            const bool last = i + 1 == prompt.size();
            const int at = batch_.add(prompt[i], static_cast<llama_pos>(i), slot->sequence, last);
            if (last) slot->running->logits_at = at;
        }
    }
    if (!evaluate()) return;
    for (auto& [slot, count] : grown) {
        const auto& prompt = slot->running->prompt;
        const std::size_t done = slot->cached.size();
        slot->cached.insert(slot->cached.end(), prompt.begin() + done, prompt.begin() + done + count);
    }
    for (Slot& slot : slots_) {
        if (!slot.running) continue;
        if (slot.running->next) slot.cached.push_back(*std::exchange(slot.running->next, std::nullopt));
        if (slot.running->logits_at >= 0) take_token(slot);
    }
}

// False if nothing was evaluated; those concerned are then finished.
bool LocalEngine::evaluate() {
    while (true) {
        const int status = llama_decode(context_.get(), batch_.get());
        if (status == 0) return true;
        if (status == 1 && forget_oldest()) continue;
        base::log_error("llm.evaluate_failed", {{"status", status}, {"tokens", batch_.size()}});
        for (Slot& slot : slots_) {
            if (slot.running) finish(slot, base::internal_error("llama_decode: " + std::to_string(status)));
            slot.cached.clear();
            slot.session_id.clear();
        }
        llama_memory_clear(llama_get_memory(context_.get()), true);
        return false;
    }
}

bool LocalEngine::forget_oldest() {
    Slot* oldest = nullptr;
    for (Slot& slot : slots_)
        if (!slot.running && !slot.cached.empty() && (!oldest || slot.used_at < oldest->used_at))
            oldest = &slot;
    if (!oldest) return false;
    llama_memory_seq_rm(llama_get_memory(context_.get()), oldest->sequence, -1, -1);
    oldest->cached.clear();
    oldest->session_id.clear();
    return true;
}

void LocalEngine::take_token(Slot& slot) {
    Generation& generation = *slot.running;
    auto token = generation.sampler->sample(context_.get(), generation.logits_at, scratch_);
    if (token.has_error()) return finish(slot, std::move(token).error());
    Usage& usage = generation.out.usage;
    if (usage.output_tokens++ == 0) {
        const auto waited = clock_.steady() - generation.queued_at;
        first_token_seconds_.Observe(std::chrono::duration<double>(waited).count());
    }
    if (llama_vocab_is_eog(vocab_, *token)) return finish(slot);
    const std::string shown = generation.filter.push(token_piece(vocab_, *token));
    if (!shown.empty()) {
        generation.out.text += shown;
        generation.stream->push(shown);
    }
    if (generation.filter.stopped()) return finish(slot);
    if (usage.output_tokens >= generation.output_max) {
        generation.out.finish = FinishReason::length;
        return finish(slot);
    }
    generation.next = *token;
}

void LocalEngine::finish(Slot& slot, std::optional<base::Error> error) {
    std::unique_ptr<Generation> generation = std::move(slot.running);
    slot.used_at = ++tick_;
    const Usage& usage = generation->out.usage;
    input_tokens_.Increment(usage.input_tokens);
    cached_tokens_.Increment(usage.cached_tokens);
    output_tokens_.Increment(usage.output_tokens);
    if (error) return generation->stream->finish(*std::move(error));
    if (const std::string rest = generation->filter.finish(); !rest.empty()) {
        generation->out.text += rest;
        generation->stream->push(rest);
    }
    generation->stream->finish(std::move(generation->out));
}

}  // namespace aimpact::llm
