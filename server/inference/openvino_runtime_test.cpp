#include "inference/openvino_runtime.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>
#include <fstream>
#include <openvino/op/add.hpp>
#include <openvino/op/constant.hpp>
#include <openvino/op/parameter.hpp>
#include <openvino/op/result.hpp>

namespace aimpact::inference {
namespace {

using base::ErrorCode;
namespace fs = std::filesystem;

std::shared_ptr<ov::Model> plus_one() {
    auto in = std::make_shared<ov::op::v0::Parameter>(ov::element::f32, ov::PartialShape{-1});
    in->output(0).set_names({"in"});
    auto one = ov::op::v0::Constant::create(ov::element::f32, {1}, {1.0F});
    auto sum = std::make_shared<ov::op::v1::Add>(in, one);
    return std::make_shared<ov::Model>(ov::OutputVector{sum}, ov::ParameterVector{in}, "plus_one");
}

TEST(OpenVinoRuntime, CompilesWithFixedShapesAndRunsOnTheCallingThread) {
    const fs::path cache = fs::temp_directory_path() / ("aimpact_ov_" + std::to_string(::getpid()));
    OpenVinoRuntime runtime(cache);
    auto model = plus_one();
    auto compiled = runtime.compile(model, {.precision = Precision::f32, .shapes = {{"in", {3}}}});
    ASSERT_TRUE(compiled) << compiled.error().detail;
    auto request = make_request(*compiled).value();
    auto input = request.get_tensor("in");
    ASSERT_EQ(input.get_size(), 3u);
    for (int i = 0; i < 3; ++i) input.data<float>()[i] = static_cast<float>(i);
    ASSERT_TRUE(infer(request));
    EXPECT_FLOAT_EQ(request.get_output_tensor(0).data<float>()[2], 3.0F);
    EXPECT_FALSE(fs::is_empty(cache)) << "the compiled model is kept for the next start";
    fs::remove_all(cache);
}

TEST(OpenVinoRuntime, ErrorsNameTheFileAndTheRemedy) {
    OpenVinoRuntime runtime({});
    const auto missing = runtime.read_model("/nonexistent/m.xml");
    ASSERT_TRUE(missing.has_error());
    EXPECT_EQ(missing.error().code, ErrorCode::unavailable);
    EXPECT_NE(missing.error().message.find("/nonexistent/m.xml"), std::string::npos);
    EXPECT_NE(missing.error().message.find("scripts/fetch-models"), std::string::npos);

    const fs::path bad = fs::temp_directory_path() / ("aimpact_bad_" + std::to_string(::getpid()) + ".onnx");
    std::ofstream(bad) << "not a model";
    const auto broken = runtime.load(bad, {});
    ASSERT_TRUE(broken.has_error());
    EXPECT_NE(broken.error().message.find(bad.string()), std::string::npos);
    fs::remove(bad);

    auto model = plus_one();
    EXPECT_TRUE(runtime.compile(model, {.shapes = {{"no such input", {3}}}}).has_error());
}

}  // namespace
}  // namespace aimpact::inference
