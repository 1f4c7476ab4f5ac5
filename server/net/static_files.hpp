// Serves a directory of static files, such as an exported Next.js site, from memory: read once at start, so
// that no request touches the disk and no path can lead out of the directory.
#pragma once

#include <cstddef>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "net/http.hpp"

namespace aimpact::net {

struct StaticFilesOptions {
    std::size_t files_max = 20'000;
    std::size_t bytes_max = 256 << 20;  // of all files together
    // Paths under these are never pages: an unknown one is a problem+json 404.
    std::vector<std::string> problem_prefixes = {"/api/", "/v1/"};
    // Pages for paths that only the running page understands: {"/agents/{id}", "/agents/view.html"}. A file
    // whose own path has "[name]" for a segment ("agents/[id].html") needs no entry here.
    std::vector<std::pair<std::string, std::string>> fallbacks = {};
};

// Immutable, so thread-safe. What it does with GET and HEAD:
//  - "/foo" is foo, foo.html or foo/index.html; "/" is index.html; a trailing slash makes no difference;
//  - foo.br and foo.gz are other encodings of foo, chosen by Accept-Encoding; never served by name;
//  - ETag and If-None-Match (304); files below /_next/static/ may be kept for ever, all others are asked for
//  anew;
//  - a page gets a Content-Security-Policy without external hosts, with the hashes of its own inline scripts;
//  - anything else is 404.html with status 404 for a browser, and problem+json for everyone else.
class StaticFiles {
  public:
    // Errors: not_found (no such directory), payload_too_large (a limit), unavailable (unreadable).
    static Result<std::shared_ptr<const StaticFiles>> load(const std::filesystem::path& directory,
                                                           StaticFilesOptions options = {});

    Response serve(const Request& request) const;
    // For Route{.pattern = "/{path...}"}; keeps the files alive.
    static Handler handler(std::shared_ptr<const StaticFiles> files);

    std::size_t file_count() const { return files_.size(); }

  private:
    struct Encoded {
        std::shared_ptr<const std::string> bytes;  // null: there is no such encoding
        std::string etag;
    };
    struct File {
        Encoded plain, gzip, brotli;
        std::string content_type;
        std::string cache_control;
        std::string content_security_policy;  // pages only
    };
    struct Pattern {
        std::vector<std::string> segments;  // "{}" for any
        bool takes_rest = false;
        const File* file = nullptr;
    };

    const File* find(std::string_view path) const;
    const File* find_pattern(std::string_view path) const;
    void add_pattern(std::string_view path, const File* file);
    Response answer(const File& file, const Request& request, int status) const;

    StaticFilesOptions options_;
    std::map<std::string, File, std::less<>> files_;  // by path, with the leading slash
    std::vector<Pattern> patterns_;
};

}  // namespace aimpact::net
