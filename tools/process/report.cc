#include "tools/process/report.h"

#include <cstdio>
#include <memory>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>
#include <utility>

#include <fmt/format.h>

#include "schemas/text/printable.h"
#include "tools/process/standard_output.h"

namespace spantoll::tools {
namespace {

// %* in a pattern: the message as a person may read it.
class PrintableMessage final : public spdlog::custom_flag_formatter {
  public:
    void format(const spdlog::details::log_msg& message,
                const std::tm& /*time*/,
                spdlog::memory_buf_t& out) override {
        const std::string text =
            printable(std::string_view(message.payload.data(), message.payload.size()));
        out.append(text.data(), text.data() + text.size());
    }
    std::unique_ptr<custom_flag_formatter> clone() const override {
        return std::make_unique<PrintableMessage>();
    }
};

}  // namespace

int report_error(std::string_view command, const Error& error) {
    write_error(fmt::format("spantoll {}: {}\n", command, printable(error.message)));
    return static_cast<int>(error.kind);
}

void log_to_standard_error() {
    auto formatter = std::make_unique<spdlog::pattern_formatter>(spdlog::pattern_time_type::utc);
    formatter->add_flag<PrintableMessage>('*').set_pattern("%Y-%m-%dT%H:%M:%S.%eZ %l: %*");
    auto logger = std::make_shared<spdlog::logger>(
        "spantoll", std::make_shared<spdlog::sinks::stderr_sink_mt>());
    logger->set_formatter(std::move(formatter));
    spdlog::set_default_logger(std::move(logger));
}

}  // namespace spantoll::tools
