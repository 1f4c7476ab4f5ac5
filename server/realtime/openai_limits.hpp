// Every limit of the OpenAI Realtime wire, in one table; openai_adapter_test exceeds each.
#pragma once

#include <chrono>
#include <cstddef>

namespace aimpact::realtime::openai {

struct OpenAiLimits {
    // One event. OpenAI allows 15 MiB of audio in an append; base64 makes it 20.
    std::size_t event_bytes_max = 21 << 20;
    std::size_t append_bytes_max = 15 << 20;  // audio of one append, decoded
    std::size_t json_depth_max = 64;          // tools hold JSON Schemas
    std::size_t event_id_bytes_max = 512;
    std::size_t item_id_bytes_max = 64;
    std::size_t content_parts_max = 64;  // of one item
    std::size_t instructions_bytes_max = 64 << 10;
    std::size_t tools_max = 128;
    std::size_t tool_bytes_max = 32 << 10;  // name, description and schema of one
    std::size_t metadata_max = 16;
    std::size_t input_items_max = 500;      // of one response.create
    double input_buffer_seconds_max = 600;  // appended and not committed
    // Events beyond this rate are read later, not refused: the client is slowed down, and nothing is lost.
    double events_per_second = 500;
    double events_burst = 2'000;
    std::chrono::seconds session_max{2 * 3600};
};

}  // namespace aimpact::realtime::openai
