#include <fmt/format.h>

#include "ingest/naming.h"
#include "schemas/meter.h"
#include "tools/configuration/configuration_sections.h"

namespace spantoll::tools {
namespace {

constexpr std::array<Dimension, 5> kMatchDimensions{Dimension::kProvider,
                                                    Dimension::kModel,
                                                    Dimension::kService,
                                                    Dimension::kOperation,
                                                    Dimension::kRegion};

void read_meter(TableReader& table, std::string& out) {
    if (table.require("meter", "meter = \"input_tokens\"") == nullptr) {
        return;
    }
    table.read_text("meter", out);
    if (out == "usd" || out == "tokens") {
        table.complain("meter",
                       "has no price: write a usage meter such as \"input_tokens\", or "
                       "\"requests\", \"duration_ms\", \"ingress_bytes\", \"egress_bytes\"");
    } else if (!out.empty() && !ingest::is_good_name(out)) {
        table.complain("meter", "is not a good name (up to 256 bytes, no controls)");
    }
}

Price read_price(const TomlNode& node, ConfigurationFault& fault) {
    Price price;
    TableReader table(
        node,
        "[[price]]",
        {"provider", "model", "service", "operation", "region", "meter", "usd", "per"},
        fault);
    for (const Dimension dimension : kMatchDimensions) {
        const std::string_view key = name_of(dimension);
        if (table.find(key) != nullptr) {
            std::string text;
            table.read_text(key, text);
            price.match[static_cast<size_t>(dimension)] = std::move(text);
        }
    }
    read_meter(table, price.meter);
    table.require("usd", "usd = \"30\"");
    price.usd = table.read_usd("usd", Money::from_pico(kSpanCostPicoMax)).value_or(Money());
    table.read_integer("per", price.per, {1, kPricePerMax});
    return price;
}

}  // namespace

std::vector<Price> read_prices(const std::vector<const TomlNode*>& tables,
                               ConfigurationFault& fault) {
    std::vector<Price> prices;
    if (tables.size() > kPricesMax) {
        fault.say(tables[kPricesMax]->line,
                  fmt::format("too many [[price]]: write at most {}", kPricesMax));
        return prices;
    }
    for (const TomlNode* table : tables) {
        prices.push_back(read_price(*table, fault));
    }
    return prices;
}

}  // namespace spantoll::tools
