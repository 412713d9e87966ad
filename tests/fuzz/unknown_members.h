#pragma once

#include <fuzzer/FuzzedDataProvider.h>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace spantoll::ingest {

// Two records of one span that mean the same. One has only members that spans have; the other also
// has unknown ones, whose names, depth, widths and texts the fuzzer chooses freely.
class UnknownMembers {
  public:
    explicit UnknownMembers(FuzzedDataProvider& choices) : choices_(choices) {}

    std::pair<std::string, std::string> records() {
        std::string plain = "{";
        std::string mixed = "{";
        const auto put = [](std::string& record, const std::string& member) {
            record += (record.size() > 1 ? "," : "") + member;
        };
        for (size_t i = choices_.ConsumeIntegralInRange<size_t>(1, kMembersMax); i > 0; --i) {
            while (choices_.ConsumeBool()) {
                put(mixed, unknown_member());
            }
            const std::string member = known_member();
            put(plain, member);
            put(mixed, member);
        }
        put(mixed, unknown_member());
        return {plain + "}", mixed + "}"};
    }

  private:
    static constexpr size_t kMembersMax = 12;
    static constexpr size_t kDepthMax = 6;
    static constexpr size_t kChosenBytesMax = 40;  // of one text
    static constexpr size_t kWideBytes = 20'000;   // once in a record, because wide ones are slow

    std::string known_member() {
        static const std::vector<std::string> kMembers{
            R"("time_ms":1740614400000)",
            R"("cost_usd":"0.25")",
            R"("cost_pico_usd":null)",
            R"("usage":[{"meter":"m","quantity":3},{"quantity":4,"meter":"n"}])",
            R"("attributes":[{"key":"k","value":"v"}])",
            R"("is_credit":false)",
            R"("status":"ok")",
            R"("http_status":429)",
            R"("t\u0065am":"search")",
            R"("trace_id":"4bf92f3577b34da6a3ce929d0e0e4736","span_id":"00f067aa0ba902b7")"};
        static const std::vector<std::string> kTexts{"service",
                                                     "operation",
                                                     "domain",
                                                     "user",
                                                     "model",
                                                     "request_id",
                                                     "cost_currency",
                                                     "session",
                                                     "end_user",
                                                     "error_type",
                                                     "service_tier"};
        const size_t choice =
            choices_.ConsumeIntegralInRange<size_t>(0, kMembers.size() + kTexts.size() - 1);
        return choice < kMembers.size()
                   ? kMembers[choice]
                   : fmt::format("\"{}\":\"{}\"", kTexts[choice - kMembers.size()], text());
    }

    std::string unknown_member() {
        // No known name ends so.
        return fmt::format("\"{}?\":{}", text(), value(kDepthMax));
    }

    std::string value(size_t depth) {
        static const std::vector<std::string> kScalars{
            "null", "true", "false", "0", "-1.5e-7", "1E400", "[]", "{}", "\"\""};
        const auto choice = choices_.ConsumeIntegralInRange<size_t>(0, kScalars.size() + 3);
        if (choice < kScalars.size()) {
            return kScalars[choice];
        }
        if (depth == 0 || choice == kScalars.size()) {
            return fmt::format("\"{}\"", text());
        }
        std::string inner = value(depth - 1);
        if (choices_.ConsumeBool()) {
            const bool is_object = choices_.ConsumeBool();
            return is_object ? fmt::format("{{\"{}\" : {}}}", text(), inner)
                             : fmt::format("[ {} ]", inner);
        }
        inner += "," + value(depth - 1);
        return "[" + inner + "]";
    }

    // The inside of a JSON text: any bytes, some of them escaped, some that are not UTF-8, halves
    // of surrogate pairs; from nothing to much wider than any block that a reader looks at.
    std::string text() {
        static constexpr size_t kWidths[] = {
            0, 0, 0, 1, 14, 15, 16, 17, 30, 31, 32, 33, 63, 64, 65, 1000};
        std::string out(choices_.PickValueInArray(kWidths), 'x');
        if (!has_wide_text_ && choices_.ConsumeIntegral<uint8_t>() == 0xFF) {
            has_wide_text_ = true;
            out.append(kWideBytes, 'y');
        }
        for (const char c : choices_.ConsumeRandomLengthString(kChosenBytesMax)) {
            append(c, out);
        }
        return out;
    }

    static void append(char c, std::string& out) {
        const auto byte = static_cast<uint8_t>(c);
        if (byte == 0xF8) {
            out += "\\ud83d";
        } else if (byte == 0xF9) {
            out += "\\ude00";
        } else if (byte == 0xFA) {
            out += "\\\"";
        } else if (byte == 0xFB) {
            out += "\\\\";
        } else if (byte < 0x20 || c == '"' || c == '\\') {
            out += fmt::format("\\u{:04x}", byte);
        } else {
            out += c;
        }
    }

    FuzzedDataProvider& choices_;
    bool has_wide_text_ = false;
};

}  // namespace spantoll::ingest
