#include "telephony/twiml.hpp"

namespace aimpact::telephony {
namespace {

constexpr std::string_view kHead = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";

// For an attribute's value in double quotes. Control characters, which XML 1.0 can't hold, are left out.
std::string escaped(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (const char c : text) {
        switch (c) {
            case '&':
                out += "&amp;";
                break;
            case '<':
                out += "&lt;";
                break;
            case '>':
                out += "&gt;";
                break;
            case '"':
                out += "&quot;";
                break;
            case '\'':
                out += "&apos;";
                break;
            default:
                if (static_cast<unsigned char>(c) >= 0x20) out += c;
        }
    }
    return out;
}

}  // namespace

std::string connect_twiml(std::string_view stream_url, const std::map<std::string, std::string>& parameters) {
    std::string out(kHead);
    out += "<Response><Connect><Stream url=\"" + escaped(stream_url) + "\">";
    for (const auto& [name, value] : parameters)
        out += "<Parameter name=\"" + escaped(name) + "\" value=\"" + escaped(value) + "\"/>";
    return out + "</Stream></Connect></Response>\n";
}

std::string busy_twiml() {
    return std::string(kHead) + "<Response><Reject reason=\"busy\"/></Response>\n";
}

}  // namespace aimpact::telephony
