#include "tools/http_error.h"

namespace spantoll::tools {

HttpResponse failure_response(const Error& error) {
    switch (error.kind) {
        case ErrorKind::kUsage:
            return error_response(400, "bad_request", error.message);
        case ErrorKind::kUnavailable:
        case ErrorKind::kBusy:
            return busy_response("unavailable", error.message);
        case ErrorKind::kDisk:
            return error_response(500, "storage_failed", error.message);
        default:
            return error_response(500, "internal", error.message);
    }
}

}  // namespace spantoll::tools
