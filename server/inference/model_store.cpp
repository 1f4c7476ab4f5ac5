#include "inference/model_store.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <atomic>
#include <boost/json.hpp>
#include <fstream>
#include <memory>
#include <mutex>
#include <sstream>
#include <thread>

namespace aimpact::inference {

using base::Error;
using base::ErrorCode;
using base::Result;
namespace fs = std::filesystem;
namespace json = boost::json;

namespace {

constexpr std::uintmax_t kManifestBytesMax = 4u << 20;

Error repair(std::string what, std::string detail = {}) {
    return Error{ErrorCode::unavailable, std::move(what) + " Run scripts/fetch-models.", std::move(detail)};
}

// A path of the manifest may only point below the model's folder.
bool stays_inside(const std::string& text) {
    const fs::path path(text);
    return !text.empty() && path.is_relative() &&
           std::none_of(path.begin(), path.end(), [](const fs::path& part) { return part == ".."; });
}

// Throws boost::system::system_error or std::out_of_range on another shape.
Model parse_model(const json::object& entry) {
    const auto text = [](const json::object& object, std::string_view key) {
        return std::string(std::string_view(object.at(key).as_string()));
    };
    Model model{text(entry, "id"), text(entry, "use"), text(entry, "version"), text(entry, "licence"), {}};
    if (!stays_inside(model.id)) throw std::out_of_range("id '" + model.id + "' is no folder name");
    for (const json::value& value : entry.at("files").as_array()) {
        const json::object& file = value.as_object();
        ModelFile parsed{text(file, "path"), file.at("size").to_number<std::uint64_t>(),
                         text(file, "sha256")};
        if (!stays_inside(parsed.path))
            throw std::out_of_range("path '" + parsed.path + "' leaves the folder");
        model.files.push_back(std::move(parsed));
    }
    return model;
}

using Digest = std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)>;

// Calls `step(bytes)` as it goes; false from it ends the work with `cancelled`.
Result<std::string> hash(const fs::path& path, const std::function<bool(std::size_t)>& step) {
    std::ifstream in(path, std::ios::binary);
    if (!in) return repair("The model file " + path.string() + " cannot be read.");
    Digest digest(EVP_MD_CTX_new(), EVP_MD_CTX_free);
    if (!digest || EVP_DigestInit_ex(digest.get(), EVP_sha256(), nullptr) != 1)
        return base::internal_error("SHA-256 is not available");
    std::vector<char> block(1u << 20);
    while (in.read(block.data(), static_cast<std::streamsize>(block.size())), in.gcount() > 0) {
        const auto got = static_cast<std::size_t>(in.gcount());
        EVP_DigestUpdate(digest.get(), block.data(), got);
        if (!step(got)) return Error{ErrorCode::cancelled, "Stopped."};
    }
    if (in.bad()) return repair("The model file " + path.string() + " cannot be read.");
    unsigned char sum[EVP_MAX_MD_SIZE];
    unsigned int size = 0;
    EVP_DigestFinal_ex(digest.get(), sum, &size);
    std::string hex;
    for (unsigned int i = 0; i < size; ++i) {
        hex += "0123456789abcdef"[sum[i] >> 4];
        hex += "0123456789abcdef"[sum[i] & 15];
    }
    return hex;
}

FileState look(const fs::path& path, const ModelFile& file) {
    std::error_code ec;
    if (!fs::is_regular_file(path, ec)) return FileState::missing;
    return fs::file_size(path, ec) == file.bytes && !ec ? FileState::ok : FileState::wrong_size;
}

}  // namespace

std::uint64_t Model::bytes() const {
    std::uint64_t sum = 0;
    for (const ModelFile& file : files) sum += file.bytes;
    return sum;
}

std::string_view to_string(FileState state) {
    switch (state) {
        case FileState::ok:
            return "ok";
        case FileState::missing:
            return "missing";
        case FileState::wrong_size:
            return "wrong size";
        case FileState::wrong_content:
            return "wrong content";
        case FileState::unreadable:
            return "unreadable";
    }
    return "unreadable";
}

Result<std::string> sha256_file(const fs::path& path) {
    return hash(path, [](std::size_t) { return true; });
}

Result<ModelStore> ModelStore::open(const fs::path& folder) {
    const fs::path path = folder / "manifest.json";
    std::error_code ec;
    const auto size = fs::file_size(path, ec);
    if (ec) return repair("There are no models in " + folder.string() + ".", ec.message());
    if (size > kManifestBytesMax)
        return repair("The models' manifest " + path.string() + " is damaged.", "too large");
    std::ifstream in(path, std::ios::binary);
    std::stringstream text;
    text << in.rdbuf();
    ModelStore store;
    store.folder_ = folder;
    try {
        const json::value root = json::parse(text.str());
        if (root.at("schema").to_number<int>() != 1)
            return repair("The models' manifest " + path.string() + " is of another version.");
        for (const json::value& entry : root.at("models").as_array())
            store.models_.push_back(parse_model(entry.as_object()));
    } catch (const std::exception& e) {
        return repair("The models' manifest " + path.string() + " is damaged.", e.what());
    }
    return store;
}

const Model* ModelStore::find(std::string_view id) const {
    const auto at = std::find_if(models_.begin(), models_.end(), [&](const Model& m) { return m.id == id; });
    return at == models_.end() ? nullptr : &*at;
}

Result<fs::path> ModelStore::model_folder(std::string_view id) const {
    const Model* model = find(id);
    if (!model) return repair("The model '" + std::string(id) + "' is not in " + folder_.string() + ".");
    for (const ModelFile& file : model->files) {
        const fs::path path = folder_ / model->id / file.path;
        const FileState state = look(path, file);
        if (state == FileState::missing) return repair("The model file " + path.string() + " is missing.");
        if (state != FileState::ok) return repair("The model file " + path.string() + " has the wrong size.");
    }
    return folder_ / model->id;
}

Result<std::vector<FileCheck>> ModelStore::verify(
    int threads, const std::function<void(std::uint64_t, std::uint64_t)>& progress,
    std::stop_token stop) const {
    struct Work {
        const Model* model;
        const ModelFile* file;
    };
    std::vector<Work> work;
    std::vector<FileCheck> checks;
    std::uint64_t total = 0;
    for (const Model& model : models_) {
        for (const ModelFile& file : model.files) {
            work.push_back({&model, &file});
            checks.push_back({model.id, file.path, FileState::ok});
            total += file.bytes;
        }
    }
    std::atomic<std::size_t> next = 0;
    std::mutex mutex;
    std::uint64_t done = 0;
    const auto advance = [&](std::uint64_t bytes) {
        std::lock_guard lock(mutex);
        done = std::min(total, done + bytes);
        if (progress) progress(done, total);
    };
    const auto run = [&] {
        for (std::size_t i = next++; i < work.size() && !stop.stop_requested(); i = next++) {
            const ModelFile& file = *work[i].file;
            const fs::path path = folder_ / work[i].model->id / file.path;
            checks[i].state = look(path, file);
            if (checks[i].state != FileState::ok) {
                advance(file.bytes);
                continue;
            }
            const auto sum = hash(path, [&](std::size_t bytes) {
                advance(bytes);
                return !stop.stop_requested();
            });
            if (!sum)
                checks[i].state = FileState::unreadable;
            else if (*sum != file.sha256)
                checks[i].state = FileState::wrong_content;
        }
    };
    {
        std::vector<std::jthread> workers;
        for (int i = 1; i < threads; ++i) workers.emplace_back(run);
        run();
    }
    if (stop.stop_requested()) return Error{ErrorCode::cancelled, "Stopped."};
    return checks;
}

}  // namespace aimpact::inference
