#include "net/static_files.hpp"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <optional>
#include <tuple>

#include "base/id.hpp"
#include "net/content_policy.hpp"
#include "net/text.hpp"

namespace aimpact::net {

namespace {
using base::ErrorCode;
namespace fs = std::filesystem;

struct Type {
    std::string_view extension;
    std::string_view content_type;
};
constexpr Type kTypes[] = {
    {".html", "text/html; charset=utf-8"},
    {".js", "text/javascript; charset=utf-8"},
    {".mjs", "text/javascript; charset=utf-8"},
    {".css", "text/css; charset=utf-8"},
    {".json", "application/json"},
    {".map", "application/json"},
    {".txt", "text/plain; charset=utf-8"},
    {".md", "text/markdown; charset=utf-8"},
    {".xml", "application/xml"},
    {".yaml", "application/yaml"},
    {".svg", "image/svg+xml"},
    {".png", "image/png"},
    {".jpg", "image/jpeg"},
    {".jpeg", "image/jpeg"},
    {".gif", "image/gif"},
    {".webp", "image/webp"},
    {".avif", "image/avif"},
    {".ico", "image/x-icon"},
    {".woff2", "font/woff2"},
    {".woff", "font/woff"},
    {".ttf", "font/ttf"},
    {".otf", "font/otf"},
    {".wasm", "application/wasm"},
    {".webmanifest", "application/manifest+json"},
    {".wav", "audio/wav"},
    {".mp3", "audio/mpeg"},
    {".ogg", "audio/ogg"},
    {".mp4", "video/mp4"},
    {".pdf", "application/pdf"},
};

std::string_view content_type_of(const fs::path& path) {
    const std::string extension = path.extension().string();
    for (const Type& type : kTypes)
        if (iequals(type.extension, extension)) return type.content_type;
    return "application/octet-stream";
}

// How much the client wants a coding (RFC 9110, 12.5.3): its own weight, else that of "*", else 0.
double weight_of(std::string_view accept_encoding, std::string_view coding) {
    std::optional<double> own, any;
    while (!accept_encoding.empty()) {
        std::string_view item = take_until(accept_encoding, ',');
        const std::string_view name = trim(take_until(item, ';'));
        double weight = 1;
        while (!item.empty()) {
            std::string_view parameter = trim(take_until(item, ';'));
            if (parameter.starts_with("q=") || parameter.starts_with("Q="))
                weight = std::strtod(std::string(parameter.substr(2)).c_str(), nullptr);
        }
        if (iequals(name, coding)) own = weight;
        if (name == "*") any = weight;
    }
    return own ? *own : any.value_or(0);
}

bool etag_matches(std::string_view if_none_match, std::string_view etag) {
    while (!if_none_match.empty()) {
        std::string_view candidate = trim(take_until(if_none_match, ','));
        if (candidate == "*") return true;
        if (candidate.starts_with("W/")) candidate.remove_prefix(2);
        if (candidate == etag) return true;
    }
    return false;
}

std::vector<std::string_view> segments_of(std::string_view path) {
    std::vector<std::string_view> segments;
    while (!path.empty()) {
        const std::string_view segment = take_until(path, '/');
        if (!segment.empty()) segments.push_back(segment);
    }
    return segments;
}

Result<std::string> read_file(const fs::path& path) {
    std::ifstream in(path, std::ios::binary);
    std::string bytes((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
    if (!in.good() && !in.eof()) return Error{ErrorCode::unavailable, "Cannot read " + path.string() + "."};
    return bytes;
}
}  // namespace

Result<std::shared_ptr<const StaticFiles>> StaticFiles::load(const fs::path& directory,
                                                             StaticFilesOptions options) {
    std::error_code ec;
    if (!fs::is_directory(directory, ec))
        return base::not_found("The directory of static files '" + directory.string() + "' does not exist.");
    auto loaded = std::make_shared<StaticFiles>();
    loaded->options_ = std::move(options);
    const StaticFilesOptions& limits = loaded->options_;

    std::map<std::string, std::string> contents;
    std::size_t total = 0;
    for (fs::recursive_directory_iterator entry(directory, ec), end; !ec && entry != end;
         entry.increment(ec)) {
        // A link could lead out of the directory.
        if (entry->is_symlink() || !entry->is_regular_file()) continue;
        total += entry->file_size();
        if (contents.size() >= limits.files_max || total > limits.bytes_max)
            return Error{ErrorCode::payload_too_large, "'" + directory.string() + "' has more than " +
                                                           std::to_string(limits.files_max) + " files or " +
                                                           std::to_string(limits.bytes_max) +
                                                           " bytes. Is it the right directory?"};
        AIMPACT_TRY(std::string bytes, read_file(entry->path()));
        contents.emplace("/" + fs::relative(entry->path(), directory).generic_string(), std::move(bytes));
    }
    if (ec)
        return Error{ErrorCode::unavailable,
                     "Cannot read '" + directory.string() + "': " + ec.message() + "."};

    const auto encoded = [](std::string bytes, std::string_view suffix) {
        // The tag says which bytes these are, so each encoding has its own (RFC 9110, 8.8.3.3).
        const std::string tag = base::base64url_encode(sha256(bytes).substr(0, 15));
        return Encoded{std::make_shared<const std::string>(std::move(bytes)),
                       "\"" + tag + std::string(suffix) + "\""};
    };
    for (auto& [path, bytes] : contents) {
        const auto is_encoding_of_another = [&](std::string_view suffix) {
            return path.ends_with(suffix) && contents.contains(path.substr(0, path.size() - suffix.size()));
        };
        if (is_encoding_of_another(".br") || is_encoding_of_another(".gz")) continue;
        File& file = loaded->files_[path];
        file.content_type = content_type_of(path);
        file.cache_control =
            path.starts_with("/_next/static/") ? "public, max-age=31536000, immutable" : "no-cache";
        if (path.ends_with(".html")) file.content_security_policy = content_security_policy(bytes);
        if (const auto br = contents.find(path + ".br"); br != contents.end())
            file.brotli = encoded(br->second, "-br");
        if (const auto gz = contents.find(path + ".gz"); gz != contents.end())
            file.gzip = encoded(gz->second, "-gz");
        file.plain = encoded(bytes, "");
    }
    for (const auto& [path, file] : loaded->files_)
        if (path.find('[') != std::string::npos && !path.starts_with("/_next/")) {
            std::string_view page = path;
            if (page.ends_with("/index.html"))
                page.remove_suffix(11);
            else if (page.ends_with(".html"))
                page.remove_suffix(5);
            loaded->add_pattern(page, &file);
        }
    for (const auto& [pattern, target] : limits.fallbacks) {
        const auto file = loaded->files_.find(target);
        if (file == loaded->files_.end())
            return base::not_found("The page '" + target + "' for '" + pattern + "' is not in '" +
                                   directory.string() + "'.");
        loaded->add_pattern(pattern, &file->second);
    }
    // The more exact pattern wins: "[id].txt" before "[id]", and a rest only when nothing else fits.
    const auto exactness = [](const Pattern& pattern) {
        std::size_t letters = 0;
        for (const std::string& segment : pattern.segments) letters += segment.size();
        return std::make_tuple(!pattern.takes_rest, pattern.segments.size(), letters);
    };
    std::sort(loaded->patterns_.begin(), loaded->patterns_.end(),
              [&](const Pattern& a, const Pattern& b) { return exactness(a) > exactness(b); });
    return std::shared_ptr<const StaticFiles>(std::move(loaded));
}

void StaticFiles::add_pattern(std::string_view path, const File* file) {
    Pattern pattern;
    pattern.file = file;
    for (const std::string_view segment : segments_of(path)) {
        // "[id]" and "{id}" stand for any segment; "[id].txt" for one with that ending; "[...all]",
        // "[[...all]]" and "{all...}" for the rest.
        const std::size_t close = segment.rfind(segment.starts_with('{') ? '}' : ']');
        const bool open =
            (segment.starts_with('[') || segment.starts_with('{')) && close != std::string_view::npos;
        if (open && segment.find("...") != std::string_view::npos) {
            pattern.takes_rest = true;
            break;
        }
        pattern.segments.push_back(open ? "{}" + std::string(segment.substr(close + 1))
                                        : std::string(segment));
    }
    patterns_.push_back(std::move(pattern));
}

const StaticFiles::File* StaticFiles::find_pattern(std::string_view path) const {
    const std::vector<std::string_view> segments = segments_of(path);
    for (const Pattern& pattern : patterns_) {
        if (segments.size() < pattern.segments.size() ||
            (segments.size() > pattern.segments.size() && !pattern.takes_rest))
            continue;
        const bool fits = std::equal(pattern.segments.begin(), pattern.segments.end(), segments.begin(),
                                     [](const std::string& wanted, std::string_view segment) {
                                         if (!wanted.starts_with("{}")) return wanted == segment;
                                         const std::string_view ending = std::string_view(wanted).substr(2);
                                         return segment.size() > ending.size() && segment.ends_with(ending);
                                     });
        if (fits) return pattern.file;
    }
    return nullptr;
}

const StaticFiles::File* StaticFiles::find(std::string_view path) const {
    while (path.size() > 1 && path.ends_with('/')) path.remove_suffix(1);
    const auto at = [&](const std::string& name) -> const File* {
        const auto found = files_.find(name);
        return found == files_.end() ? nullptr : &found->second;
    };
    const std::string name(path);
    if (path == "/") return at("/index.html");
    if (const File* file = at(name)) return file;
    if (const File* file = at(name + ".html")) return file;
    if (const File* file = at(name + "/index.html")) return file;
    return find_pattern(path);
}

Response StaticFiles::serve(const Request& request) const {
    if (const File* file = find(request.path)) return answer(*file, request, 200);
    bool page = list_has(request.headers.get("accept"), "text/html");
    for (std::string_view accept = request.headers.get("accept"); !accept.empty() && !page;) {
        std::string_view item = take_until(accept, ',');
        page = iequals(trim(take_until(item, ';')), "text/html");
    }
    for (const std::string& prefix : options_.problem_prefixes)
        page = page && !request.path.starts_with(prefix);
    const auto not_found = files_.find("/404.html");
    if (page && not_found != files_.end()) return answer(not_found->second, request, 404);
    return problem(base::not_found("There is nothing at this address. Check the path."), request);
}

Response StaticFiles::answer(const File& file, const Request& request, int status) const {
    const std::string_view accepted = request.headers.get("accept-encoding");
    const double brotli = file.brotli.bytes ? weight_of(accepted, "br") : 0;
    const double gzip = file.gzip.bytes ? weight_of(accepted, "gzip") : 0;
    const Encoded* chosen = &file.plain;
    std::string_view coding;
    if (brotli > 0 && brotli >= gzip) {
        chosen = &file.brotli;
        coding = "br";
    } else if (gzip > 0) {
        chosen = &file.gzip;
        coding = "gzip";
    }
    Response response;
    response.status = status;
    response.headers.add("Content-Type", file.content_type);
    response.headers.add("Cache-Control", status == 200 ? file.cache_control : "no-cache");
    response.headers.add("ETag", chosen->etag);
    if (file.brotli.bytes || file.gzip.bytes) response.headers.add("Vary", "Accept-Encoding");
    if (!file.content_security_policy.empty()) {
        response.headers.add("Content-Security-Policy", file.content_security_policy);
        response.headers.add("Referrer-Policy", "same-origin");
        response.headers.add("Permissions-Policy",
                             "microphone=(self), camera=(), geolocation=(), payment=()");
    }
    if (status == 200 && etag_matches(request.headers.get("if-none-match"), chosen->etag)) {
        response.status = 304;
        return response;
    }
    if (!coding.empty()) response.headers.add("Content-Encoding", std::string(coding));
    response.blob = chosen->bytes;
    return response;
}

Handler StaticFiles::handler(std::shared_ptr<const StaticFiles> files) {
    return
        [files = std::move(files)](Request& request) -> Task<Response> { co_return files->serve(request); };
}

}  // namespace aimpact::net
