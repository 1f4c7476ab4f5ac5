// Speech engines as the configuration names them: the local ones, or those at other addresses with the local
// ones in their place when they fail.
#pragma once

#include <memory>
#include <string>

#include "base/clock.hpp"
#include "base/config.hpp"
#include "base/metrics.hpp"
#include "base/thread_pool.hpp"
#include "net/client.hpp"
#include "voice/recognizer.hpp"
#include "voice/synthesizer.hpp"

namespace aimpact::app {

// What the recogniser in use is called: its folder's name, or the endpoint's name for its model.
std::string recognizer_model(const base::Config& config);

// Made once by whoever owns the engines, and outlives them.
class RemoteEngines {
  public:
    // What it is given must outlive it.
    RemoteEngines(const base::Config& config, base::Metrics& metrics, const base::Clock& clock);

    // The model that hears in this process, also beside a remote recogniser: a folder under models.dir.
    std::string local_recognizer() const;
    bool remote_synthesizer() const;

    // `local` as it is, unless speech.recognizer is "remote". invalid_argument names the setting that is
    // wrong.
    base::Result<std::shared_ptr<voice::Recognizer>> recognizer(std::shared_ptr<voice::Recognizer> local);
    // The same for speech.synthesizer; `local` may be null beside a remote one.
    base::Result<std::shared_ptr<voice::Synthesizer>> synthesizer(std::shared_ptr<voice::Synthesizer> local);

  private:
    const base::Config& config_;
    base::Metrics& metrics_;
    const base::Clock& clock_;
    std::unique_ptr<net::HttpClient> http_;
    base::ThreadPool encoding_{{"remote-speech", 1, 64}};  // of what is sent to a recogniser
};

}  // namespace aimpact::app
