#define XXH_INLINE_ALL  // an identity is short: the call would cost as much as its hash
#include "tools/engine/engine.h"

#include <algorithm>
#include <xxhash.h>

#include "schemas/check.h"
#include "tools/process/kill_point.h"

namespace spantoll::tools {
namespace {

constexpr int64_t kLiveAgeMsMax = kHourMs;
// Names remembered per kind besides the accounts themselves: several spellings of one domain.
constexpr size_t kCachedNamesPerAccount = 2;
// Spans and records that are decoded together.
constexpr size_t kSpansAhead = 32;
constexpr size_t kRecordsAhead = 32;
// So many spans before its turn a span's names and identity are fetched into the cache, and its
// accounts: enough that memory answers many at once, few enough that what was fetched first is
// still there when its turn comes. The build option SPANTOLL_PREFETCH=OFF fetches nothing ahead, so
// that names are looked up at the span's turn; every number stays the same.
#ifdef SPANTOLL_WITHOUT_PREFETCH
constexpr bool kPrefetches = false;
#else
constexpr bool kPrefetches = true;
#endif
constexpr size_t kAnnounceAhead = kPrefetches ? 16 : 0;
constexpr size_t kFetchAhead = kPrefetches ? 6 : 0;
constexpr size_t kPrepareAhead = kPrefetches ? 2 : 0;
static_assert(kPrepareAhead <= kFetchAhead && kFetchAhead <= kAnnounceAhead &&
              kAnnounceAhead < AccountResolver::kPlaces);

size_t clock_count(const EngineOptions& options) {
    return options.clocks == PartitionClocks::kOne ? 1 : options.partitions.size();
}

std::vector<std::string> short_lived_names(const store::LoadedState& state) {
    std::vector<std::string> names;
    for (const store::ShortLivedKind& kind : state.short_lived_kinds) {
        names.push_back(kind.name);
    }
    return names;
}

AccountSettings with_parents(AccountSettings accounts, const KeyTable& keys) {
    accounts.parents = keys.parents();
    return accounts;
}

bool are_same(std::vector<std::string> a, std::vector<std::string> b) {
    std::sort(a.begin(), a.end());
    std::sort(b.begin(), b.end());
    return a == b;
}

// A span that says nothing of what it cost, where no price asks for requests, durations or bytes
// either. Often that is right; with a misspelt `cost` it is money lost.
bool is_costless(const Span& span, const ingest::PricedSpan& priced) {
    return !span.cost && span.usage_count == 0 && span.is_usage_charged() && priced.cost == Money();
}

}  // namespace

Engine::Engine(EngineOptions options, const store::LoadedState& state)
    : options_(std::move(options)),
      kinds_(options_.settings.accounts.kinds, options_.settings.accounts.short_lived),
      series_(window::series_of(options_.settings.limits,
                                {state.limits, state.limit_series, state.is_fresh})),
      plans_(kinds_,
             options_.settings.periods,
             options_.settings.limits,
             {options_.settings.time.zone, series_}),
      posted_as_(kinds_, keys_, &account_of),
      amend_rules_{options_.settings.accounts.split_model,
                   options_.settings.time.future,
                   options_.settings.time.future_tolerance_ms},
      rules_{options_.settings.time.future_tolerance_ms,
             options_.settings.time.oldest_ms,
             options_.settings.accounts.accept_credits},
      longest_window_(plans_.rolling_lengths().back()),
      keys_(options_.settings, state.keys),
      meters_(state.meters),
      ledger_({&kinds_,
               &plans_,
               with_parents(options_.settings.accounts, keys_),
               options_.settings.retention,
               options_.journals},
              meters_),
      policy_(options_.settings.limits, ledger_, options_.settings.retention.decisions_ms),
      watermark_(options_.settings.time.lateness_ms, clock_count(options_)),
      dedup_(options_.settings.time.dedup_ids),
      resolver_(
          kinds_, keys_, ledger_, kCachedNamesPerAccount * options_.settings.accounts.max_per_kind),
      prices_(options_.settings.prices),
      decoder_(options_.settings.format),
      offsets_(options_.partitions.size()),
      counts_(options_.partitions.size()),
      next_sequence_(state.next_sequence),
      meters_committed_(state.meters.size()),
      partition_is_dirty_(options_.partitions.size()) {
    for (const Limit& limit : options_.settings.limits) {
        if (limit.meter.kind == MeterKind::kUsage) {
            // A limit counts however many others come.
            meters_.intern_configured(limit.meter.usage);
        }
    }
    ledger_.set_may_give_way(
        [this](window::AccountIndex account) { return policy_.may_leave(account); });
    const std::vector<std::string> short_lived = kinds_.short_lived_names();
    plans_changed_ = state.is_fresh || state.limits != options_.settings.limits ||
                     !are_same(short_lived_names(state), short_lived);
    // Where counters may begin anew, amounts of those before them must not be taken for theirs.
    const uint32_t slot_base =
        plans_changed_ ? state.next_slot : state.next_slot - plans_.counter_count();
    next_slot_ = slot_base + plans_.counter_count();
    zone_release_changed_ =
        state.zones.empty() || state.zones.front().release != options_.zone_release;
    has_changes_ = plans_changed_ || zone_release_changed_;
    ledger_.begin_restore(slot_base, state.next_account_id);
    restore_grants(state);
    restore(state);
}

size_t Engine::look_ahead(std::span<const ingest::Record> records) {
    at_ = {};
    while (at_.end < records.size() && at_.end < kRecordsAhead && at_.places < kSpansAhead) {
        const ingest::Record& record = records[at_.end];
        if (at_.end == ahead_.size()) {
            ahead_.emplace_back();
        }
        AheadRecord& ahead = ahead_[at_.end++];
        ahead.partition = record.partition;
        ahead.offset = record.offset;
        ahead.bytes = record.bytes.data();
        ahead.first_place = at_.places;
        const std::string_view content_type =
            decoder_.asks_content_type() ? record.content_type() : std::string_view{};
        crash_point(record.bytes);
        decoder_.decode(content_type, record.bytes, ahead.decoded);
        posted_as_.apply(record.set, ahead.decoded);
        ingest::amend(ahead.decoded, amend_rules_, record.append_ms);
        at_.places += ahead.decoded.spans.size();
    }
    return at_.end;
}

// Before the turn of a span. Places go up, and some may be left out.
void Engine::fetch_ahead_of(size_t place) {
    while (at_.announced < at_.places && at_.announced <= place + kAnnounceAhead) {
        announce_next();
    }
    for (at_.fetched = std::max(at_.fetched, place);
         at_.fetched < at_.announced && at_.fetched <= place + kFetchAhead;
         ++at_.fetched) {
        resolver_.fetch(at_.fetched);
        if (kPrefetches) {
            dedup_.prefetch_next(identities_ahead_[at_.fetched % identities_ahead_.size()]);
        }
    }
    for (at_.prepared = std::max(at_.prepared, place);
         kPrefetches && at_.prepared < at_.fetched && at_.prepared <= place + kPrepareAhead;
         ++at_.prepared) {
        resolver_.prepare(at_.prepared);
    }
}

void Engine::announce_next() {
    while (at_.announced_span == ahead_[at_.announced_record].decoded.spans.size()) {
        ++at_.announced_record;
        at_.announced_span = 0;
    }
    const Span& span = ahead_[at_.announced_record].decoded.spans[at_.announced_span++];
    resolver_.announce(span, at_.announced);
    if (kPrefetches) {
        uint64_t& identity = identities_ahead_[at_.announced % identities_ahead_.size()];
        identity = span.has_identity() ? identity_hash(span) : 0;
        dedup_.prefetch(identity);
    }
    ++at_.announced;
}

Engine::AheadRecord& Engine::take_ahead(const ingest::Record& record) {
    const auto is_next = [&] {
        const AheadRecord& next = ahead_[at_.next];
        return next.partition == record.partition && next.offset == record.offset &&
               next.bytes == record.bytes.data();
    };
    if (at_.next == at_.end || !is_next()) {
        look_ahead({&record, 1});
    }
    return ahead_[at_.next++];
}

bool Engine::take_turn(const ingest::Record& record) {
    OffsetRow& position = offsets_[record.partition];
    if (failure_ || record.offset < position.next_offset) {
        return false;
    }
    has_changes_ = true;
    partition_is_dirty_[record.partition] = true;
    position.next_offset = record.offset + 1;
    return true;
}

void Engine::refuse(const ingest::Record& record, Refusal refusal, std::string detail) {
    if (!take_turn(record)) {
        return;
    }
    CountsRow& counts = counts_[record.partition];
    counts.polled += 1;
    counts.refused[static_cast<size_t>(refusal)] += 1;
    keep_dead_letter(record, {{0, refusal}}, std::move(detail));
}

void Engine::apply(const ingest::Record& record, int64_t now_ms) {
    AheadRecord& ahead = take_ahead(record);
    if (!take_turn(record)) {
        return;
    }
    const ingest::DecodedRecord& decoded = ahead.decoded;
    CountsRow& counts = counts_[record.partition];
    Context context{&record, &decoded, record.append_ms != 0 ? record.append_ms : now_ms, 0, 0};
    if (decoded.refused) {
        counts.polled += 1;
        counts.refused[static_cast<size_t>(*decoded.refused)] += 1;
        keep_dead_letter(record, {{0, *decoded.refused}}, decoded.reason);
        return;
    }
    std::vector<std::pair<uint32_t, Refusal>> refused;
    std::string detail;
    counts.polled += decoded.spans.size();
    spans_since_commit_ += decoded.spans.size();
    for (size_t i = 0; i < decoded.spans.size(); ++i) {
        context.index = static_cast<uint32_t>(i);
        context.place = ahead.first_place + i;
        fetch_ahead_of(context.place);
        const Span& span = decoded.spans[i];
        if (const std::optional<Refusal> refusal = apply_span(context, span)) {
            counts.refused[static_cast<size_t>(*refusal)] += 1;
            if (refused.empty()) {
                detail = ingest::explain(*refusal, decoded, i);
            }
            refused.emplace_back(context.index, *refusal);
        }
    }
    if (!refused.empty()) {
        keep_dead_letter(record, std::move(refused), std::move(detail));
    }
}

std::optional<Refusal> Engine::apply_span(const Context& context, const Span& span) {
    const int64_t watermark_ms = watermark_.value_ms();
    if (const auto refusal =
            ingest::validate(span, *context.decoded, rules_, {context.now_ms, watermark_ms})) {
        return refusal;
    }
    const ingest::PricedSpan priced = prices_.price(span, *context.decoded);
    if (priced.is_too_large) {
        return Refusal::kCostTooLarge;
    }
    if (const auto refusal = ingest::validate_after_cost(span, *context.decoded)) {
        return refusal;
    }
    CountsRow& counts = counts_[context.record->partition];
    const bool has_identity = span.has_identity();
    const uint64_t identity = has_identity ? identity_hash(span) : 0;
    if (has_identity && !dedup_.admit(identity)) {
        counts.duplicate += 1;
        return std::nullopt;
    }
    counts.accepted += 1;
    counts.clamped += span.is_clamped ? 1 : 0;
    accept(context, span, priced);
    if (has_identity) {
        const EventTime kept_until(std::max(span.time_ms, watermark_.value_ms()) +
                                   options_.settings.time.dedup_horizon_ms);
        while (dedup_.is_over() && !failure_) {
            forget_oldest_ids();
        }
        dedup_.remember(identity, pane_of(kept_until));
    }
    return std::nullopt;
}

void Engine::accept(const Context& context, const Span& span, const ingest::PricedSpan& priced) {
    const PartitionIndex partition = context.record->partition;
    const PartitionIndex clock = options_.clocks == PartitionClocks::kOne ? 0 : partition;
    const bool is_live = context.now_ms - span.time_ms <= kLiveAgeMsMax;
    watermark_.accept(clock, {span.time_ms, is_live});
    offsets_[partition].time_ms_max = std::max(offsets_[partition].time_ms_max, span.time_ms);
    follow_watermark();
    charge_and_judge(context, span, priced);
}

void Engine::charge_and_judge(const Context& context,
                              const Span& span,
                              const ingest::PricedSpan& priced) {
    const window::Charge charge = to_charge(context, span, priced);
    counts_[context.record->partition].late += charge.is_late ? 1 : 0;
    unpriced_spans_ += charge.is_unpriced ? 1 : 0;
    costless_spans_ += is_costless(span, priced) ? 1 : 0;
    const std::vector<window::AccountIndex>& accounts =
        resolver_.resolve(span, charge, context.place);
    const std::span<const window::AccountIndex> to_judge = ledger_.charge(accounts, charge);
    const size_t from = decisions_.size();
    if (to_judge.empty()) {
        return;
    }
    enforce::Policy::ChargingSpan charging;
    charging.time_ms = span.time_ms;
    charging.is_failed = charge.is_failed;
    charging.cause = {{}, 0, context.record->offset, context.index, span.trace_id};
    charging.cause.partition = static_cast<int32_t>(context.record->partition);
    for (const window::AccountIndex account : to_judge) {
        policy_.judge_charge(account, charging, decisions_);
        if (charge.cost.pico() < 0) {
            policy_.note_credit(account);
        }
    }
    if (decisions_.size() == from) {
        return;
    }
    // Names of the source are filled in only where a decision needs them.
    const TopicPartition& source = options_.partitions[context.record->partition];
    for (size_t i = from; i < decisions_.size(); ++i) {
        if (std::optional<Cause>& cause = decisions_[i].cause) {
            cause->topic = source.topic;
            cause->partition = source.partition;
        }
    }
    policy_.order_decisions(decisions_, from);
}

window::Charge Engine::to_charge(const Context& context,
                                 const Span& span,
                                 const ingest::PricedSpan& priced) {
    window::Charge charge;
    charge.time_ms = span.time_ms;
    const Pane first_open = ledger_.first_open_pane();
    charge.is_late = first_open.is_set() && pane_of(EventTime(span.time_ms)) < first_open;
    charge.requests = span.is_request() ? 1 : 0;
    charge.errors = span.is_request() && span.status == Status::kError ? 1 : 0;
    charge.is_failed = plans_.skips_failed() && span.status == Status::kError;
    charge.is_unpriced = priced.is_unpriced;
    charge.ingress_bytes = span.ingress_bytes;
    charge.egress_bytes = span.egress_bytes;
    charge.cost = priced.cost;
    if (!span.is_usage_charged()) {
        return charge;
    }
    size_t count = 0;
    for (uint32_t i = 0; i < span.usage_count; ++i) {
        const Usage& usage = context.decoded->usages[span.usage_begin + i];
        // Nearly always the last span had the same meter here.
        const bool is_known =
            i < quantities_.size() && meters_.name(quantities_[i].meter) == usage.meter;
        const MeterId meter = is_known ? quantities_[i].meter : meters_.intern(usage.meter);
        const auto begin = quantities_.begin();
        const auto end = begin + static_cast<std::ptrdiff_t>(count);
        const auto known =
            std::find_if(begin, end, [&](const auto& q) { return q.meter == meter; });
        if (known != end) {
            known->quantity += usage.quantity;
            continue;
        }
        if (count == quantities_.size()) {
            quantities_.emplace_back();
        }
        quantities_[count++] = {meter, usage.quantity};
    }
    charge.usage = std::span(quantities_).first(count);
    return charge;
}

uint64_t Engine::identity_hash(const Span& span) const {
    struct Identity {
        uint64_t high, low, span_id;
        uint32_t sequence, is_final_chunk;
    };
    const Identity identity{span.trace_id.high,
                            span.trace_id.low,
                            span.span_id,
                            span.sequence,
                            span.is_final_chunk ? 1U : 0U};
    return XXH3_64bits_withSeed(&identity, sizeof identity, options_.dedup_seed);
}

}  // namespace spantoll::tools
