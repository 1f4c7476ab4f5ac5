#include "net/multipart.hpp"

#include "net/target.hpp"
#include "net/text.hpp"

namespace aimpact::net {

namespace {
using base::ErrorCode;

constexpr std::size_t kBoundaryMax = 70;  // RFC 2046, 5.1.1

Error malformed(std::string_view why) {
    return base::invalid_argument("The multipart/form-data body is not well-formed: " + std::string(why) +
                                  ".");
}
Error too_large(std::string why) {
    return Error{ErrorCode::payload_too_large, std::move(why)};
}

struct Parameter {
    std::string name;
    std::string value;
};

// One "; name=value" of a field, taken off `rest`. A quoted value keeps backslashes that do not escape a
// quote or a backslash, since some browsers sent whole Windows paths.
bool take_parameter(std::string_view& rest, Parameter& out) {
    rest = trim(rest);
    if (!rest.starts_with(';')) return false;
    rest = trim(rest.substr(1));
    const std::size_t equals = rest.find('=');
    if (equals == std::string_view::npos) return false;
    out.name = trim(rest.substr(0, equals));
    out.value.clear();
    rest = trim(rest.substr(equals + 1));
    if (!rest.starts_with('"')) {
        const std::size_t end = std::min(rest.find(';'), rest.size());
        out.value = trim(rest.substr(0, end));
        rest.remove_prefix(end);
        return is_token(out.name);
    }
    for (std::size_t i = 1; i < rest.size(); ++i) {
        const char c = rest[i];
        if (c == '"') {
            rest.remove_prefix(i + 1);
            return is_token(out.name);
        }
        const bool escape = c == '\\' && i + 1 < rest.size() && (rest[i + 1] == '"' || rest[i + 1] == '\\');
        out.value += escape ? rest[++i] : c;
    }
    return false;  // the quote is not closed
}

// Browsers write %22, %0D and %0A for the three characters that would break the field (WHATWG HTML).
std::string unescape_name(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const std::string_view escape = text.substr(i, 3);
        if (escape == "%22" || iequals(escape, "%0d") || iequals(escape, "%0a")) {
            out += escape == "%22" ? '"' : to_lower(escape[2]) == 'd' ? '\r' : '\n';
            i += 2;
        } else {
            out += text[i];
        }
    }
    return out;
}

std::string base_name(const std::string& path) {
    const std::size_t slash = path.find_last_of("/\\");
    return slash == std::string::npos ? path : path.substr(slash + 1);
}

Result<std::string> boundary_of(std::string_view content_type) {
    std::string_view rest = content_type;
    const std::size_t semicolon = std::min(rest.find(';'), rest.size());
    if (!iequals(trim(rest.substr(0, semicolon)), "multipart/form-data"))
        return Error{ErrorCode::unsupported_media, "Send the body as multipart/form-data."};
    rest.remove_prefix(semicolon);
    for (Parameter parameter; take_parameter(rest, parameter);) {
        if (!iequals(parameter.name, "boundary")) continue;
        if (parameter.value.empty() || parameter.value.size() > kBoundaryMax ||
            !is_field_value(parameter.value))
            return malformed("the boundary must have 1 to 70 characters");
        return parameter.value;
    }
    return malformed("Content-Type names no boundary");
}

Result<> read_disposition(std::string_view value, MultipartPart& part, const MultipartLimits& limits) {
    const std::size_t semicolon = std::min(value.find(';'), value.size());
    if (!iequals(trim(value.substr(0, semicolon)), "form-data"))
        return malformed("a part's Content-Disposition is not form-data");
    std::string_view rest = value.substr(semicolon);
    bool named = false, extended = false;
    for (Parameter parameter; !trim(rest).empty();) {
        if (!take_parameter(rest, parameter)) return malformed("a part's Content-Disposition cannot be read");
        if (parameter.value.size() > limits.name_bytes_max)
            return too_large("A part's name is longer than " + std::to_string(limits.name_bytes_max) +
                             " bytes.");
        if (iequals(parameter.name, "name")) {
            part.name = unescape_name(parameter.value);
            named = true;
        } else if (iequals(parameter.name, "filename") && !extended) {
            part.filename = base_name(unescape_name(parameter.value));
        } else if (iequals(parameter.name, "filename*")) {
            // RFC 8187: UTF-8'language'percent-encoded
            const std::string_view coded = parameter.value;
            const std::size_t quote = coded.find('\'');
            const std::size_t second = quote == std::string_view::npos ? quote : coded.find('\'', quote + 1);
            std::string name;
            if (second == std::string_view::npos || !iequals(coded.substr(0, quote), "utf-8") ||
                !percent_decode(coded.substr(second + 1), name))
                return malformed("a part's filename* is not UTF-8 in RFC 8187's form");
            part.filename = base_name(name);
            extended = true;
        }
    }
    if (!named || part.name.empty()) return malformed("a part has no name");
    return {};
}

Result<MultipartPart> read_headers(std::string_view block, const MultipartLimits& limits) {
    MultipartPart part;
    bool disposed = false;
    while (!block.empty()) {
        const std::size_t end = std::min(block.find("\r\n"), block.size());
        const std::string_view line = block.substr(0, end);
        block.remove_prefix(std::min(end + 2, block.size()));
        const std::size_t colon = line.find(':');
        if (colon == std::string_view::npos || !is_token(line.substr(0, colon)) || !is_field_value(line))
            return malformed("a part's header cannot be read");
        const std::string_view name = line.substr(0, colon);
        const std::string_view value = trim(line.substr(colon + 1));
        if (iequals(name, "content-disposition")) {
            if (disposed) return malformed("a part has two Content-Dispositions");
            AIMPACT_CHECK(read_disposition(value, part, limits));
            disposed = true;
        } else if (iequals(name, "content-type")) {
            part.content_type = value;
        } else if (iequals(name, "content-transfer-encoding") && !iequals(value, "binary") &&
                   !iequals(value, "8bit") && !iequals(value, "7bit")) {
            return malformed(
                "transfer encodings such as base64 are not used in forms; send the bytes as they are");
        }
    }
    if (!disposed) return malformed("a part has no Content-Disposition");
    return part;
}
}  // namespace

const MultipartPart* Multipart::find(std::string_view name) const {
    for (const MultipartPart& part : parts)
        if (part.name == name) return &part;
    return nullptr;
}

std::vector<const MultipartPart*> Multipart::find_all(std::string_view name) const {
    std::vector<const MultipartPart*> found;
    for (const MultipartPart& part : parts)
        if (part.name == name) found.push_back(&part);
    return found;
}

std::optional<std::string> Multipart::value(std::string_view name) const {
    const MultipartPart* part = find(name);
    if (!part) return std::nullopt;
    return std::string(part->data);
}

Result<Multipart> parse_multipart(std::string_view content_type, std::string_view body,
                                  MultipartLimits limits) {
    AIMPACT_TRY(const std::string boundary, boundary_of(content_type));
    const std::string opening = "--" + boundary;
    const std::string delimiter = "\r\n--" + boundary;
    // The first delimiter may stand at the very start; what comes before it (a preamble) is ignored.
    std::size_t at;
    if (body.starts_with(opening)) {
        at = opening.size();
    } else {
        at = body.find(delimiter);
        if (at == std::string_view::npos) return malformed("the boundary does not appear in it");
        at += delimiter.size();
    }
    Multipart out;
    for (;;) {
        // After a delimiter: "--" ends the body; else white space and a line break begin a part.
        std::string_view rest = body.substr(at);
        if (rest.starts_with("--")) return out;
        while (rest.starts_with(' ') || rest.starts_with('\t')) rest.remove_prefix(1);
        if (!rest.starts_with("\r\n")) return malformed("a boundary is not followed by a line break");
        if (out.parts.size() == limits.parts_max)
            return too_large("The form has more than " + std::to_string(limits.parts_max) + " parts.");
        rest.remove_prefix(2);
        std::string_view headers;
        if (rest.starts_with("\r\n")) {
            rest.remove_prefix(2);
        } else {
            const std::size_t end = rest.substr(0, limits.header_bytes_max + 4).find("\r\n\r\n");
            if (end == std::string_view::npos) {
                if (rest.size() > limits.header_bytes_max)
                    return too_large("A part's header is larger than " +
                                     std::to_string(limits.header_bytes_max) + " bytes.");
                return malformed("a part's header does not end");
            }
            headers = rest.substr(0, end);
            rest.remove_prefix(end + 4);
        }
        AIMPACT_TRY(MultipartPart part, read_headers(headers, limits));
        // An empty part's delimiter may begin with the line break that ends the header.
        std::size_t length = rest.find(delimiter);
        if (rest.starts_with(opening)) {
            length = 0;
            at = static_cast<std::size_t>(rest.data() - body.data()) + opening.size();
        } else if (length == std::string_view::npos) {
            return malformed("it ends before the last boundary");
        } else {
            at = static_cast<std::size_t>(rest.data() - body.data()) + length + delimiter.size();
        }
        part.data = rest.substr(0, length);
        out.parts.push_back(std::move(part));
    }
}

Result<Multipart> parse_multipart(const Request& request, MultipartLimits limits) {
    return parse_multipart(request.headers.get("content-type"), request.body, limits);
}

}  // namespace aimpact::net
