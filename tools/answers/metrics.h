#pragma once

#include <cstdint>
#include <initializer_list>
#include <set>
#include <string>
#include <string_view>
#include <utility>

namespace spantoll::tools {

// Writes metrics in Prometheus' text format 0.0.4: for each family HELP and TYPE once, then its
// samples. Names follow Prometheus' conventions, which it checks: base units, counters end in
// _total, gauges do not.
//
//   MetricsText text;
//   text.counter("spantoll_spans_polled_total", "Spans read from a partition.")
//       .sample(polled, {{"topic", "spans"}, {"partition", "0"}});
//   text.gauge("spantoll_watermark_seconds", "W, Unix epoch.").sample_ms(watermark_ms);
//   return text.take();
//
// One thread.
class MetricsText {
  public:
    using Labels = std::initializer_list<std::pair<std::string_view, std::string_view>>;

    // A family must be begun once, and all its samples written before the next begins.
    MetricsText& counter(std::string_view name, std::string_view help);
    MetricsText& gauge(std::string_view name, std::string_view help);

    // Samples of the family begun last.
    MetricsText& sample(uint64_t value, Labels labels = {});
    MetricsText& sample(int64_t value, Labels labels = {});
    // Milliseconds written as the seconds that the conventions ask for, exactly: 1500 -> 1.500.
    MetricsText& sample_ms(int64_t milliseconds, Labels labels = {});

    std::string take();

    // The format's content type.
    static constexpr std::string_view kContentType = "text/plain; version=0.0.4; charset=utf-8";

  private:
    void begin(std::string_view name, std::string_view help, std::string_view type);
    void append_sample(std::string_view value, Labels labels);

    std::string text_;
    std::string family_;
    std::set<std::string, std::less<>> families_;
};

}  // namespace spantoll::tools
