// The models folder as scripts/fetch-models leaves it: manifest.json names every model, its files, sizes and
// sha256. This reads and checks it; it never writes or fetches. Errors name the file and say how to repair
// it.
//
//   {"schema": 1, "models": [{"id", "use", "version", "licence", "files": [{"path", "size", "sha256"}]}]}
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"

namespace aimpact::inference {

struct ModelFile {
    std::string path;  // relative to the model's folder
    std::uint64_t bytes = 0;
    std::string sha256;  // lower-case hex
};

struct Model {
    std::string id;   // also the name of its folder
    std::string use;  // "stt", "vad", "turn", "tts", "embedding", "llm"
    std::string version, licence;
    std::vector<ModelFile> files;
    std::uint64_t bytes() const;
};

enum class FileState { ok, missing, wrong_size, wrong_content, unreadable };
std::string_view to_string(FileState state);  // "wrong size"

struct FileCheck {
    std::string model, path;
    FileState state = FileState::ok;
};

// sha256 of a file as lower-case hex.
base::Result<std::string> sha256_file(const std::filesystem::path& path);

// Immutable once open; thread-safe.
class ModelStore {
  public:
    // `unavailable` if the folder or its manifest is missing or no manifest that we understand.
    static base::Result<ModelStore> open(const std::filesystem::path& folder);

    const std::filesystem::path& folder() const { return folder_; }
    const std::vector<Model>& models() const { return models_; }
    const Model* find(std::string_view id) const;

    // The model's folder, after a look that each of its files is there in its size (no content is read).
    base::Result<std::filesystem::path> model_folder(std::string_view id) const;

    // Reads every file and compares; one row a file, in the manifest's order. Files are hashed by `threads`
    // threads; `progress` (bytes done, bytes in all) comes from them, one call at a time. A stopped token
    // gives `cancelled`.
    base::Result<std::vector<FileCheck>> verify(
        int threads = 2, const std::function<void(std::uint64_t, std::uint64_t)>& progress = {},
        std::stop_token stop = {}) const;

  private:
    std::filesystem::path folder_;
    std::vector<Model> models_;
};

}  // namespace aimpact::inference
