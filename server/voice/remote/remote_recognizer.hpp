// Speech to text at any endpoint that speaks OpenAI's POST /audio/transcriptions.
//
// Audio goes as 16 kHz FLAC; longer recordings in pieces of up to ten minutes that are cut where it is
// quietest, so that no endpoint's limit on uploads is met. The answer is asked for with segments (and words,
// where wanted); models of OpenAI that only give a text are asked for that. The terms of the vocabulary go as
// `prompt`, as many as an endpoint is likely to read.
#pragma once

#include <memory>

#include "base/thread_pool.hpp"
#include "voice/recognizer.hpp"
#include "voice/remote/remote_client.hpp"

namespace aimpact::voice {

class RemoteRecognizer final : public Recognizer {
  public:
    // `http` and `files` (which encodes) must outlive every call.
    RemoteRecognizer(RemoteEndpoint endpoint, net::HttpClient& http, base::ThreadPool& files)
        : client_(std::move(endpoint), http), files_(files) {}

    Task<Result<Transcript>> transcribe(std::vector<float> samples_16k, RecognitionOptions options,
                                        inference::Priority priority, std::stop_token stop = {},
                                        std::function<void(double, const Segment*)> progress = {}) override;
    Task<Result<Transcript>> utterance(std::vector<float> samples_16k, double vad_probability,
                                       RecognitionOptions options, inference::Priority priority,
                                       std::stop_token stop = {}) override;

  private:
    Task<Result<Transcript>> piece(std::shared_ptr<const std::vector<float>> samples, std::size_t begin,
                                   std::size_t end, const RecognitionOptions& options, std::stop_token stop);

    RemoteClient client_;
    base::ThreadPool& files_;
};

// For tests. Where a recording is cut: the ends of its pieces, the last is its size.
std::vector<std::size_t> piece_ends(std::span<const float> samples_16k, std::size_t piece_max);
// The terms as a prompt of at most `bytes_max` bytes.
std::string vocabulary_prompt(const Vocabulary* vocabulary, std::size_t bytes_max = 800);
// An answer in OpenAI's verbose_json or json format. upstream_failed for anything else.
Result<Transcript> read_transcription(std::string_view body, double audio_seconds);

}  // namespace aimpact::voice
