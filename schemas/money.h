#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "schemas/int128.h"

namespace spantoll {

// Exact money: a signed 128-bit count of pico-dollars (1e-12 USD). No floating point ever touches
// it. One span costs at most 1e6 USD = 1e18 pico-dollars, so a sum of 1e20 spans still fits.
class Money {
  public:
    constexpr Money() = default;
    static constexpr Money from_pico(Int128 pico) { return Money(pico); }
    constexpr Int128 pico() const { return pico_; }

    constexpr Money& operator+=(Money other) {
        pico_ += other.pico_;
        return *this;
    }
    constexpr auto operator<=>(const Money&) const = default;

  private:
    explicit constexpr Money(Int128 pico) : pico_(pico) {}
    Int128 pico_ = 0;
};

inline constexpr Int128 kPicoPerUsd = 1'000'000'000'000;
// The most one span may cost, in either direction (docs/semantics.md#refusals: 1e6 USD).
inline constexpr Int128 kSpanCostPicoMax = 1'000'000 * kPicoPerUsd;

// "123.45": decimal USD, no exponent, at most 12 decimals, no trailing zeros; "0" for zero.
std::string to_usd_text(Money money);

enum class DecimalOutcome { kOk, kNotANumber, kTooLarge, kTooSmall };

struct DecimalMoney {
    DecimalOutcome outcome = DecimalOutcome::kNotANumber;
    Money money;  // meaningful for kOk alone
};

// Reads JSON's number syntax (RFC 8259 section 6) as USD: exact from the decimal text, rounded
// half to even to a pico-dollar. kTooLarge / kTooSmall: a number beyond +-1e13 USD, which is
// over every bound of ours, whatever its exponent.
DecimalMoney parse_usd(std::string_view text);

}  // namespace spantoll
