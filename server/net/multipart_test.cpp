#include "net/multipart.hpp"

#include <gtest/gtest.h>

#include <deque>

namespace aimpact::net {
namespace {

const std::string kType = "multipart/form-data; boundary=XX";

// The parts point into the body, which is kept here.
Result<Multipart> parse(std::string body, MultipartLimits limits = {}) {
    static std::deque<std::string> kept;
    return parse_multipart(kType, kept.emplace_back(std::move(body)), limits);
}

std::string part(std::string_view disposition, std::string_view data, std::string_view more = "") {
    return "--XX\r\nContent-Disposition: " + std::string(disposition) + "\r\n" + std::string(more) + "\r\n" +
           std::string(data) + "\r\n";
}

base::ErrorCode code_of(const Result<Multipart>& result) {
    EXPECT_TRUE(result.has_error());
    return result.has_error() ? result.error().code : base::ErrorCode::internal;
}

TEST(Multipart, ReadsFieldsAndFiles) {
    const std::string body = part("form-data; name=\"model\"", "whisper-1") +
                             part("form-data; name=\"file\"; filename=\"a.wav\"",
                                  std::string("RIFF\0\r\n--X", 10), "Content-Type: audio/wav\r\n") +
                             part("form-data; name=\"g[]\"", "word") +
                             part("form-data; name=\"g[]\"", "segment") + "--XX--\r\n";
    const auto form = parse_multipart(kType, body);
    ASSERT_TRUE(form.has_value()) << form.error().message;
    ASSERT_EQ(form->parts.size(), 4U);
    EXPECT_EQ(form->value("model"), "whisper-1");
    const MultipartPart* file = form->find("file");
    ASSERT_NE(file, nullptr);
    EXPECT_EQ(file->filename, "a.wav");
    EXPECT_EQ(file->content_type, "audio/wav");
    EXPECT_EQ(file->data, std::string_view("RIFF\0\r\n--X", 10));
    EXPECT_GE(file->data.data(), body.data());  // no copy
    EXPECT_LE(file->data.data() + file->data.size(), body.data() + body.size());
    EXPECT_EQ(form->find_all("g[]").size(), 2U);
    EXPECT_FALSE(form->value("absent"));
}

TEST(Multipart, BoundaryInsideDataIsDataUnlessItStandsOnItsOwnLine) {
    const auto form = parse(part("form-data; name=a", "x--XX--y\r\n-XX") + "--XX--");
    ASSERT_TRUE(form.has_value());
    EXPECT_EQ(form->value("a"), "x--XX--y\r\n-XX");
    // A line that begins with the delimiter ends the part; what follows is not a line break.
    EXPECT_TRUE(parse(part("form-data; name=a", "x\r\n--XXy") + "--XX--").has_error());
}

TEST(Multipart, EmptyPartsAndPreamble) {
    auto form = parse("preamble\r\n" + part("form-data; name=a", "") + "--XX--");
    ASSERT_TRUE(form.has_value());
    EXPECT_EQ(form->value("a"), "");
    // The line break after the header may also be the delimiter's.
    form = parse("--XX\r\nContent-Disposition: form-data; name=a\r\n\r\n--XX--");
    ASSERT_TRUE(form.has_value());
    EXPECT_EQ(form->value("a"), "");
    form = parse("--XX--");
    ASSERT_TRUE(form.has_value());
    EXPECT_TRUE(form->parts.empty());
    form = parse("--XX  \r\nContent-Disposition: form-data; name=a\r\n\r\n1\r\n--XX--");
    ASSERT_TRUE(form.has_value());
    EXPECT_EQ(form->value("a"), "1");
}

TEST(Multipart, NamesWithQuotesAndPaths) {
    auto form = parse(part(R"(form-data; name="a\"b;c"; filename="C:\dir\x.wav")", "1") + "--XX--");
    ASSERT_TRUE(form.has_value()) << form.error().message;
    EXPECT_EQ(form->parts[0].name, "a\"b;c");
    EXPECT_EQ(form->parts[0].filename, "x.wav");
    form = parse(part("form-data; name=\"%22q%22%0D%0A\"; filename=\"../../etc/passwd\"", "1") + "--XX--");
    ASSERT_TRUE(form.has_value());
    EXPECT_EQ(form->parts[0].name, "\"q\"\r\n");
    EXPECT_EQ(form->parts[0].filename, "passwd");
    form = parse(part("form-data; name=f; filename=\"x\"; filename*=UTF-8''gr%C3%BCn.wav", "1") + "--XX--");
    ASSERT_TRUE(form.has_value());
    EXPECT_EQ(form->parts[0].filename, "gr\u00fcn.wav");
}

TEST(Multipart, QuotedBoundary) {
    const auto form =
        parse_multipart("Multipart/Form-Data; charset=utf-8; Boundary=\"a b:c\"",
                        "--a b:c\r\nContent-Disposition: form-data; name=x\r\n\r\n1\r\n--a b:c--");
    ASSERT_TRUE(form.has_value()) << form.error().message;
    EXPECT_EQ(form->value("x"), "1");
}

TEST(Multipart, RefusesWhatIsBroken) {
    using base::ErrorCode;
    EXPECT_EQ(code_of(parse_multipart("application/json", "{}")), ErrorCode::unsupported_media);
    EXPECT_EQ(code_of(parse_multipart("", "")), ErrorCode::unsupported_media);
    EXPECT_EQ(code_of(parse_multipart("multipart/form-data", "--XX--")), ErrorCode::invalid_argument);
    EXPECT_EQ(code_of(parse_multipart("multipart/form-data; boundary=", "--")), ErrorCode::invalid_argument);
    EXPECT_EQ(code_of(parse_multipart("multipart/form-data; boundary=" + std::string(71, 'b'), "")),
              ErrorCode::invalid_argument);
    EXPECT_EQ(code_of(parse_multipart("multipart/form-data; boundary=\"open", "")),
              ErrorCode::invalid_argument);
    for (const std::string& body :
         {std::string(), std::string("no boundary at all"), std::string("--XX"), std::string("--XX\r\n"),
          part("form-data; name=a", "never ends"), part("form-data; name=a", "x") + "--XX",
          part("attachment; name=a", "x") + "--XX--", part("form-data", "x") + "--XX--",
          part("form-data; name=\"\"", "x") + "--XX--", part("form-data; name=\"open", "x") + "--XX--",
          part("form-data; name=a; filename*=latin1''x", "x") + "--XX--",
          std::string("--XX\r\n\r\nno header\r\n--XX--"), std::string("--XX\r\nNo colon\r\n\r\nx\r\n--XX--"),
          part("form-data; name=a", "eA==", "Content-Transfer-Encoding: base64\r\n") + "--XX--",
          part("form-data; name=a", "x", "Content-Disposition: form-data; name=b\r\n") + "--XX--"})
        EXPECT_EQ(code_of(parse(body)), ErrorCode::invalid_argument) << body;
}

TEST(Multipart, HasLimits) {
    std::string body;
    for (int i = 0; i < 5; ++i) body += part("form-data; name=a", "x");
    body += "--XX--";
    EXPECT_TRUE(parse(body, {.parts_max = 5}).has_value());
    EXPECT_EQ(code_of(parse(body, {.parts_max = 4})), base::ErrorCode::payload_too_large);
    const std::string fat =
        part("form-data; name=a", "x", "X-Fat: " + std::string(9000, 'f') + "\r\n") + "--XX--";
    EXPECT_EQ(code_of(parse(fat)), base::ErrorCode::payload_too_large);
    EXPECT_TRUE(parse(fat, {.header_bytes_max = 10'000}).has_value());
    const std::string named = part("form-data; name=\"" + std::string(2000, 'n') + "\"", "x") + "--XX--";
    EXPECT_EQ(code_of(parse(named)), base::ErrorCode::payload_too_large);
}

}  // namespace
}  // namespace aimpact::net
