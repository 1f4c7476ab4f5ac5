#include <fmt/format.h>
#include <unistd.h>

#include <boost/json.hpp>
#include <cstdio>
#include <thread>

#include "app/cli.hpp"
#include "base/wire.hpp"
#include "inference/model_store.hpp"

namespace aimpact::app {

namespace json = boost::json;

int models_list(const base::Config& config, bool as_json) {
    const auto store = inference::ModelStore::open(config.text("models.dir"));
    if (store.has_error()) return report(store.error());
    if (as_json) {
        json::array rows;
        for (const inference::Model& model : store->models())
            rows.push_back(json::object{{"id", model.id},
                                        {"use", model.use},
                                        {"version", model.version},
                                        {"licence", model.licence},
                                        {"bytes", model.bytes()},
                                        {"files", model.files.size()},
                                        {"complete", store->model_folder(model.id).has_value()}});
        fmt::print("{}\n", base::to_text(rows));
        return 0;
    }
    fmt::print("{:<20} {:<10} {:<12} {:<14} {:>9}  {}\n", "MODEL", "USE", "VERSION", "LICENCE", "MIB",
               "STATE");
    for (const inference::Model& model : store->models()) {
        const auto folder = store->model_folder(model.id);
        fmt::print("{:<20} {:<10} {:<12} {:<14} {:>9.1f}  {}\n", model.id, model.use, model.version,
                   model.licence, static_cast<double>(model.bytes()) / (1 << 20),
                   folder.has_error() ? folder.error().message : std::string("complete"));
    }
    return 0;
}

int models_verify(const base::Config& config, bool as_json) {
    const auto store = inference::ModelStore::open(config.text("models.dir"));
    if (store.has_error()) return report(store.error());
    const bool progress = isatty(STDERR_FILENO) && !as_json;
    const auto rows = store->verify(static_cast<int>(std::max(1u, std::thread::hardware_concurrency())),
                                    [&](std::uint64_t done, std::uint64_t all) {
                                        if (progress && all > 0)
                                            fmt::print(stderr, "\rchecking {:3} %", done * 100 / all);
                                    });
    if (progress) fmt::print(stderr, "\r{:15}\r", "");
    if (rows.has_error()) return report(rows.error());
    json::array bad;
    for (const inference::FileCheck& check : *rows)
        if (check.state != inference::FileState::ok)
            bad.push_back(json::object{
                {"model", check.model}, {"path", check.path}, {"state", inference::to_string(check.state)}});
    const bool good = bad.empty();
    if (as_json) {
        fmt::print("{}\n",
                   base::to_text(json::object{{"files", rows->size()}, {"ok", good}, {"damaged", bad}}));
    } else {
        for (const json::value& row : bad)
            fmt::print("{}/{}: {}\n", row.at("model").as_string().c_str(), row.at("path").as_string().c_str(),
                       row.at("state").as_string().c_str());
        if (good)
            fmt::print("All {} files are as they should be.\n", rows->size());
        else
            fmt::print("{} of {} files are damaged; scripts/fetch-models --verify makes them again.\n",
                       bad.size(), rows->size());
    }
    return good ? 0 : 65;
}

}  // namespace aimpact::app
