// The program espeak-ng (Debian package espeak-ng), which reads languages that this server has no dictionary
// for. It is a program of its own, started for each clause: no shell, nothing of the server's environment,
// the text by standard input. A start takes 3 to 10 ms and 8 MB for that time, less than a hundredth of what
// the clause's synthesis takes, so no process is kept.
#pragma once

#include <chrono>
#include <filesystem>
#include <string>
#include <string_view>

#include "base/error.hpp"

namespace aimpact::voice {

class EspeakProcess {
  public:
    // Looks for it on the PATH. An empty `program` after that: it isn't installed.
    static EspeakProcess find();
    explicit EspeakProcess(std::filesystem::path program,
                           std::chrono::milliseconds time_max = std::chrono::seconds(5))
        : program_(std::move(program)), time_max_(time_max) {}

    bool installed() const { return !program_.empty(); }
    // What to tell who needs it.
    static std::string_view how_to_install();

    // IPA of each paragraph of `text` (set apart by an empty line), a line each, with ^ as the tie of
    // affricates and diphthongs. `language` is one of espeak-ng's ("pt-br"). Blocks the calling thread, 10 ms
    // as a rule and at most `time_max`; `unavailable` if it isn't installed, fails or takes longer.
    // Thread-safe.
    base::Result<std::string> ipa(std::string_view text, std::string_view language) const;

  private:
    std::filesystem::path program_;
    std::chrono::milliseconds time_max_;
};

}  // namespace aimpact::voice
