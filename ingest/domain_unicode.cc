#include "ingest/domain_unicode.h"

#include <memory>
#include <unicode/uidna.h>

#include "ingest/limits.h"
#include "schemas/check.h"

namespace spantoll::ingest {
namespace {

struct CloseIdna {
    void operator()(UIDNA* idna) const { uidna_close(idna); }
};

// One instance for the process; ICU allows any number of threads to use it.
const UIDNA& idna() {
    static const std::unique_ptr<UIDNA, CloseIdna> instance = [] {
        UErrorCode status = U_ZERO_ERROR;
        UIDNA* const opened = uidna_openUTS46(UIDNA_NONTRANSITIONAL_TO_ASCII, &status);
        CHECK(U_SUCCESS(status) != 0, "ICU has the tables of UTS 46");
        return std::unique_ptr<UIDNA, CloseIdna>(opened);
    }();
    return *instance;
}

// Errors that ICU always reports but that are not decided here: the caller applies the rules for
// host names itself, and hyphens in the third and fourth position are allowed.
constexpr uint32_t kErrorsOfNoMatter =
    UIDNA_ERROR_EMPTY_LABEL | UIDNA_ERROR_LABEL_TOO_LONG | UIDNA_ERROR_DOMAIN_NAME_TOO_LONG |
    UIDNA_ERROR_LEADING_HYPHEN | UIDNA_ERROR_TRAILING_HYPHEN | UIDNA_ERROR_HYPHEN_3_4;

}  // namespace

bool host_to_ascii(std::string_view host, std::string& out) {
    UIDNAInfo info = UIDNA_INFO_INITIALIZER;
    UErrorCode status = U_ZERO_ERROR;
    out.resize(kHostBytesMax + 1);
    const int32_t size = uidna_nameToASCII_UTF8(&idna(),
                                                host.data(),
                                                static_cast<int32_t>(host.size()),
                                                out.data(),
                                                static_cast<int32_t>(out.size()),
                                                &info,
                                                &status);
    if (U_FAILURE(status) != 0 || (info.errors & ~kErrorsOfNoMatter) != 0) {
        return false;  // also where the result does not fit into `out`
    }
    out.resize(static_cast<size_t>(size));
    return true;
}

}  // namespace spantoll::ingest
