// Speech recognition by sherpa-onnx (its C API) with any offline model that it knows, in one folder: see
// sherpa_model_files.hpp. One object serves every thread.
//
// sherpa-onnx may end the process when a model file is bad. So a set of files is loaded for the first time in
// a child process (check_recognizer), and its success is remembered by the files' sha256.
#pragma once

#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/error.hpp"

namespace aimpact::inference {

struct Decoded {
    std::string text;                 // UTF-8
    std::vector<std::string> tokens;  // as the model gave them; a token may end inside a character
    // Of each token, where the kind of model says so; empty otherwise.
    std::vector<float> token_seconds = {};  // its beginning
    std::vector<float> token_log_probabilities = {};
    // Steps of a decoder that feeds on its own words, and so may run away: Moonshine's tokens. 0 for kinds
    // that can't, or that count otherwise (characters, say).
    std::size_t decoder_steps = 0;
};

class SherpaRecognizer {
  public:
    // Loads in this process: call check_recognizer first. `unavailable` names a file that is missing.
    static base::Result<std::shared_ptr<SherpaRecognizer>> load(const std::filesystem::path& folder);
    ~SherpaRecognizer();
    SherpaRecognizer(const SherpaRecognizer&) = delete;
    SherpaRecognizer& operator=(const SherpaRecognizer&) = delete;

    // 16 kHz mono; runs on the calling thread; thread-safe. Cost grows with the length (55 ms for 2 s, 640 ms
    // for 20 s on the reference machine). Past about 45 s the model collapses: the caller cuts. Empty audio
    // gives empty text.
    Decoded decode(std::span<const float> samples_16k) const;

    // Decodes a second of audio, so that the first caller doesn't pay for allocations. Once per worker
    // thread.
    void warm_up() const;

  private:
    SherpaRecognizer();
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

// What the child process does: loads the model and decodes. Its exit code is 0 on success.
base::Result<> probe_recognizer(const std::filesystem::path& folder);

// Makes sure that the model in `folder` loads: runs `command` with the folder added as last argument (the
// program itself with a hidden subcommand that calls probe_recognizer), unless `state_folder` remembers a
// success for these very files. `unavailable` if the child fails or takes longer than a minute. Blocks.
base::Result<> check_recognizer(const std::filesystem::path& folder,
                                const std::filesystem::path& state_folder,
                                const std::vector<std::string>& command);

}  // namespace aimpact::inference
