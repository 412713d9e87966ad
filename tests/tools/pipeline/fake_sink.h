#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "enforce/sink.h"
#include "schemas/text/decision_json.h"

namespace spantoll::tools {

// A list of what came. By default it takes everything, and everything arrives at once. A test may
// make it take nothing, acknowledge when the test says so, or fail for good.
class FakeSink final : public enforce::Sink {
  public:
    bool publish(uint64_t sequence, const Decision& decision) override {
        if (!take(sequence)) {
            return false;
        }
        decisions_.push_back(decision_json(decision));
        return true;
    }
    bool publish(uint64_t sequence, const DeadLetter& letter) override {
        if (!take(sequence)) {
            return false;
        }
        letters_.push_back(letter);
        return true;
    }
    Result<uint64_t> delivered_through() override {
        if (error_) {
            return tl::make_unexpected(*error_);
        }
        return acknowledges_ || sequences_.empty() ? delivered_through_ : sequences_.back();
    }
    void flush(int64_t wait_ms) override { flushed_ms_ += wait_ms; }

    // Takes nothing more, like a pipe that nobody reads.
    void stall() { is_stalled_ = true; }
    void resume() { is_stalled_ = false; }
    // From here on what is taken has arrived only when it is acknowledged.
    void wait_for_acknowledgement() {
        delivered_through_ = sequences_.empty() ? 0 : sequences_.back();
        acknowledges_ = true;
    }
    void acknowledge_through(uint64_t sequence) { delivered_through_ = sequence; }
    void fail(Error error) { error_ = std::move(error); }

    // In the order in which they came.
    const std::vector<uint64_t>& sequences() const { return sequences_; }
    const std::vector<std::string>& decisions() const { return decisions_; }  // as JSON
    const std::vector<DeadLetter>& letters() const { return letters_; }
    int64_t flushed_ms() const { return flushed_ms_; }

  private:
    bool take(uint64_t sequence) {
        if (is_stalled_) {
            return false;
        }
        sequences_.push_back(sequence);
        return true;
    }

    bool is_stalled_ = false;
    bool acknowledges_ = false;
    uint64_t delivered_through_ = 0;
    std::optional<Error> error_;
    std::vector<uint64_t> sequences_;
    std::vector<std::string> decisions_;
    std::vector<DeadLetter> letters_;
    int64_t flushed_ms_ = 0;
};

}  // namespace spantoll::tools
