#include "ingest/amend.h"

#include <optional>

#include "ingest/limits.h"
#include "ingest/provider_name.h"

namespace spantoll::ingest {
namespace {

// What validation calls an outcome of its own is left to it.
bool is_plausible(int64_t time_ms) {
    return time_ms > kTimeMsMin && time_ms < kTimeMsMax;
}

}  // namespace

void split_model(std::string_view& provider, std::string_view& model) {
    const size_t slash = model.find('/');
    if (slash == std::string_view::npos || slash == 0 || slash + 1 == model.size()) {
        return;
    }
    const std::string_view prefix = model.substr(0, slash);
    if (!provider.empty()) {
        if (!is_same_provider(prefix, provider)) {
            return;
        }
    } else if (const std::optional<std::string_view> known = known_provider(prefix)) {
        provider = *known;
    } else {
        return;
    }
    model.remove_prefix(slash + 1);
}

void split_models(std::vector<Price>& prices) {
    for (Price& price : prices) {
        std::optional<std::string>& model = price.match[static_cast<size_t>(Dimension::kModel)];
        std::optional<std::string>& provider =
            price.match[static_cast<size_t>(Dimension::kProvider)];
        if (!model) {
            continue;
        }
        const std::string whole = *model;
        std::string_view provider_text = provider ? std::string_view(*provider) : "";
        std::string_view model_text = whole;
        split_model(provider_text, model_text);
        if (model_text.size() == whole.size()) {
            continue;
        }
        if (!provider) {
            provider = std::string(provider_text);
        }
        model = std::string(model_text);
    }
}

std::vector<Price> joined_models(std::vector<Price> prices) {
    for (Price& price : prices) {
        std::optional<std::string>& model = price.match[static_cast<size_t>(Dimension::kModel)];
        const std::optional<std::string>& provider =
            price.match[static_cast<size_t>(Dimension::kProvider)];
        if (!model || !provider) {
            continue;
        }
        std::string_view provider_text = *provider;
        std::string_view model_text = *model;
        split_model(provider_text, model_text);
        if (model_text.size() != model->size()) {
            model = *provider + "/" + *model;
        }
    }
    return prices;
}

void amend(DecodedRecord& record, const AmendRules& rules, int64_t append_ms) {
    const bool clamps = rules.future == FutureRule::kClamp && append_ms != 0;
    for (Span& span : record.spans) {
        if (rules.splits_models) {
            split_model(span.dimensions[static_cast<size_t>(Dimension::kProvider)],
                        span.dimensions[static_cast<size_t>(Dimension::kModel)]);
        }
        if (clamps && is_plausible(span.time_ms) &&
            span.time_ms - rules.future_tolerance_ms > append_ms) {
            span.time_ms = append_ms;
            span.is_clamped = true;
        }
    }
}

}  // namespace spantoll::ingest
