#include <algorithm>

#include "store/codec/record_codec_buffer.h"

namespace spantoll::store {
namespace {

// Numbers of enumerators are part of the format: schemas/limit.h must not renumber them.
static_assert(static_cast<int>(Action::kNone) == 0 && static_cast<int>(Action::kWarn) == 1 &&
              static_cast<int>(Action::kThrottle) == 2 && static_cast<int>(Action::kBlock) == 3 &&
              static_cast<int>(Action::kQuarantine) == 4);
static_assert(static_cast<int>(Selection::kAccount) == 0 &&
              static_cast<int>(Selection::kKind) == 1 && static_cast<int>(Selection::kAll) == 2);
static_assert(static_cast<int>(Judge::kTotal) == 0 && static_cast<int>(Judge::kEma) == 1);

bool is_action(uint8_t value) {
    return value < kActionNames.size();
}

bool is_unsure(uint8_t value) {
    return value < kUnsureNames.size();
}

bool is_known(const record::Limit& table) {
    if (table.selection() > static_cast<uint8_t>(Selection::kAll) ||
        table.judge() > static_cast<uint8_t>(Judge::kEma) || !is_action(table.action()) ||
        !is_unsure(table.on_overflow()) || !is_unsure(table.on_lag()) ||
        !is_unsure(table.on_cold())) {
        return false;
    }
    if (table.where() != nullptr) {
        for (const record::ValuePattern* pattern : *table.where()) {
            if (!parse_dimension(text_of(pattern->dimension()))) {
                return false;
            }
        }
    }
    if (table.steps() != nullptr) {
        for (const record::Step* step : *table.steps()) {
            if (!is_action(step->action())) {
                return false;
            }
        }
    }
    return true;
}

}  // namespace

std::string_view RecordEncoder::enforce(const EnforceRow& row) {
    flatbuffers::FlatBufferBuilder& builder = buffer_->builder;
    builder.Clear();
    std::vector<record::WindowLevel> levels;
    levels.reserve(row.windows.size());
    for (const WindowLevelRow& window : row.windows) {
        levels.emplace_back(window.start_ms, window.step);
    }
    const auto windows = builder.CreateVectorOfStructs(levels);
    std::vector<record::Int128> bases;
    if (std::ranges::any_of(row.windows, [](const auto& window) { return window.base != 0; })) {
        for (const WindowLevelRow& window : row.windows) {
            bases.push_back(to_record(window.base));
        }
    }
    flatbuffers::Offset<flatbuffers::Vector<const record::Int128*>> window_bases;
    if (!bases.empty()) {
        window_bases = builder.CreateVectorOfStructs(bases);
    }
    record::EnforceBuilder enforce(builder);
    enforce.add_level(static_cast<uint8_t>(row.level));
    enforce.add_since_ms(row.since_ms);
    if (row.valid_until_ms) {
        enforce.add_valid_until_ms(*row.valid_until_ms);
    }
    enforce.add_streak(row.streak);
    enforce.add_number(row.number);
    enforce.add_shadow(row.shadow);
    enforce.add_step(row.step);
    enforce.add_lease_until_ms(row.lease_until_ms);
    enforce.add_emitted_ms(row.emitted_ms);
    enforce.add_expiry_window_start_ms(row.expiry_window_start_ms);
    enforce.add_windows(windows);
    if (!bases.empty()) {
        enforce.add_window_bases(window_bases);
    }
    return buffer_->finish(enforce.Finish(), kEnforceIdentifier);
}

std::optional<EnforceRow> decode_enforce(std::string_view bytes) {
    const AlignedBytes aligned(bytes);
    const auto* table = aligned.root<record::Enforce>(kEnforceIdentifier);
    if (table == nullptr || !is_action(table->level()) || !are_aligned(table->windows())) {
        return std::nullopt;
    }
    EnforceRow row;
    row.level = static_cast<Action>(table->level());
    row.since_ms = table->since_ms();
    if (const flatbuffers::Optional<int64_t> until = table->valid_until_ms()) {
        row.valid_until_ms = *until;
    }
    row.streak = table->streak();
    row.number = table->number();
    row.shadow = table->shadow();
    row.step = table->step();
    row.lease_until_ms = table->lease_until_ms();
    row.emitted_ms = table->emitted_ms();
    row.expiry_window_start_ms = table->expiry_window_start_ms();
    if (table->windows() != nullptr) {
        for (const record::WindowLevel* window : *table->windows()) {
            row.windows.push_back({window->start_ms(), window->step(), 0});
        }
    }
    if (const auto* bases = table->window_bases()) {
        if (!are_aligned(bases) || bases->size() != row.windows.size()) {
            return std::nullopt;
        }
        for (flatbuffers::uoffset_t i = 0; i < bases->size(); ++i) {
            row.windows[i].base = from_record(bases->Get(i));
        }
    }
    return row;
}

std::string_view RecordEncoder::limit(const Limit& limit, uint32_t series) {
    flatbuffers::FlatBufferBuilder& builder = buffer_->builder;
    builder.Clear();
    std::vector<record::Step> steps;
    steps.reserve(limit.steps.size());
    for (const Step& step : limit.steps) {
        steps.emplace_back(step.percent, static_cast<uint8_t>(step.action));
    }
    std::vector<flatbuffers::Offset<record::ValuePattern>> patterns;
    for (const ValuePattern& pattern : limit.where) {
        const auto dimension = buffer_->text(name_of(pattern.dimension));
        const auto text = buffer_->text(pattern.text);
        patterns.push_back(record::CreateValuePattern(builder, dimension, text, pattern.is_prefix));
    }
    std::vector<flatbuffers::Offset<record::AmountOverride>> overrides;
    for (const AmountOverride& one : limit.overrides) {
        const record::Int128 amount = to_record(one.amount);
        const auto account = buffer_->text(one.account);
        overrides.push_back(record::CreateAmountOverride(builder, account, &amount));
    }
    const record::Int128 amount = to_record(limit.amount);
    return buffer_->finish(record::CreateLimit(builder,
                                               buffer_->text(limit.name),
                                               static_cast<uint8_t>(limit.selection),
                                               buffer_->text(limit.account),
                                               buffer_->text(limit.kind),
                                               buffer_->text(name_of(limit.meter)),
                                               &amount,
                                               buffer_->text(to_text(limit.window)),
                                               static_cast<uint8_t>(limit.judge),
                                               builder.CreateVectorOfStructs(steps),
                                               limit.hysteresis,
                                               limit.alpha.numerator,
                                               limit.alpha.denominator,
                                               limit.consecutive,
                                               static_cast<uint8_t>(limit.action),
                                               limit.ttl_ms,
                                               limit.shadow,
                                               static_cast<uint8_t>(limit.on_overflow),
                                               builder.CreateVector(patterns),
                                               builder.CreateVector(overrides),
                                               !limit.count_failed,
                                               static_cast<uint8_t>(limit.on_lag),
                                               static_cast<uint8_t>(limit.on_cold),
                                               series),
                           kLimitIdentifier);
}

std::optional<Limit> decode_limit(std::string_view bytes) {
    const AlignedBytes aligned(bytes);
    const auto* table = aligned.root<record::Limit>(kLimitIdentifier);
    if (table == nullptr || !is_known(*table)) {
        return std::nullopt;
    }
    const std::optional<WindowSpec> window = parse_window(text_of(table->window()));
    if (!window) {
        return std::nullopt;
    }
    Limit limit;
    limit.name = text_of(table->name());
    limit.selection = static_cast<Selection>(table->selection());
    limit.account = text_of(table->account());
    limit.kind = text_of(table->kind());
    limit.meter = meter_named(text_of(table->meter()));
    limit.amount = from_record(table->amount());
    limit.window = *window;
    limit.judge = static_cast<Judge>(table->judge());
    if (table->steps() != nullptr) {
        for (const record::Step* step : *table->steps()) {
            limit.steps.push_back({step->percent(), static_cast<Action>(step->action())});
        }
    }
    limit.hysteresis = table->hysteresis();
    limit.alpha = {table->alpha_numerator(), table->alpha_denominator()};
    limit.consecutive = table->consecutive();
    limit.action = static_cast<Action>(table->action());
    limit.ttl_ms = table->ttl_ms();
    limit.shadow = table->shadow();
    limit.on_overflow = static_cast<Unsure>(table->on_overflow());
    limit.on_lag = static_cast<Unsure>(table->on_lag());
    limit.on_cold = static_cast<Unsure>(table->on_cold());
    limit.count_failed = !table->skips_failed();
    if (table->where() != nullptr) {
        for (const record::ValuePattern* pattern : *table->where()) {
            limit.where.push_back({parse_dimension(text_of(pattern->dimension())).value(),
                                   std::string(text_of(pattern->text())),
                                   pattern->is_prefix()});
        }
    }
    if (table->overrides() != nullptr) {
        for (const record::AmountOverride* one : *table->overrides()) {
            limit.overrides.push_back(
                {std::string(text_of(one->account())), from_record(one->amount())});
        }
    }
    return limit;
}

std::optional<uint32_t> decode_limit_series(std::string_view bytes) {
    const AlignedBytes aligned(bytes);
    const auto* table = aligned.root<record::Limit>(kLimitIdentifier);
    return table == nullptr ? std::nullopt : std::optional(table->series());
}

}  // namespace spantoll::store
