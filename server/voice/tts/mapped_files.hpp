// Gives back the memory of files that were mapped to be read once.
#pragma once

#include <cstddef>
#include <string_view>

namespace aimpact::voice {

// Drops the resident pages of this process's read-only file mappings whose path starts with `path_prefix`;
// they are read again from the file when touched. Returns the bytes covered. Model weights are mapped by the
// runtime, repacked, and then rarely needed: 140 MB of resident memory for Kokoro.
std::size_t release_mapped_pages(std::string_view path_prefix);

}  // namespace aimpact::voice
