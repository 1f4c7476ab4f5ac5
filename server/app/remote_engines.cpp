#include "app/remote_engines.hpp"

#include "voice/remote/fallback.hpp"
#include "voice/remote/remote_recognizer.hpp"

namespace aimpact::app {

using base::Result;

namespace {

constexpr std::string_view kRemote = "remote";
constexpr const char* kLocalRecognizer = "moonshine-tiny-en";

// `which`: "speech.recognizer" or "speech.synthesizer".
Result<voice::RemoteEndpoint> endpoint_of(const base::Config& config, const std::string& which) {
    voice::RemoteEndpoint endpoint;
    endpoint.base_url = config.text(which + "_url");
    endpoint.model = config.text(which + "_model");
    endpoint.api_key = config.text(which + "_key");
    endpoint.timeout = std::chrono::milliseconds(config.integer("speech.remote_timeout_ms"));
    endpoint.connect_timeout = std::min(endpoint.connect_timeout, endpoint.timeout);
    if (endpoint.base_url.empty())
        return base::invalid_argument(which + " is remote: set " + which + "_url to the endpoint's address.",
                                      which);
    if (auto ok = voice::check_endpoint(endpoint); ok.has_error()) {
        base::Error error = ok.error();
        error.message = which + (error.param == "model" ? "_model" : "_url") + ": " + error.message;
        return error;
    }
    return endpoint;
}

}  // namespace

std::string recognizer_model(const base::Config& config) {
    const std::string& set = config.text("speech.recognizer");
    if (set == kRemote) return config.text("speech.recognizer_model");
    const std::filesystem::path folder(set);
    return (folder.has_filename() ? folder : folder.parent_path()).filename().string();
}

RemoteEngines::RemoteEngines(const base::Config& config, base::Metrics& metrics, const base::Clock& clock)
    : config_(config), metrics_(metrics), clock_(clock), http_(net::make_http_client()) {}

std::string RemoteEngines::local_recognizer() const {
    const std::string& set = config_.text("speech.recognizer");
    return set == kRemote ? kLocalRecognizer : set;
}

bool RemoteEngines::remote_synthesizer() const {
    return config_.text("speech.synthesizer") == kRemote;
}

Result<std::shared_ptr<voice::Recognizer>> RemoteEngines::recognizer(
    std::shared_ptr<voice::Recognizer> local) {
    if (config_.text("speech.recognizer") != kRemote) return local;
    AIMPACT_TRY(voice::RemoteEndpoint endpoint, endpoint_of(config_, "speech.recognizer"));
    auto remote = std::make_shared<voice::RemoteRecognizer>(std::move(endpoint), *http_, encoding_);
    return std::shared_ptr<voice::Recognizer>(std::make_shared<voice::FallbackRecognizer>(
        std::move(remote), std::move(local), config_.boolean("speech.remote_fallback"), metrics_, clock_));
}

Result<std::shared_ptr<voice::Synthesizer>> RemoteEngines::synthesizer(
    std::shared_ptr<voice::Synthesizer> local) {
    if (!remote_synthesizer()) return local;
    AIMPACT_TRY(voice::RemoteEndpoint endpoint, endpoint_of(config_, "speech.synthesizer"));
    std::vector<std::string> voices = config_.list("speech.synthesizer_voices");
    if (voices.empty())
        return base::invalid_argument(
            "speech.synthesizer is remote: name the endpoint's voices in speech.synthesizer_voices.",
            "speech.synthesizer_voices");
    auto remote = std::make_shared<voice::RemoteSynthesizer>(std::move(endpoint), std::move(voices), *http_);
    return std::shared_ptr<voice::Synthesizer>(std::make_shared<voice::FallbackSynthesizer>(
        std::move(remote), std::move(local), config_.boolean("speech.remote_fallback"), metrics_, clock_));
}

}  // namespace aimpact::app
