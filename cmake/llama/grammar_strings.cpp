// The three string helpers that json-schema-to-grammar.cpp declares through
// common.h. Defining them here keeps common.cpp, and all that it drags in,
// out of the link. Behaviour as in llama.cpp's common/common.cpp.
#include "common.h"

std::string string_join(const std::vector<std::string>& values, const std::string& separator) {
    std::string joined;
    for (std::size_t i = 0; i < values.size(); ++i) {
        if (i > 0) joined += separator;
        joined += values[i];
    }
    return joined;
}

std::vector<std::string> string_split(const std::string& text, const std::string& delimiter) {
    std::vector<std::string> parts;
    std::size_t start = 0;
    for (std::size_t end; (end = text.find(delimiter, start)) != std::string::npos; start = end + delimiter.size())
        parts.push_back(text.substr(start, end - start));
    parts.push_back(text.substr(start));
    return parts;
}

std::string string_repeat(const std::string& text, std::size_t count) {
    std::string repeated;
    repeated.reserve(text.size() * count);
    for (std::size_t i = 0; i < count; ++i) repeated += text;
    return repeated;
}
