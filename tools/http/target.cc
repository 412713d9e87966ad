#include "tools/http/target.h"

#include <algorithm>

#include "schemas/text/ascii.h"
#include "tools/http/content_type.h"

namespace spantoll::tools {

bool read_target(std::string_view target, HttpRequest& request) {
    constexpr std::string_view kScheme = "http://";
    if (target.find('#') != std::string_view::npos) {
        return false;
    }
    if (lower_case(target.substr(0, kScheme.size())) == kScheme) {
        target.remove_prefix(kScheme.size());
        const size_t end = std::min(target.find_first_of("/?"), target.size());
        request.authority = target.substr(0, end);
        target.remove_prefix(end);
        if (request.authority.empty() || request.authority.find('@') != std::string::npos) {
            return false;
        }
    } else if (!target.starts_with('/') && !(target == "*" && request.method == "OPTIONS")) {
        return false;
    }
    const size_t question = std::min(target.find('?'), target.size());
    request.path = question == 0 ? "/" : target.substr(0, question);
    request.query = target.substr(std::min(question + 1, target.size()));
    return true;
}

void take_authority(HttpRequest& request) {
    if (!request.authority.empty()) {
        request.hosts.assign(1, request.authority);
    }
}

}  // namespace spantoll::tools
