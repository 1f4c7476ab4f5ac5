// OpenVINO for the models of the voice layer: one runtime per process, which keeps compiled models in a cache
// folder so that a second start takes a fraction of the first. This header pulls in OpenVINO's; only the
// files that run a model include it, never a header of a feature.
//
//   AIMPACT_TRY(auto model, runtime.read_model(dir / "stage_g.xml"));
//   AIMPACT_TRY(auto compiled, runtime.compile(model, {.precision = Precision::bf16, .threads = 1}));
//   AIMPACT_TRY(auto request, make_request(compiled));
//
// `infer` on a request runs on the calling thread. A CompiledModel may be shared by threads; its requests run
// one after the other, and an InferRequest belongs to one call at a time.
#pragma once

#include <filesystem>
#include <map>
#include <openvino/openvino.hpp>
#include <string>
#include <vector>

#include "base/error.hpp"

namespace aimpact::inference {

enum class Precision { f32, bf16 };  // bf16 falls back to f32 on a CPU without it

struct CompileOptions {
    Precision precision = Precision::f32;
    int threads = 1;  // the caller's among them
    // Fixes input shapes before compiling; faster, and nothing is compiled during a call. By input name.
    std::map<std::string, ov::PartialShape> shapes = {};
    bool cache = true;  // keep the compiled form in the cache folder
    // Of a model whose input shapes vary: how many prepared forms of each kind of layer are kept for shapes
    // seen before. The runtime's own limit of 5000 lets memory grow for days. 0: that limit.
    int prepared_max = 0;
};

// Thread-safe. Errors name the file and say what to do.
class OpenVinoRuntime {
  public:
    // `cache_dir` is created if need be; empty: no cache.
    explicit OpenVinoRuntime(const std::filesystem::path& cache_dir);

    // An IR (.xml with its .bin) or an ONNX file.
    base::Result<std::shared_ptr<ov::Model>> read_model(const std::filesystem::path& path);
    // Reshapes `model` in place if shapes are given.
    base::Result<ov::CompiledModel> compile(const std::shared_ptr<ov::Model>& model,
                                            const CompileOptions& options);
    base::Result<ov::CompiledModel> load(const std::filesystem::path& path, const CompileOptions& options);

    bool has_bf16() const { return has_bf16_; }

  private:
    ov::Core core_;
    std::string cache_dir_;
    bool has_bf16_ = false;
};

// Replaces an integer scalar input by a constant before compiling. No effect if there is no such input.
base::Result<> fix_input(ov::Model& model, const std::string& name, std::int64_t value);

// OpenVINO reports by exceptions; these turn them into errors at the border.
base::Result<ov::InferRequest> make_request(ov::CompiledModel& model);
base::Result<> infer(ov::InferRequest& request);

}  // namespace aimpact::inference
