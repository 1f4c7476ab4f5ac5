// Speech recognition by sherpa-onnx (its C API) with a Moonshine model: encoder_model.ort,
// decoder_model_merged.ort and tokens.txt in one folder. One object serves every thread.
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
};

class SherpaRecognizer {
  public:
    // Loads in this process: call check_recognizer first. `unavailable` if a file is missing.
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
