#include "inference/openvino_runtime.hpp"

#include <algorithm>
#include <openvino/op/constant.hpp>

#include "base/log.hpp"

namespace aimpact::inference {

using base::Error;
using base::ErrorCode;
using base::Result;

namespace {
Error model_error(const std::string& what, const std::string& detail) {
    return Error{ErrorCode::unavailable, what + " Run scripts/fetch-models to repair the models.", detail};
}
}  // namespace

OpenVinoRuntime::OpenVinoRuntime(const std::filesystem::path& cache_dir) {
    if (!cache_dir.empty()) {
        std::error_code ec;
        std::filesystem::create_directories(cache_dir, ec);
        if (ec)
            base::log_warn("inference.no_model_cache",
                           {{"path", cache_dir.c_str()}, {"error", ec.message().c_str()}});
        else
            cache_dir_ = cache_dir.string();
    }
    try {
        const auto found = core_.get_property("CPU", ov::device::capabilities);
        has_bf16_ = std::find(found.begin(), found.end(), ov::device::capability::BF16) != found.end();
    } catch (const std::exception& e) {
        base::log_warn("inference.cpu_capabilities_unknown", {{"error", e.what()}});
    }
}

Result<std::shared_ptr<ov::Model>> OpenVinoRuntime::read_model(const std::filesystem::path& path) {
    std::error_code ec;
    if (!std::filesystem::is_regular_file(path, ec))
        return model_error("The model file " + path.string() + " is missing.", ec.message());
    try {
        return core_.read_model(path.string());
    } catch (const std::exception& e) {
        return model_error("The model file " + path.string() + " cannot be read.", e.what());
    }
}

Result<ov::CompiledModel> OpenVinoRuntime::compile(const std::shared_ptr<ov::Model>& model,
                                                   const CompileOptions& options) {
    const int threads = std::max(1, options.threads);
    ov::AnyMap config{
        // More streams would run inference on threads of their own.
        ov::num_streams(1),
        ov::inference_num_threads(threads),
        ov::hint::inference_precision(options.precision == Precision::bf16 && has_bf16_ ? ov::element::bf16
                                                                                        : ov::element::f32),
        // Our workers share the cores with the rest of the process: pinning would stack models on one core.
        ov::hint::enable_cpu_pinning(false),
    };
    if (options.prepared_max > 0) config.insert({"CPU_RUNTIME_CACHE_CAPACITY", options.prepared_max});
    // Given with the model, not to the Core, so that one model may go without.
    if (options.cache && !cache_dir_.empty()) config.insert(ov::cache_dir(cache_dir_));
    try {
        if (!options.shapes.empty()) model->reshape(options.shapes);
        return core_.compile_model(model, "CPU", config);
    } catch (const std::exception& e) {
        return model_error("The model '" + model->get_friendly_name() + "' cannot be compiled for this CPU.",
                           e.what());
    }
}

Result<ov::CompiledModel> OpenVinoRuntime::load(const std::filesystem::path& path,
                                                const CompileOptions& options) {
    AIMPACT_TRY(auto model, read_model(path));
    return compile(model, options);
}

Result<> fix_input(ov::Model& model, const std::string& name, std::int64_t value) {
    try {
        for (const auto& parameter : ov::ParameterVector(model.get_parameters())) {
            if (!parameter->output(0).get_names().contains(name)) continue;
            const auto constant = ov::op::v0::Constant::create(ov::element::i64, ov::Shape{}, {value});
            parameter->output(0).replace(constant->output(0));
            model.remove_parameter(parameter);
        }
        return {};
    } catch (const std::exception& e) {
        return model_error("The model '" + model.get_friendly_name() + "' is not the one that was expected.",
                           e.what());
    }
}

Result<ov::InferRequest> make_request(ov::CompiledModel& model) {
    try {
        return model.create_infer_request();
    } catch (const std::exception& e) {
        return base::internal_error(std::string("no inference request: ") + e.what());
    }
}

Result<> infer(ov::InferRequest& request) {
    try {
        request.infer();
        return {};
    } catch (const std::exception& e) {
        return base::internal_error(std::string("inference failed: ") + e.what());
    }
}

}  // namespace aimpact::inference
