// The local model's reading of where utterances end, as the server sets it up.
#pragma once

#include <filesystem>

#include "voice/hearing.hpp"

namespace aimpact::bench {

// Ends the program, with what to do, where the local model isn't there.
voice::TextEnd load_text_end(const std::filesystem::path& models);

}  // namespace aimpact::bench
