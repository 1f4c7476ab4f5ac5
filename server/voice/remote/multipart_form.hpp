// A form as speech endpoints take it: fields and a file (RFC 7578).
#pragma once

#include <string>
#include <string_view>
#include <utility>

namespace aimpact::voice {

// Fields must hold no line breaks: whoever adds them has checked that.
class MultipartForm {
  public:
    void field(std::string_view name, std::string_view value) {
        part(name, "");
        body_ += "\r\n";
        body_ += value;
        body_ += "\r\n";
    }
    void file(std::string_view name, std::string_view filename, std::string_view type,
              std::string_view data) {
        part(name, "; filename=\"" + std::string(filename) + "\"");
        body_ += "Content-Type: ";
        body_ += type;
        body_ += "\r\n\r\n";
        body_ += data;
        body_ += "\r\n";
    }
    std::string finish() {
        body_ += "--" + std::string(kBoundary) + "--\r\n";
        return std::move(body_);
    }
    static std::string content_type() { return "multipart/form-data; boundary=" + std::string(kBoundary); }

  private:
    // No line of a FLAC stream or a text field begins with it: a part can't end early.
    static constexpr std::string_view kBoundary = "----aimpact-4f1c9e72d83b4a06b5e0";

    void part(std::string_view name, const std::string& more) {
        body_ += "--" + std::string(kBoundary) + "\r\nContent-Disposition: form-data; name=\"" +
                 std::string(name) + "\"" + more + "\r\n";
    }
    std::string body_;
};

}  // namespace aimpact::voice
