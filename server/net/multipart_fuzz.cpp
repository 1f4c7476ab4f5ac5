// libFuzzer: the first line is the content type, the rest the body. Parts must lie inside the body, in order.
#include <cstdlib>

#include "net/multipart.hpp"

using namespace aimpact::net;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    std::string_view body(reinterpret_cast<const char*>(data), size);
    const std::size_t line = std::min(body.find('\n'), body.size());
    const std::string content_type = "multipart/form-data; " + std::string(body.substr(0, line));
    body.remove_prefix(std::min(line + 1, body.size()));
    const auto form = parse_multipart(content_type, body);
    if (form.has_error()) return 0;
    const char* at = body.data();
    for (const MultipartPart& part : form->parts) {
        if (part.data.data() < at || part.data.data() + part.data.size() > body.data() + body.size())
            std::abort();
        at = part.data.data() + part.data.size();
        if (part.name.empty()) std::abort();
        if (part.filename && part.filename->find('/') != std::string::npos) std::abort();
    }
    return 0;
}
