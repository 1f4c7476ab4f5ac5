// Text to speech at any endpoint that speaks OpenAI's POST /audio/speech and gives raw PCM (24 kHz, 16 bits),
// which is handed on as it arrives.
//
// An emotion goes as `instructions` ("Speak in a calm tone."), loudness is changed here. Of the
// organisation's words and of parts that are said otherwise, whatever can be written in letters is put into
// the text; phones can't be sent. Pitch stays as it is.
#pragma once

#include "voice/remote/remote_client.hpp"
#include "voice/synthesizer.hpp"

namespace aimpact::voice {

class RemoteSynthesizer final : public Synthesizer {
  public:
    // `voices`: the endpoint's own ids; nothing else is asked of it. `http` must outlive it.
    RemoteSynthesizer(RemoteEndpoint endpoint, std::vector<std::string> voices, net::HttpClient& http);

    const std::vector<Voice>& voices() const override { return voices_; }
    const std::vector<std::string>& emotions() const override;
    Result<> check(const SpeechStyle& style) const override;
    bool has_voice(std::string_view id) const;

    Task<Result<SpokenChunk>> clause(std::string text, SpeechStyle style, inference::Priority priority,
                                     std::stop_token stop = {}) override;
    // A stream that breaks off is an error, also when parts of it were given out.
    Task<Result<>> stream(std::string text, SpeechStyle style, inference::Priority priority,
                          std::function<void(SpokenChunk)> sink, std::stop_token stop = {},
                          std::optional<std::chrono::steady_clock::time_point> needed_at = {}) override;
    Task<Result<>> speak(std::string text, SpeechStyle style, inference::Priority priority,
                         std::function<Task<Result<>>(SpokenChunk)> sink, std::stop_token stop = {}) override;

  private:
    RemoteClient client_;
    std::vector<Voice> voices_;
};

// For tests. The text with what the style says of its parts and of the organisation's words, as far as
// letters can say it.
std::string text_to_send(const std::string& text, const SpeechStyle& style);

// PCM in any split of its bytes to chunks of a clause. What is no PCM (an error page, a file with a header)
// is an error before anything is given out.
class PcmReader {
  public:
    PcmReader(std::string text, double gain) : text_(std::move(text)), gain_(gain) {}

    // A chunk, once there is something that can be heard: listeners judge a clause by its first one.
    Result<std::optional<SpokenChunk>> feed(std::string_view bytes);
    // The last chunk, with whatever is left of the text. An error if a sample was cut in two or nothing came.
    Result<SpokenChunk> finish();

  private:
    std::string take_text(bool all);

    const std::string text_;
    const double gain_;
    std::string head_;     // until it is known that this is PCM
    std::string carried_;  // half a sample
    std::vector<float> held_;
    std::size_t samples_ = 0, text_given_ = 0;
    bool started_ = false, audible_ = false;
};

}  // namespace aimpact::voice
