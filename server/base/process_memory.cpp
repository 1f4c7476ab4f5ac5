#include "base/process_memory.hpp"

#include <malloc.h>
#include <sys/mman.h>

#include <charconv>
#include <fstream>
#include <string>

namespace aimpact::base {

namespace {

bool read_address(std::string_view digits, std::size_t& address) {
    return std::from_chars(digits.data(), digits.data() + digits.size(), address, 16).ec == std::errc{};
}

// Mappings of files whose path starts with `path_prefix` and whose permissions are `permissions` ("r--",
// "r-x").
std::size_t release(std::string_view path_prefix, std::string_view permissions) {
    std::size_t released = 0;
    std::ifstream maps("/proc/self/maps");
    for (std::string line; std::getline(maps, line);) {
        // "7f0c-7f0d r--p 00000000 08:01 1234   /path/of/file"
        const auto path = line.find('/');
        const auto dash = line.find('-'), space = line.find(' ');
        if (path == std::string::npos || dash == std::string::npos || space == std::string::npos ||
            dash > space)
            continue;
        const std::string_view text = line;
        if (!text.substr(path).starts_with(path_prefix) ||
            text.substr(space + 1, permissions.size()) != permissions)
            continue;
        std::size_t begin = 0, end = 0;
        if (!read_address(text.substr(0, dash), begin) ||
            !read_address(text.substr(dash + 1, space - dash - 1), end))
            continue;
        if (madvise(reinterpret_cast<void*>(begin), end - begin, MADV_DONTNEED) == 0) released += end - begin;
    }
    return released;
}

}  // namespace

void keep_heaps_small() {
    constexpr int kOwnMapping = 1 << 20;
    mallopt(M_MMAP_THRESHOLD, kOwnMapping);
}

void release_free_heap() {
    malloc_trim(0);
}

std::size_t release_mapped_pages(std::string_view path_prefix) {
    return release(path_prefix, "r--");
}

std::size_t release_code_pages() {
    return release("/", "r-x");
}

}  // namespace aimpact::base
