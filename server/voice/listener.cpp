#include "voice/listener.hpp"

#include "voice/listener_core.hpp"

namespace aimpact::voice {

namespace {

class CoreListener final : public Listener {
  public:
    explicit CoreListener(std::shared_ptr<ListenerCore> core) : core_(std::move(core)) {}
    ~CoreListener() override { core_->close(); }
    void configure(const ListenerOptions& options) override { core_->configure(options); }
    void push(std::span<const float> samples_16k) override { core_->push(samples_16k); }
    void playing(std::span<const float> samples_24k, double remaining_ms) override {
        core_->playing(samples_24k, remaining_ms);
    }
    void expect(Expected what) override { core_->expect(what); }
    bool commit() override { return core_->commit(); }
    void clear() override { core_->clear(); }
    bool speaking() const override { return core_->speaking(); }
    double buffered_ms() const override { return core_->buffered_ms(); }

  private:
    // Kept by the coroutines too. An event may destroy this object inside push: push holds its own reference.
    std::shared_ptr<ListenerCore> core_;
};

}  // namespace

std::unique_ptr<Listener> make_listener(base::asio::any_io_executor executor, const Hearing& hearing,
                                        Recognizer& recognizer, inference::Scheduler& scheduler,
                                        Listener::Events events) {
    return std::make_unique<CoreListener>(std::make_shared<ListenerCore>(
        std::move(executor), hearing, recognizer, scheduler, std::move(events)));
}

}  // namespace aimpact::voice
